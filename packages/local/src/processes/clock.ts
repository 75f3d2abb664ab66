/** Time as the substrate sees it; tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch, as it was at the start of this process: it never jumps. */
  now(): number;
  /** Calls back once after so many milliseconds; returns how to take that back. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The machine's clock; who sets it sets no timer off. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
