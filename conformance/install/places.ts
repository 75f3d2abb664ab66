/** Empty folders outside the clone, and a PATH that holds one ecosystem only. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Place } from './child.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A folder whose name has a space and letters beyond ASCII, which anybody may enter. */
export function outside(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'berth install é中-'));
  execFileSync('chmod', ['755', folder]);
  return folder;
}

/** The first program of a name on the PATH that is not of this clone. */
export function systemProgram(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** A folder for the PATH: npm with the Node that is named, a shell for what npx runs, and nothing else. */
export function npmPath(root: string, name: string, node: string): string {
  const folder = pathOf(root, name, ['npm', 'npx', 'sh']);
  symlinkSync(realpathSync(node), join(folder, 'node'));
  return folder;
}

/** A folder for the PATH that holds these programs of the system and nothing else. */
export function pathOf(root: string, name: string, programs: readonly string[]): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const program of programs) {
    const path = systemProgram(program);
    if (path === undefined) throw new Error(`there is no ${program} on the PATH`);
    symlinkSync(realpathSync(path), join(folder, program));
  }
  return folder;
}

/** A place with a PATH of its own and an empty home; the registries' caches and settings are the machine's. */
export function placeIn(cwd: string, path: string, home: string): Place {
  mkdirSync(cwd, { recursive: true });
  mkdirSync(home, { recursive: true });
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(pip_|ssl_|https?_proxy|no_proxy|node_extra_ca_certs|uv_|lang$|tmpdir$)/i.test(name),
  ) as [string, string][];
  const settings = join(homedir(), '.npmrc');
  return {
    cwd,
    env: {
      ...Object.fromEntries(kept),
      PATH: path,
      HOME: home,
      npm_config_cache: process.env.npm_config_cache ?? join(homedir(), '.npm'),
      ...(existsSync(settings) ? { npm_config_userconfig: settings } : {}),
      PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? join(homedir(), '.cache', 'pip'),
      UV_CACHE_DIR: process.env.UV_CACHE_DIR ?? join(homedir(), '.cache', 'uv'),
    },
  };
}

/** The folder of an example of the clone. */
export function example(name: string): string {
  return join(ROOT, 'examples', name);
}

/** What runs and has a word in its command line, less this process. */
export function processesWith(word: string): string[] {
  return execFileSync('ps', ['-e', '-o', 'pid=,args='], { encoding: 'utf8', maxBuffer: 1 << 24 })
    .split('\n')
    .filter((line) => line.includes(word) && !line.trim().startsWith(`${process.pid} `));
}
