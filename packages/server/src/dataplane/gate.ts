import { InferenceError } from '@berth/inference';

/** How many requests a model may work on and how many may wait; made for models that answer with a promise. */
export interface GateLimits {
  readonly maxInFlight: number;
  readonly maxQueued: number;
}

/** Lets a bounded number of requests in and a bounded number wait, in order; refuses the rest at once. */
export class Gate {
  readonly #limits: GateLimits;
  #active = 0;
  #waiting: (() => void)[] = [];

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  get active(): number {
    return this.#active;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  /** Whether a request may start now, without waiting. */
  get open(): boolean {
    return this.#active < this.#limits.maxInFlight && this.#waiting.length === 0;
  }

  enter(): void {
    this.#active++;
  }

  leave(): void {
    this.#active--;
    this.#waiting.shift()?.();
  }

  /**
   * Waits for a place, which is then taken.
   * @throws InferenceError OVERLOADED when too many wait, CANCELLED when `signal` aborts first.
   */
  async wait(model: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length >= this.#limits.maxQueued) {
      throw new InferenceError(
        'OVERLOADED',
        `model "${model}" is at its limit: ${this.#limits.maxInFlight} requests in work and ${this.#limits.maxQueued} waiting; try again later`,
        { retryAfterSeconds: 1 },
      );
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', abort);
        this.#active++;
        resolve();
      };
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new InferenceError('CANCELLED', 'the request was cancelled while it waited'));
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(enter);
    });
  }
}
