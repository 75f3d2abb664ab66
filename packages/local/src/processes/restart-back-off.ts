/** Milliseconds that a replica has to run before its earlier ends are forgotten (as the kubelet: ten minutes). */
const HEALTHY_MS = 600_000;
const MAX_MS = 300_000;
/** Milliseconds of readiness from which on a run was of use. */
const USEFUL_MS = 1_000;
/** A replica that was of use waits for this share of the time that it was: nine tenths of its use are kept. */
const SHARE = 0.1;

/**
 * Waits before restarts: none before the first, then 1, 2, 4 … 300 s. A replica that serves between its ends (one that is
 * killed now and then, or fails on some requests) waits a second at most: what it serves is worth more than the quiet.
 */
export class RestartBackOff {
  #ends = 0;

  /** Ends since a run was of use, that one's end counted. */
  get ends(): number {
    return this.#ends;
  }

  /** Milliseconds to wait after a process has ended that ran, and was ready, for so long. */
  next(ranMs: number, readyMs = 0): number {
    if (ranMs >= HEALTHY_MS) this.#ends = 0;
    if (readyMs >= USEFUL_MS && this.#ends > 0) {
      this.#ends = 1;
      return Math.min(1_000, Math.round(readyMs * SHARE));
    }
    const ends = this.#ends++;
    return ends === 0 ? 0 : Math.min(MAX_MS, 1_000 * 2 ** Math.min(ends - 1, 20));
  }
}
