/** One measurement: a mean over `milliseconds` that ended at `at` (monotonic milliseconds). */
interface Sample {
  readonly at: number;
  readonly milliseconds: number;
  readonly value: number;
}

/**
 * Measurements of the last so many milliseconds. Time without a report counts as zero only where the reporter says so; a
 * gap (a suspended machine) is no measurement.
 */
export class MetricWindow {
  readonly #length: number;
  #samples: Sample[] = [];

  constructor(lengthMs: number) {
    this.#length = lengthMs;
  }

  add(at: number, milliseconds: number, value: number): void {
    this.#samples.push({ at, milliseconds, value });
    const oldest = at - this.#length;
    if ((this.#samples[0] as Sample).at <= oldest) this.#samples = this.#samples.filter((one) => one.at > oldest);
  }

  /** The mean over the last `spanMs` until `now`, weighted by time; undefined where nothing was measured in it. */
  average(now: number, spanMs: number): number | undefined {
    let weight = 0;
    let sum = 0;
    for (const { at, milliseconds, value } of this.#samples) {
      if (at <= now - spanMs) continue;
      weight += milliseconds;
      sum += value * milliseconds;
    }
    return weight === 0 ? undefined : sum / weight;
  }
}
