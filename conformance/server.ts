/** A live Berth server on free loopback ports, as a user would start it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../tools/free-port.ts';

const BERTH = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'berth.js');

/** A running server and how to end it. */
export interface LiveServer {
  readonly http: number;
  readonly grpc: number;
  stop(): Promise<void>;
}

/** Starts `berth serve <folder> …` and waits until every model is ready. */
export function serve(folder: string, args: readonly string[] = []): Promise<LiveServer> {
  return start(['serve', folder, ...args]);
}

/** Starts `berth run -f <file>` and waits until every service is ready. */
export function run(file: string): Promise<LiveServer> {
  return start(['run', '-f', file]);
}

async function start(words: readonly string[]): Promise<LiveServer> {
  const [http, grpc] = await freePorts(2);
  const ports = ['--http-port', `${http}`, '--grpc-port', `${grpc}`];
  const child = spawn(process.execPath, [BERTH, ...words, ...ports], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8000);
    });
  }
  let ended = false;
  const exit = new Promise<void>((resolve) =>
    child.on('exit', () => {
      ended = true;
      resolve();
    }),
  );
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([exit, sleep(10_000, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await exit;
  };
  for (const end = Date.now() + 30_000; Date.now() < end && !ended; await sleep(50)) {
    const ready = await fetch(`http://127.0.0.1:${http}/v2/health/ready`).catch(() => undefined);
    if (ready?.ok) return { http, grpc, stop };
  }
  await stop();
  throw new Error(`berth ${words.join(' ')} was not ready in 30 s; its output:\n${output}`);
}
