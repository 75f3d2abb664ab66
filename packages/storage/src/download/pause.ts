import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage-error.ts';

const LONGEST_PAUSE_MS = 60_000;

/** How pauses between tries grow. */
export interface PauseOptions {
  /** Of the first pause; it doubles. */
  readonly pauseMs: number;
  readonly signal: AbortSignal | undefined;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Waits before the next try: longer each time, jittered, and as long as the server asks for. @throws StorageError Cancelled */
export async function pauseBefore(
  failures: number,
  retryAfterSeconds: number | undefined,
  options: PauseOptions,
): Promise<void> {
  const grown = Math.min(LONGEST_PAUSE_MS, options.pauseMs * 2 ** (failures - 1));
  const jittered = grown * (0.5 + options.random() / 2);
  const milliseconds = Math.max(jittered, Math.min(LONGEST_PAUSE_MS, (retryAfterSeconds ?? 0) * 1000));
  const { signal } = options;
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {
    throw new StorageError('DownloadCancelled', 'the download was cancelled');
  });
}
