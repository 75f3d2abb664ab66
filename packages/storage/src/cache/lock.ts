import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage-error.ts';

const HEARTBEAT_MS = 5_000;
/** A lock whose holder showed no sign for so long is taken over; it may have run on another machine. */
const STALE_MS = 30_000;
const POLL_MS = 100;

/**
 * Runs `work` while no other process (or other call) runs under the same lock file. A holder that has died is noticed.
 * @throws StorageError Cancelled when `signal` ends the wait
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { readonly signal?: AbortSignal | undefined; readonly onWait?: () => void } = {},
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  for (let waits = 0; !(await take(path)); waits++) {
    if (await isAbandoned(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (waits === 0) options.onWait?.();
    await sleep(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {
      throw new StorageError('Cancelled', 'the download was cancelled');
    });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx', 0o600);
    await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
    await handle.close();
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const holder = JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string };
    return holder.host === hostname() && !isAlive(holder.pid);
  } catch {
    // Gone, or being written at this moment: ask again.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
