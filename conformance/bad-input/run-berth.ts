/** Runs `berth` on bad input and holds what every refusal has in common, whatever went wrong. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorEntry } from '../../packages/errors/src/index.ts';

const BERTH = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'berth.js');
/** Far more than any refusal takes: what is still there then hangs. */
const ENDS_WITHIN_MS = 20_000;

/** How a command ended. */
export interface Ran {
  /** Of the shell: 128 and the signal's number where one ended it. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What is done to a command while it runs. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly uid?: number;
  /** Where standard output goes in place of a pipe: a file's descriptor. */
  readonly stdout?: number;
  /** Called once it has started. */
  readonly meanwhile?: (child: ChildProcess, said: () => string) => Promise<void> | void;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGPIPE: 13, SIGKILL: 9, SIGTERM: 15 };

/** Runs a command line of `berth` to its end. @throws Error where it does not end in time */
export async function berth(args: readonly string[], options: RunOptions): Promise<Ran> {
  const child = spawn(process.execPath, [BERTH, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['pipe', options.stdout ?? 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0)));
  });
  const meanwhile = options.meanwhile?.(child, () => out + err);
  const code = await Promise.race([ended, sleep(ENDS_WITHIN_MS, undefined, { ref: false })]);
  if (code === undefined) {
    child.kill('SIGKILL');
    await ended;
    throw new Error(`berth ${args.join(' ')} does not end in ${ENDS_WITHIN_MS / 1000} s: ${(out + err).slice(0, 300)}`);
  }
  await meanwhile;
  return { code, out, err };
}

/** Text that only a stack of calls has. */
const STACK = /\n\s+at .*(node:|file:|\.[jt]s:\d+)|Unhandled|Node\.js v\d/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** What is wrong with the way in which a command told of its failure; undefined where nothing is. */
export function unkind(
  { code, out, err }: Ran,
  wanted: { code: number; text: RegExp; json: boolean },
): string | undefined {
  const said = out + err;
  const shown = JSON.stringify(said.slice(0, 500));
  if (code !== wanted.code) return `exit code ${code}, not ${wanted.code}: ${shown}`;
  if (STACK.test(said)) return `a stack is printed: ${shown}`;
  if (CONTROL.test(said)) return `control characters are printed: ${shown}`;
  if (!wanted.text.test(said)) return `${wanted.text} is not said: ${shown}`;
  const codes = [...err.matchAll(/^ {2}code: (\S+) \(berth help (\S+)\)$/gm)];
  if (codes.length === 0) return `no code is told: ${shown}`;
  const unknown = codes.find(([, one, other]) => one !== other || errorEntry(one as string) === undefined);
  if (unknown !== undefined) return `the table has no code ${unknown[1]}`;
  if (!wanted.json) return undefined;
  try {
    JSON.parse(out);
    return undefined;
  } catch {
    return `standard output is not JSON: ${JSON.stringify(out.slice(0, 300))}`;
  }
}
