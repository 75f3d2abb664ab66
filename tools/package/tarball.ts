/** A staged folder to an npm tarball. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Runs `npm pack`, which writes the same bytes for the same files; answers the tarball's path. */
export function pack(staged: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const answer = execFileSync('npm', args, { cwd: staged, encoding: 'utf8', shell: process.platform === 'win32' });
  const said = JSON.parse(answer) as { filename: string }[] | Record<string, { filename: string }>;
  const [{ filename }] = Object.values(said);
  return join(folder, filename.replace('@', '').replace('/', '-'));
}
