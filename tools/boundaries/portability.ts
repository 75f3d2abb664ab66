/**
 * What only some systems have stays off the path of `serve`: the model server runs wherever Node does. The platform
 * (`berth up`) is left out, since it isolates replicas with what Linux gives.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The sources that `serve` and `run` may load. */
const ON_THE_PATH: readonly string[] = [
  'packages/server/src',
  'packages/formats/src',
  'packages/storage/src',
  'packages/inference/src',
  'packages/exposure/src',
  'packages/telemetry/src',
  'packages/parts/src',
  'packages/errors/src',
  'packages/tables/src',
  'packages/cli/src/main.ts',
  'packages/cli/src/app',
  'packages/cli/src/arguments',
  'packages/cli/src/terminal',
  'packages/cli/src/commands/serve.ts',
  'packages/cli/src/commands/run.ts',
  'packages/cli/src/commands/inspect.ts',
  'packages/cli/src/commands/predict.ts',
  'packages/cli/bin',
  'engines/onnxruntime/src',
];

/** What is looked for, and what it is. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/['"`]\/(?:proc|sys|dev)\b/, 'a folder that only Linux has'],
  [/['"`]\/(?:bin|usr|etc|tmp|var)\//, 'a folder that Windows does not have'],
  [/\breusePort\b/, 'a socket option that macOS and Windows lack or read otherwise'],
  [/(?:path:|listen\(|connect\()\s*['"`]\\0/, 'an abstract socket'],
  [/\bSIG(?:USR[12]|WINCH|STOP|CONT|CHLD|PIPE)\b/, 'a signal that Windows lacks'],
  [/\bprocess\.(?:get|set)e?[ug]ids?\(/, 'a call that Windows lacks (write ?.)'],
  [/\b(?:exec|execFile|spawn)(?:Sync)?\(\s*['"`]/, 'a program that may not be there'],
  [/\b(?:l?chown|mkfifo|symlink)(?:Sync)?\(/, 'a call that Windows lacks or refuses'],
];

/** Where it is right, since the code goes on without it. */
const GUARDED: ReadonlyMap<string, string> = new Map([
  ['packages/server/src/listeners/bind.ts', 'asks for reusePort on Linux only'],
  ['packages/storage/src/cache/lock.ts', 'goes by the pid alone where there is no /proc'],
  ['packages/storage/src/credentials/resolve-credentials.ts', 'is a name that KServe gives inside its containers'],
  ['packages/storage/src/local/local-fetcher.ts', 'compares paths with folders that need not be there'],
  ['packages/exposure/src/port-owner.ts', 'names no owner where there is no /proc'],
  ['engines/onnxruntime/src/graph-worker.ts', 'tries, and goes on'],
  ['packages/cli/bin/code-cache.js', 'has answered for Windows before it asks for the user'],
]);

/** A line that would not run everywhere. */
export interface NotPortable {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** What a check saw. `stale` names guarded files in which there is nothing to guard any more. */
export interface PortabilityReport {
  readonly files: number;
  readonly found: readonly NotPortable[];
  readonly stale: readonly string[];
}

/** Looks through the path of `serve` below `root`. */
export function checkPortability(
  root: string,
  paths: readonly string[] = ON_THE_PATH,
  guarded: ReadonlyMap<string, string> = GUARDED,
): PortabilityReport {
  const found: NotPortable[] = [];
  const used = new Set<string>();
  let files = 0;
  for (const path of paths.flatMap((one) => [...sourcesIn(join(root, one))])) {
    files++;
    const file = relative(root, path).replaceAll('\\', '/');
    for (const { line, what } of notPortable(readFileSync(path, 'utf8'))) {
      if (guarded.has(file)) used.add(file);
      else found.push({ file, line, what });
    }
  }
  return { files, found, stale: [...guarded.keys()].filter((file) => !used.has(file)) };
}

/** The lines of a source that would not run everywhere; comments do not count. */
export function notPortable(source: string): { readonly line: number; readonly what: string }[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
  return code.split('\n').flatMap((text, index) => {
    if (/^\s*\/\//.test(text)) return [];
    return PATTERNS.filter(([pattern]) => pattern.test(text)).map(([, what]) => ({ line: index + 1, what }));
  });
}

function* sourcesIn(path: string): Generator<string> {
  if (statSync(path).isFile()) {
    if (/\.[jt]s$/.test(path) && !/\.(test|bench)\.ts$/.test(path)) yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (name !== 'testing' && name !== 'gen' && name !== 'golden' && name !== 'fixtures') {
      yield* sourcesIn(join(path, name));
    }
  }
}
