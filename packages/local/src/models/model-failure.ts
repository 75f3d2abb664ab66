import type { ModelState } from '@berth/control';
import { StorageError } from '@berth/storage';

/** A fetch that failed, as it goes into status. */
export interface ModelFailure {
  readonly reason: string;
  readonly message: string;
  /** Whether the same request may do better without anybody changing it. */
  readonly mayRecover: boolean;
  readonly retryAfterSeconds?: number;
}

/** Only another request helps against these. */
const FINAL_REASONS: ReadonlySet<string> = new Set(['InvalidStorageUri', 'StorageNotSupported', 'UrlNotAllowed']);

/** What an error of a fetch means to whoever waits for the model. */
export function modelFailure(thrown: unknown): ModelFailure {
  if (!(thrown instanceof StorageError)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { reason: 'DownloadFailed', message: `the model could not be fetched: ${message}`, mayRecover: true };
  }
  return {
    reason: thrown.reason === 'NoSpace' ? 'StorageFull' : thrown.reason,
    message: thrown.message,
    mayRecover: !FINAL_REASONS.has(thrown.reason),
    ...(thrown.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: thrown.retryAfterSeconds }),
  };
}

/** The state of a request whose fetch failed. */
export function failedState(failure: Omit<ModelFailure, 'mayRecover'>, retryAt: Date | undefined): ModelState {
  return {
    state: 'failed',
    reason: failure.reason,
    kserveReason: 'ModelLoadFailed',
    message: failure.message,
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 300_000;
/** What is not there yet or may not be read yet is often put right within minutes. */
const LONGEST_PAUSE_FOR_PEOPLE_MS = 30_000;
const BY_PEOPLE: ReadonlySet<string> = new Set(['NotFound', 'AccessDenied', 'StorageFull', 'SecretNotFound']);

/** Milliseconds to wait after so many failures in a row; `random` is from 0 to 1. */
export function retryPause(failure: ModelFailure, failures: number, random: number): number {
  const longest = BY_PEOPLE.has(failure.reason) ? LONGEST_PAUSE_FOR_PEOPLE_MS : LONGEST_PAUSE_MS;
  const grown = Math.min(longest, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20));
  const jittered = grown * (0.75 + random / 4);
  return Math.max(jittered, (failure.retryAfterSeconds ?? 0) * 1000);
}
