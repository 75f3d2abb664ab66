/** Milliseconds that a replica has to run before its earlier ends are forgotten (as the kubelet: ten minutes). */
const HEALTHY_MS = 600_000;
const MAX_MS = 300_000;

/** Waits before restarts: none before the first, then 1, 2, 4 … 300 s. */
export class RestartBackOff {
  #ends = 0;

  /** Milliseconds to wait after a process that ran for `ranMs` has ended. */
  next(ranMs: number): number {
    if (ranMs >= HEALTHY_MS) this.#ends = 0;
    const ends = this.#ends++;
    return ends === 0 ? 0 : Math.min(MAX_MS, 1_000 * 2 ** Math.min(ends - 1, 20));
  }
}
