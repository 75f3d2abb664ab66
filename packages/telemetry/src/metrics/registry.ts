import type { FamilySnapshot, MetricsSnapshot, SeriesSnapshot } from './snapshot.ts';

/** Series one family may have; what comes after shares one series whose labels are all "other". */
const MAX_SERIES = 10_000;

/** Bounds in seconds: the Prometheus client library's default ones, which KServe's histograms have. */
export const SECONDS_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** A number that only grows. Kept by its user, so that counting is one addition. */
export class Counter {
  value = 0;

  add(amount = 1): void {
    this.value += amount;
  }
}

/** A number that goes up and down. */
export class Gauge {
  value = 0;
}

/** Observations sorted into buckets. */
export class Histogram {
  readonly counts: number[];
  sum = 0;
  count = 0;
  #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) bucket++;
    this.counts[bucket]++;
    this.sum += value;
    this.count++;
  }
}

/** A metric with its series, found by label values in the order of `labelNames`. */
export interface Family<Series> {
  with(...labels: string[]): Series;
}

interface FamilyState {
  readonly type: FamilySnapshot['type'];
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly buckets?: readonly number[];
  readonly series: Map<string, { labels: string[]; series: Counter | Gauge | Histogram }>;
}

/** All metrics of one process. */
export class MetricsRegistry {
  #families = new Map<string, FamilyState>();

  counter(name: string, help: string, labelNames: readonly string[] = []): Family<Counter> {
    return this.#family(name, { type: 'counter', help, labelNames, series: new Map() }, () => new Counter());
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Family<Gauge> {
    return this.#family(name, { type: 'gauge', help, labelNames, series: new Map() }, () => new Gauge());
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    buckets: readonly number[] = SECONDS_BUCKETS,
  ): Family<Histogram> {
    const state: FamilyState = { type: 'histogram', help, labelNames, buckets, series: new Map() };
    return this.#family(name, state, () => new Histogram(buckets));
  }

  /** A `_sum` and `_count` pair without quantiles, as the Python client's Summary writes. */
  summary(name: string, help: string, labelNames: readonly string[] = []): Family<Histogram> {
    return this.#family(name, { type: 'summary', help, labelNames, series: new Map() }, () => new Histogram([]));
  }

  /** Everything counted so far, as plain data. */
  snapshot(): MetricsSnapshot {
    const families: FamilySnapshot[] = [];
    for (const [name, state] of this.#families) {
      const { type, help, labelNames, buckets } = state;
      const series = [...state.series.values()].map((each) => seriesSnapshot(each.labels, each.series));
      families.push({ name, help, type, labelNames, ...(buckets === undefined ? {} : { buckets }), series });
    }
    return { families };
  }

  /** The family of that name; the first definition counts, so two parts may ask for the same one. */
  #family<Series extends Counter | Gauge | Histogram>(
    name: string,
    fresh: FamilyState,
    make: () => Series,
  ): Family<Series> {
    const state = this.#families.get(name) ?? fresh;
    this.#families.set(name, state);
    return {
      with: (...labels) => {
        const kept = state.series.size < MAX_SERIES ? labels : labels.map(() => 'other');
        const key = labels.length === 1 ? labels[0] : JSON.stringify(labels);
        const known = state.series.get(key);
        if (known !== undefined) return known.series as Series;
        const keptKey = kept === labels ? key : 'other';
        const created = state.series.get(keptKey) ?? { labels: kept, series: make() };
        state.series.set(keptKey, created);
        return created.series as Series;
      },
    };
  }
}

function seriesSnapshot(labels: readonly string[], series: Counter | Gauge | Histogram): SeriesSnapshot {
  if (series instanceof Histogram) {
    return { labels, counts: [...series.counts], sum: series.sum, count: series.count };
  }
  return { labels, value: series.value };
}
