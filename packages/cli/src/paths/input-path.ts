import { constants, type Stats, statSync } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { CommandError } from '../terminal/exit-codes.ts';

/** What may stand at a path that a command is to read. */
export type Expected = 'file' | 'file or folder';

/** Names of a folder that are looked at for the one that was meant. */
const MAX_NAMES = 10_000;

/**
 * The absolute path of something that is there and can be read by position: no pipe, no device, no link to itself.
 * `shown`: as it was written, which is what the error repeats.
 * @throws CommandError FileNotFound (with the name that was meant, where one is near) or FileUnreadable
 */
export async function inputPath(shown: string, cwd: string, expected: Expected): Promise<string> {
  if (shown === '') throw new CommandError(`the name of the ${expected} is empty`, { code: 'UsageError' });
  const path = resolve(cwd, shown);
  const found = await stat(path).catch((thrown: NodeJS.ErrnoException) => thrown);
  if (found instanceof Error) throw await unreachable(found, path, shown, expected);
  if (found.isFile() || (found.isDirectory() && expected === 'file or folder')) {
    await access(path, constants.R_OK).catch(() => {
      throw new CommandError(`${shown} can not be read: permission denied`, {
        code: 'FileUnreadable',
        hint: 'let the user that runs the command read it',
      });
    });
    return path;
  }
  throw found.isDirectory()
    ? new CommandError(`${shown} is a folder; name a file in it`, { code: 'FileUnreadable' })
    : notRegular(shown, found);
}

/** Whether two paths lead to the same file, links followed; false where one of them is not there. */
export function isSameFile(left: string, right: string): boolean {
  if (left === right) return true;
  const [one, other] = [left, right].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

async function unreachable(
  { code }: NodeJS.ErrnoException,
  path: string,
  shown: string,
  expected: Expected,
): Promise<CommandError> {
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const hint = await meant(path);
    return new CommandError(`there is no ${expected} ${shown}`, { code: 'FileNotFound', hint });
  }
  const why =
    code === 'ELOOP'
      ? 'is a link that leads back to itself'
      : code === 'EACCES'
        ? 'can not be read: permission denied for a folder above it'
        : `can not be read (${code ?? 'unknown error'})`;
  return new CommandError(`${shown} ${why}`, { code: 'FileUnreadable' });
}

function notRegular(shown: string, stats: Stats): CommandError {
  const what = stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
  return new CommandError(`${shown} is ${what}, not a file`, {
    code: 'FileUnreadable',
    hint: 'it is read by position, more than once: write it to a file first',
  });
}

/** What may have been meant: the nearest name in the folder, or the first folder of the path that is not there. */
async function meant(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return folder === path ? undefined : `there is no folder ${folder}`;
  const { nearest } = await import('@berth/api');
  const close = nearest(basename(path), names.slice(0, MAX_NAMES));
  if (close !== undefined) return `did you mean ${close}?`;
  const shownNames = names.filter((name) => !name.startsWith('.')).sort();
  if (shownNames.length === 0) return `${folder} holds nothing`;
  const more = shownNames.length > 5 ? ', …' : '';
  return `${folder} holds ${shownNames.slice(0, 5).join(', ')}${more}`;
}
