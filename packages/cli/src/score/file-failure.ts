import { CommandError } from '../terminal/exit-codes.ts';

const WHY: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space is left on the disk'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the folder is read-only'],
  ['ENOENT', 'its folder is not there'],
  ['ENOTDIR', 'its folder is a file'],
  ['EISDIR', 'it is a folder'],
  ['EFBIG', 'the file is too large for this disk'],
  ['EIO', 'the disk does not answer'],
]);

/** The error for a file that can not be written; what is no error of the file system comes back as it is. */
export function writeFailure(thrown: unknown, path: string, hint?: string): unknown {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  const why = code === undefined ? undefined : WHY.get(code);
  if (why === undefined) return thrown;
  return new CommandError(`${path} can not be written: ${why}`, { code: 'FileNotWritable', hint });
}
