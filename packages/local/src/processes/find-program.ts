import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/**
 * The file that a command's first word names: a path as it is, a bare name by the command's own PATH, as the shell and
 * `execvp` do. Undefined where there is none that may be executed.
 */
export function findProgram(name: string, path: string | undefined, cwd: string | undefined): string | undefined {
  if (name.includes('/')) {
    const file = isAbsolute(name) ? name : resolve(cwd ?? '/', name);
    return isExecutable(file) ? file : undefined;
  }
  for (const folder of (path ?? DEFAULT_PATH).split(delimiter)) {
    if (folder === '') continue;
    const file = join(resolve(cwd ?? '/', folder), name);
    if (isExecutable(file)) return file;
  }
  return undefined;
}

/** What a process finds programs by where nothing else is said. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
