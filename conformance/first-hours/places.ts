import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that any prompt has. */
const BASE = [
  ...[
    'bash',
    'sh',
    'env',
    'cat',
    'cp',
    'mv',
    'rm',
    'ls',
    'ln',
    'mkdir',
    'chmod',
    'touch',
    'head',
    'tail',
    'wc',
    'sort',
    'tr',
  ],
  ...[
    'cut',
    'sed',
    'grep',
    'sleep',
    'seq',
    'printf',
    'echo',
    'test',
    'true',
    'false',
    'kill',
    'id',
    'uname',
    'dirname',
    'basename',
  ],
  ...['readlink', 'realpath', 'mktemp', 'tee', 'dd', 'truncate', 'stat', 'curl', 'diff', 'ps', 'sha256sum'],
];

/** A folder to work in and an environment that has the named programs and nothing else on its PATH. */
export interface Place {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes a place below `root`; `files` is copied into its folder. Locations of programs are those of this PATH. */
export function makePlace(
  root: string,
  programs: readonly string[],
  files: string,
  env: Record<string, string>,
): Place {
  const folder = join(root, 'work');
  const bin = join(root, 'bin');
  const home = join(root, 'home');
  for (const path of [folder, bin, home]) mkdirSync(path, { recursive: true });
  if (existsSync(files)) cpSync(files, folder, { recursive: true });
  for (const name of [...BASE, ...programs]) {
    const path = locate(name);
    if (path !== undefined) symlinkSync(path, join(bin, name));
    else if (programs.includes(name)) throw new Error(`this machine has no ${name}`);
  }
  return { folder, env: { HOME: home, PATH: bin, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...proxies(), ...env } };
}

/** Where a program lies, past the folders that npm puts first. */
function locate(name: string): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter).filter((one) => !one.includes('node_modules'));
  try {
    const env = { ...process.env, PATH: path.join(delimiter) };
    return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8', env }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** How package managers reach their registries from this machine. */
function proxies(): Record<string, string> {
  const wanted =
    /^(https?_proxy|no_proxy|all_proxy|ssl_cert_file|requests_ca_bundle|node_extra_ca_certs|pip_.*|npm_config_.*)$/i;
  const found = Object.entries(process.env).filter(
    (pair): pair is [string, string] => wanted.test(pair[0]) && pair[1] !== undefined,
  );
  // What an outer `npm run` tells its scripts is not meant for a user's npm.
  return Object.fromEntries(
    found.filter(
      ([name]) =>
        !/^npm_config_(prefix|local_prefix|global_prefix|userconfig|cache|noproxy|node_gyp|init_module)$/i.test(name),
    ),
  );
}
