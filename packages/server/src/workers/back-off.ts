const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;
/** A worker that served for this long was healthy: its death is no sign that the next one will die too. */
const HEALTHY_MS = 1_000;

/** How long to wait before a dead worker is replaced. */
export class BackOff {
  private failures = 0;

  /** `servedMs` is how long the worker that died had served; undefined where it died before it could. */
  delayAfter(servedMs: number | undefined): number {
    if (servedMs !== undefined && servedMs >= HEALTHY_MS) {
      this.failures = 0;
      return 0;
    }
    const delay = Math.min(FIRST_MS * 2 ** this.failures, LONGEST_MS);
    this.failures = Math.min(this.failures + 1, 30);
    return delay;
  }
}
