/** A server as a child process, up when its port takes connections, gone when it is disposed of. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 30_000;

/** Starts it and waits. @throws when it ends or does not listen, with what it printed */
export async function startServer(
  command: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    });
  }
  let hasEnded = false;
  const end = new Promise<void>((resolve) => {
    const ended = () => {
      hasEnded = true;
      resolve();
    };
    child.on('exit', ended);
    child.on('error', (cause) => {
      output += cause.message;
      ended();
    });
  });
  const server = {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await Promise.race([end, sleep(3000, undefined, { ref: false })]);
      child.kill('SIGKILL');
      await end;
    },
  };
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await listens(port))) {
    if (hasEnded || Date.now() > deadline) {
      await server[Symbol.asyncDispose]();
      throw new Error(`${command} did not come up:\n${output}`);
    }
    await sleep(100);
  }
  return server;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => settle(true));
    socket.on('error', () => settle(false));
  });
}
