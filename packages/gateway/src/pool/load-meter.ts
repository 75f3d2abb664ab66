import type { RevisionLoad } from '@berth/api';

/** Measures how many requests a revision has at once, as a mean over time. Times by the monotonic clock. */
export class LoadMeter {
  #current = 0;
  #area = 0;
  #requests = 0;
  #since: number;
  #changed: number;

  constructor(now: number) {
    this.#since = now;
    this.#changed = now;
  }

  /** One more request, running or waiting. */
  arrive(now: number): void {
    this.#add(now);
    this.#current++;
    this.#requests++;
  }

  /** One less. */
  leave(now: number): void {
    this.#add(now);
    this.#current--;
  }

  /** Since the last call: the mean of requests at once, and how many came. */
  take(now: number): Pick<RevisionLoad, 'windowMs' | 'averageConcurrency' | 'requests'> {
    this.#add(now);
    const windowMs = Math.max(1, now - this.#since);
    const report = { windowMs, averageConcurrency: this.#area / windowMs, requests: this.#requests };
    this.#since = now;
    this.#area = 0;
    this.#requests = 0;
    return report;
  }

  #add(now: number): void {
    this.#area += this.#current * (now - this.#changed);
    this.#changed = now;
  }
}
