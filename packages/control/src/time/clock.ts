/** Time as the controllers see it. */
export interface Clock {
  /** The wall clock, for what people read. */
  now(): Date;
  /** Milliseconds of a clock that never jumps, for intervals. */
  monotonic(): number;
}

/** Calls back later. */
export interface Timers {
  /** Calls once after `milliseconds`; the returned function calls it off. */
  after(milliseconds: number, callback: () => void): () => void;
}
