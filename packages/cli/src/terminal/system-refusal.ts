import { CommandError } from './exit-codes.ts';

/** What a file system says, for people. */
const WHY: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space is left on the disk'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['EEXIST', 'a file of that name is there'],
  ['ENOENT', 'it is not there'],
  ['ENOTDIR', 'a file is where a folder should be'],
  ['EISDIR', 'it is a folder'],
  ['ELOOP', 'it is a link that leads back to itself'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['EFBIG', 'the file is too large for this disk'],
  ['EMFILE', 'too many files are open (ulimit -n)'],
  ['ENFILE', 'too many files are open on the machine'],
  ['EIO', 'the disk does not answer'],
]);

const READS: ReadonlySet<string> = new Set([
  'open',
  'read',
  'stat',
  'lstat',
  'scandir',
  'realpath',
  'readlink',
  'access',
]);

/** The error of a command where the system refused a file or a folder that nobody expected it to; undefined for all else. */
export function systemRefusal(thrown: unknown): CommandError | undefined {
  const { code, syscall, path } = (thrown ?? {}) as NodeJS.ErrnoException;
  if (!(thrown instanceof Error) || thrown instanceof CommandError || syscall === undefined) return undefined;
  const why = WHY.get(code ?? '');
  if (why === undefined) return undefined;
  const what = path === undefined ? 'a file' : path;
  const isRead = READS.has(syscall) && !['ENOSPC', 'EDQUOT', 'EROFS'].includes(code ?? '');
  return new CommandError(`${what} can not be ${isRead ? 'used' : 'written'}: ${why}`, {
    code: isRead ? 'FileUnreadable' : 'FileNotWritable',
  });
}
