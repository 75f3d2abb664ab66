/** Nothing that is published may tell where it was made. */
import { readdirSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './bundle.ts';

/** The files below a folder, relative, sorted, with `/` between. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

/** What gives this machine away: the clone's folder, the home and the name, where they are long enough to mean something. */
export function machineWords(words: readonly string[] = [ROOT, homedir(), hostname()]): string[] {
  return words.filter((word) => word.length > 5);
}

/** The files below a folder that hold a word of this machine, as `file: word`. */
export function machinePathsIn(folder: string, words: readonly string[] = machineWords()): string[] {
  return filesBelow(folder).flatMap((file) => {
    const bytes = readFileSync(join(folder, file));
    return words.filter((word) => bytes.includes(word)).map((word) => `${file}: ${word}`);
  });
}
