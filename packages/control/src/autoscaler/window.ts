/** Length of a bucket (Knative's TimedFloat64Buckets have seconds too). */
export const BUCKET_MS = 1_000;
/** The gateway reports once a second; time beyond this in one report was a standstill, which says nothing of the load. */
const LONGEST_REPORT_MS = 2_000;
/** Seconds in which the newest report is looked for: it may be late, and until then nothing is a gap. */
const LATE_REPORT_SECONDS = 3;
/** Longest stable window that can be set (Knative's WindowMax), in buckets. */
const LONGEST_BUCKETS = 3_600;

/** A ring of sums by second of the monotonic clock. What is older than the ring is forgotten. */
export class BucketRing {
  readonly #sums: Float64Array;
  #latest = Number.NEGATIVE_INFINITY;

  constructor(buckets: number) {
    this.#sums = new Float64Array(Math.max(1, Math.ceil(buckets)));
  }

  get length(): number {
    return this.#sums.length;
  }

  /** The newest second that was added to; `-Infinity` where none was. */
  get latest(): number {
    return this.#latest;
  }

  add(second: number, value: number): void {
    const { length } = this.#sums;
    if (second <= this.#latest - length) return;
    if (second - this.#latest >= length) this.#sums.fill(0);
    else for (let one = this.#latest + 1; one <= second; one++) this.#sums[one % length] = 0;
    this.#latest = Math.max(this.#latest, second);
    this.#sums[second % length] = this.at(second) + value;
  }

  at(second: number): number {
    const isKept = second <= this.#latest && second > this.#latest - this.#sums.length;
    return isKept ? (this.#sums[second % this.#sums.length] as number) : 0;
  }
}

/**
 * When the gateway measured. A report covers every revision: one that it does not name had no request. So the time that
 * was measured is kept once for all, and a revision that nobody asks costs nothing.
 */
export class ReportTimeline {
  readonly #covered = new BucketRing(LONGEST_BUCKETS + 1);
  #last: number | undefined;

  /** Notes a report that came now. Gives the milliseconds that it covers. */
  add(now: number, windowsMs: readonly number[]): number {
    const passed = this.#last === undefined ? BUCKET_MS : now - this.#last;
    // After a gap, a report speaks of its own second.
    const since = passed > 1.5 * BUCKET_MS ? BUCKET_MS : passed;
    this.#last = now;
    const milliseconds = Math.min(LONGEST_REPORT_MS, Math.max(1, since, ...windowsMs));
    this.#covered.add(secondOf(now), milliseconds);
    return milliseconds;
  }

  /**
   * The second that a window ends with: the one that passes or, where nothing was measured in all of a short window, one
   * of those before. The report of a second comes at some time in it: a window of one second would hold nothing until then.
   */
  end(now: number, spanMs: number, first: number): number {
    const second = secondOf(now);
    const most = Math.max(0, LATE_REPORT_SECONDS - Math.ceil(spanMs / BUCKET_MS));
    for (let last = second; last >= second - most; last--) {
      if (this.covered(firstSecond(last, spanMs, first), last) > 0) return last;
    }
    return second;
  }

  /** Milliseconds that were measured in the seconds from `first` to `last`. */
  covered(first: number, last: number): number {
    let sum = 0;
    for (let second = first; second <= last; second++) sum += this.#covered.at(second);
    return sum;
  }

  /** Seconds of that span in which nothing was measured. */
  missing(now: number, spanMs: number): number {
    let count = 0;
    const last = secondOf(now);
    for (let second = firstSecond(last, spanMs, 0); second <= last; second++) {
      if (this.#covered.at(second) === 0) count++;
    }
    return count;
  }
}

/** The load of one revision over its stable window: metric × milliseconds by second. Takes no memory until there is load. */
export class LoadWindow {
  #length: number;
  #ring: BucketRing | undefined;
  /** The second from which on it is measured. */
  #first: number;

  constructor(now: number, lengthMs: number) {
    this.#length = Math.ceil(lengthMs / BUCKET_MS);
    this.#first = secondOf(now);
  }

  /** Begins anew: what was before is no measurement of it. */
  restart(now: number): void {
    this.#first = secondOf(now);
    this.#ring = undefined;
  }

  /** Another stable window; what is known stays known as far as it reaches. */
  resize(lengthMs: number): void {
    const length = Math.ceil(lengthMs / BUCKET_MS);
    if (length === this.#length) return;
    const before = this.#ring;
    this.#length = length;
    if (before === undefined) return;
    const ring = new BucketRing(length);
    for (let second = before.latest - Math.min(length, before.length) + 1; second <= before.latest; second++) {
      ring.add(second, before.at(second));
    }
    this.#ring = ring;
  }

  /** Adds what a report says: the mean of `value` over `windowMs`. */
  add(now: number, windowMs: number, value: number): void {
    if (!(value > 0)) return;
    this.#ring ??= new BucketRing(this.#length);
    this.#ring.add(secondOf(now), value * Math.min(windowMs, LONGEST_REPORT_MS));
  }

  /** The mean over the last `spanMs`; undefined where nothing was measured in it. */
  average(now: number, spanMs: number, timeline: ReportTimeline): number | undefined {
    const last = timeline.end(now, spanMs, this.#first);
    const first = firstSecond(last, spanMs, this.#first);
    const covered = timeline.covered(first, last);
    if (covered === 0) return undefined;
    const ring = this.#ring;
    if (ring === undefined) return 0;
    if (ring.latest <= secondOf(now) - this.#length) {
      this.#ring = undefined;
      return 0;
    }
    let sum = 0;
    for (let second = first; second <= last; second++) sum += ring.at(second);
    // Six digits, as Knative: sums of floating-point numbers must not decide about a replica.
    return Math.round((sum / covered) * 1e6) / 1e6;
  }

  /**
   * Whether the whole stable window has been measured, so that a low mean means little load. Up to a tenth of it (or two
   * seconds) may be missing: reports do not come on the tick of a clock.
   */
  isFull(now: number, spanMs: number, timeline: ReportTimeline): boolean {
    const seconds = Math.ceil(spanMs / BUCKET_MS);
    if (secondOf(now) - this.#first + 1 < seconds) return false;
    return timeline.missing(now, spanMs) <= Math.max(2, seconds / 10);
  }
}

function secondOf(now: number): number {
  return Math.floor(now / BUCKET_MS);
}

function firstSecond(last: number, spanMs: number, first: number): number {
  return Math.max(first, last - Math.ceil(spanMs / BUCKET_MS) + 1);
}
