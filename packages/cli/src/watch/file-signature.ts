import { lstat, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files whose state is looked at; more below one path are not watched. */
const MAX_FILES = 10_000;

/**
 * What tells whether anything at a path has changed: name, size, time and inode of each file below it, links followed once.
 * A path that is not there, or can not be read, has a signature as well.
 */
export async function signatureOf(path: string): Promise<string> {
  const parts: string[] = [];
  await collect(path, '', parts);
  return parts.sort().join('\n');
}

async function collect(path: string, name: string, parts: string[]): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? 'error');
  if (typeof found === 'string') {
    parts.push(`${name}:${found}`);
    return;
  }
  if (!found.isDirectory()) {
    parts.push(`${name}:${found.size}:${found.mtimeMs}:${found.ino}`);
    return;
  }
  // A link to a folder inside of a watched folder may lead round in circles; its own state has to do.
  if (name !== '' && (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true) {
    parts.push(`${name}:link:${found.mtimeMs}:${found.ino}`);
    return;
  }
  parts.push(`${name}/`);
  const folder = await opendir(path).catch(() => undefined);
  if (folder === undefined) return;
  for await (const entry of folder) {
    if (parts.length >= MAX_FILES) return;
    await collect(join(path, entry.name), `${name}/${entry.name}`, parts);
  }
}
