import type { Clock, Timers } from '../time/clock.ts';

/** How long a key that fails waits: doubled each time, with jitter, up to the longest. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** Keys done before other work of the process gets its turn. */
const BATCH = 20;

/** What a queue needs from its surroundings. */
export interface WorkQueueOptions {
  /** Brings the world of a key in order; may be called at any time, any number of times. */
  readonly work: (key: string) => void;
  readonly onError: (key: string, error: unknown, attempt: number) => void;
  readonly timers: Timers;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

/**
 * Keys to work on: each at most once in the queue and never twice at a time. A key is worked on before anything else that
 * arrives from outside is handled, so that whoever changes an object never reads a status from before the change.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #ready = new Set<string>();
  readonly #failures = new Map<string, number>();
  /** Timers of keys that come back later, by key. */
  readonly #later = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  #isScheduled = false;
  #isStopped = false;
  #isPaused = true;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Begins to work; until then keys only gather. */
  start(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  add(key: string): void {
    if (this.#isStopped) return;
    this.#ready.add(key);
    this.#schedule();
  }

  /** Adds it in `milliseconds`, unless it is due earlier anyway. */
  addAfter(key: string, milliseconds: number): void {
    if (this.#isStopped) return;
    const delay = Math.max(0, milliseconds);
    const at = this.#options.clock.monotonic() + delay;
    const waiting = this.#later.get(key);
    if (waiting !== undefined) {
      if (waiting.at <= at) return;
      waiting.cancel();
    }
    const cancel = this.#options.timers.after(delay, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { at, cancel });
  }

  stop(): void {
    this.#isStopped = true;
    for (const { cancel } of this.#later.values()) cancel();
    this.#later.clear();
    this.#ready.clear();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#isStopped || this.#ready.size === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    let count = 0;
    for (const key of this.#ready) {
      if (this.#isStopped) break;
      if (++count > BATCH) break;
      this.#ready.delete(key);
      this.#run(key);
    }
    if (this.#ready.size === 0 || this.#isStopped) {
      this.#isScheduled = false;
      return;
    }
    this.#options.timers.after(0, () => this.#drain());
  }

  #run(key: string): void {
    try {
      this.#options.work(key);
      this.#failures.delete(key);
    } catch (error) {
      const attempt = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, attempt);
      this.#options.onError(key, error, attempt);
      const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20));
      this.addAfter(key, delay * (0.5 + this.#options.random() / 2));
    }
  }
}
