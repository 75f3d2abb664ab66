import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage-error.ts';

/** How often and how long something is tried. */
export interface RetryOptions {
  readonly attempts: number;
  /** After so long no new try begins, so that a failure is told in time. */
  readonly budgetMs: number;
  /** Of the first pause; it doubles. */
  readonly pauseMs: number;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** Runs `work` again while it fails for a reason that may pass. @throws StorageError of the last try, or Cancelled */
export async function retrying<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const now = options.now ?? (() => performance.now());
  const start = now();
  for (let attempt = 1; ; attempt++) {
    try {
      if (options.signal?.aborted === true) throw cancelled();
      return await work();
    } catch (thrown) {
      if (options.signal?.aborted === true) throw cancelled();
      if (!(thrown instanceof StorageError) || !thrown.isTransient || attempt >= options.attempts) throw thrown;
      const jittered = options.pauseMs * 2 ** (attempt - 1) * (0.5 + (options.random ?? Math.random)() / 2);
      const pause = Math.max(jittered, (thrown.retryAfterSeconds ?? 0) * 1000);
      if (now() - start + pause > options.budgetMs) throw thrown;
      await sleep(pause, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {
        throw cancelled();
      });
    }
  }
}

function cancelled(): StorageError {
  return new StorageError('DownloadCancelled', 'the download was cancelled');
}
