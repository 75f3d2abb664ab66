import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const BERTH = join(import.meta.dirname, '..', 'bin', 'berth.js');
const START_LIMIT_MS = 30_000;

/** What is started: the words after `berth`, and more. */
export interface LaunchOptions {
  readonly args: readonly string[];
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What standard output must hold before it counts as started; default: it listens. */
  readonly until?: (out: string, err: string) => boolean;
}

/** A `berth` that runs as a user would start it. */
export interface LiveServer extends AsyncDisposable {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly pid: number;
  readonly out: () => string;
  readonly err: () => string;
}

/** Starts a server on free loopback ports. @throws Error with its output where it ends or does not come up */
export async function launch(options: LaunchOptions): Promise<LiveServer> {
  const ports = ['--http-port', '0', '--grpc-port', '0'];
  const child = start([...options.args, ...ports], options);
  const ended = new Promise<void>((resolve) => child.process.on('close', () => resolve()));
  const isUp = options.until ?? ((_out, err) => err.includes('listening on'));
  const limit = Date.now() + START_LIMIT_MS;
  while (!isUp(child.out(), child.err()) || !child.err().includes('listening on')) {
    if (child.process.exitCode !== null || Date.now() > limit) {
      child.process.kill('SIGKILL');
      throw new Error(`berth ${options.args.join(' ')} did not come up:\n${child.err()}\n${child.out()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const port = (scheme: string) => Number(new RegExp(`${scheme}://127\\.0\\.0\\.1:(\\d+)`).exec(child.err())?.[1]);
  return {
    httpPort: port('http'),
    grpcPort: port('grpc'),
    pid: child.process.pid as number,
    out: child.out,
    err: child.err,
    async [Symbol.asyncDispose]() {
      child.process.kill('SIGTERM');
      await ended;
    },
  };
}

/** Runs a command to its end. */
export async function runToEnd(options: LaunchOptions): Promise<{ code: number | null; out: string; err: string }> {
  const child = start(options.args, options);
  const code = await new Promise<number | null>((resolve) => child.process.on('close', resolve));
  return { code, out: child.out(), err: child.err() };
}

function start(
  args: readonly string[],
  options: LaunchOptions,
): { process: ChildProcess; out: () => string; err: () => string } {
  const child = spawn(process.execPath, [BERTH, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return { process: child, out: () => out, err: () => err };
}
