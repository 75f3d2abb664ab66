import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage-error.ts';

const HEARTBEAT_MS = 5_000;
/** A lock whose holder showed no sign for so long is taken over; it may have run on another machine. */
const STALE_MS = 30_000;
const POLL_MS = 100;
/** `starttime`, the 22nd of the file, counted from the state. */
const START_FIELD = 19;

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When that process began, in the kernel's ticks: tells a process from a later one with the same id. */
  readonly started?: string;
  readonly token: string;
}

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
  const started = startOf(process.pid);
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    token: randomUUID(),
    ...(started === undefined ? {} : { started }),
  };
  for (let waits = 0; !(await take(path, own)); waits++) {
    const abandoned = await abandonedText(path);
    if (abandoned !== undefined) {
      await takeAway(path, abandoned);
      continue;
    }
    if (waits === 0) options.onWait?.();
    await sleep(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {
      throw new StorageError('DownloadCancelled', 'the download was cancelled');
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
    await takeAway(path, JSON.stringify(own));
  }
}

/** Makes the lock with its content in one step, so that nobody ever reads half of it. */
async function take(path: string, own: Holder): Promise<boolean> {
  const draft = `${path}.${own.token}`;
  await writeFile(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes the lock if it still is the one with that text; one that another holder made meanwhile is put back. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    if ((await readFile(path, 'utf8')) !== text) return;
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => text);
  if (moved !== text) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** The lock's text where its holder is no more. */
async function abandonedText(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    const text = await readFile(path, 'utf8');
    if (Date.now() - mtimeMs > STALE_MS) return text;
    const holder = JSON.parse(text) as Holder;
    return holder.host === hostname() && !isSameProcess(holder) ? text : undefined;
  } catch {
    // Gone at this moment: ask again.
    return undefined;
  }
}

/** Whether the process with that id is alive and the one that is meant. */
export function isSameProcess({ pid, started }: { readonly pid: number; readonly started?: string }): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
  const fields = statOf(pid);
  if (fields === undefined) return true;
  // Killed, and its parent has not asked how it ended.
  if (fields[0] === 'Z' || fields[0] === 'X') return false;
  return started === undefined || fields[START_FIELD] === started;
}

/** When a process began; undefined where there is no /proc. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.[START_FIELD];
}

/** Of /proc/PID/stat what follows the program's name: the state first. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
