/** A live platform on free loopback ports, as `berth up` starts it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BERTH = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'berth.js');

/** A running platform and how to end it. */
export interface LivePlatform {
  readonly gateway: string;
  readonly kubeconfig: string;
  /** What it said so far. */
  said(): string;
  stop(): Promise<void>;
}

/** Starts `berth up` on a state folder and waits until it says where the API is. */
export async function up(state: string, args: readonly string[] = []): Promise<LivePlatform> {
  const words = [
    'up',
    '--state-dir',
    state,
    '--cache-dir',
    join(state, 'cache'),
    '--http-port',
    '0',
    '--api-port',
    '0',
  ];
  const child = spawn(process.execPath, [BERTH, ...words, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-64_000);
    });
  }
  const exit = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    // A timer that nobody waits for any more would keep the script itself alive.
    await Promise.race([exit, sleep(20_000, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await exit;
  };
  for (const end = Date.now() + 30_000; Date.now() < end && child.exitCode === null; await sleep(50)) {
    const kubeconfig = /KUBECONFIG=(\S+)/.exec(output)?.[1];
    const gateway = /^gateway +([^\s,]+)/m.exec(output)?.[1];
    if (kubeconfig !== undefined && gateway !== undefined) return { gateway, kubeconfig, said: () => output, stop };
  }
  await stop();
  throw new Error(`berth up did not say where its API is; its output:\n${output}`);
}
