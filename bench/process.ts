/** Starting, awaiting and ending the processes that a benchmark compares. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A server under test. */
export interface Peer {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a command and keeps the last of its output for the error text. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Peer & { output(): string; child: ChildProcess } {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tail = '';
  const keep = (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  return {
    pid: child.pid as number,
    child,
    output: () => tail,
    async stop() {
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(5000)]);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Polls `attempt` until it is true; throws with the server's output after `timeoutMs`. */
export async function until(attempt: () => Promise<boolean>, timeoutMs: number, output: () => string): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    if (await attempt().catch(() => false)) return;
    await sleep(4);
  }
  throw new Error(`the server was not ready after ${timeoutMs / 1000} s; its last output:\n${output()}`);
}

/** What one process takes. Resident memory counts what it shares in full, proportional memory its share of that. */
export interface Usage {
  readonly pid: number;
  readonly command: string;
  readonly residentBytes: number;
  readonly proportionalBytes: number;
  readonly cpuSeconds: number;
}

/** Of a process and all its descendants (Linux). */
export async function usage(pid: number): Promise<Usage[]> {
  const found: Usage[] = [];
  for (const one of await family(pid)) {
    const read = (name: string) => readFileSync(`/proc/${one}/${name}`, 'utf8');
    try {
      const stat = read('stat');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const memory = read('smaps_rollup');
      const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0) * 1024;
      found.push({
        pid: one,
        command: read('cmdline').replaceAll('\0', ' '),
        residentBytes: bytes('Rss'),
        proportionalBytes: bytes('Pss'),
        // A tick is a hundredth of a second on every Linux that Node runs on.
        cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
      });
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** Resident bytes of a process and all its descendants. */
export async function residentBytes(pid: number): Promise<number> {
  return (await usage(pid)).reduce((sum, one) => sum + one.residentBytes, 0);
}

async function family(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-e', '-o', 'pid=,ppid=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const wanted = new Set([pid]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [child, parent] of rows) {
      if (wanted.has(parent) && !wanted.has(child)) {
        wanted.add(child);
        grew = true;
      }
    }
  }
  return [...wanted];
}

/** Runs a load generator in a process of its own and reads its one line of JSON. */
export async function generate<Result>(script: string, load: unknown): Promise<Result> {
  const { stdout } = await run(process.execPath, [script, JSON.stringify(load)], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Result;
}

/** What the machine is, for the report's head. */
export function machine(): string {
  const cpu = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown processor';
  const cores = (readFileSync('/proc/cpuinfo', 'utf8').match(/^processor/gm) ?? []).length;
  return `${cpu}, ${cores} cores, Node ${process.versions.node}`;
}
