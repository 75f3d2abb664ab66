import type { Clock, Timers } from '../time/clock.ts';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock for tests: time passes only when it is told to. */
export class FakeClock implements Clock, Timers {
  #time: number;
  /** How far the wall clock is set off. */
  #offset = 0;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(start: Date = new Date('2026-01-02T03:04:05Z')) {
    this.#time = start.getTime();
  }

  now(): Date {
    return new Date(this.#time + this.#offset);
  }

  monotonic(): number {
    return this.#time;
  }

  /** Sets the wall clock; time itself goes on as before. */
  setWall(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const pending = { at: this.#time + milliseconds, order: this.#order++, callback };
    this.#pending.add(pending);
    return () => this.#pending.delete(pending);
  }

  /** Lets time pass and runs what is due, with the promises that hang on it. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#time + milliseconds;
    await settle();
    for (;;) {
      const due = [...this.#pending]
        .filter((one) => one.at <= end)
        .sort((left, right) => left.at - right.at || left.order - right.order)[0];
      if (due === undefined) break;
      this.#pending.delete(due);
      this.#time = Math.max(this.#time, due.at);
      due.callback();
      await settle();
    }
    this.#time = end;
  }
}

/** Runs the promises that are ready, and those that become so by them. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}
