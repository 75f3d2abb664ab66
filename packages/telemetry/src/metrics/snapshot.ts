/** What a registry holds at one moment, as plain data: it travels between processes as JSON. */
export interface MetricsSnapshot {
  readonly families: readonly FamilySnapshot[];
}

export interface FamilySnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly labelNames: readonly string[];
  /** Upper bounds of a histogram's buckets, without +Inf. */
  readonly buckets?: readonly number[];
  readonly series: readonly SeriesSnapshot[];
}

/** One series. `value` of counters and gauges; `counts` (per bucket, not cumulative, last is +Inf), `sum` and `count` of histograms. */
export interface SeriesSnapshot {
  readonly labels: readonly string[];
  readonly value?: number;
  readonly counts?: readonly number[];
  readonly sum?: number;
  readonly count?: number;
}

/**
 * The sum of several processes' snapshots. Counters and histograms add up; so do gauges, which here count things that
 * are spread over the processes (requests in flight). Series with equal labels become one.
 */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const families = new Map<string, { family: FamilySnapshot; series: Map<string, SeriesSnapshot> }>();
  for (const snapshot of snapshots) {
    for (const family of snapshot.families) {
      let merged = families.get(family.name);
      if (merged === undefined) {
        merged = { family, series: new Map() };
        families.set(family.name, merged);
      }
      for (const series of family.series) {
        const key = JSON.stringify(series.labels);
        const other = merged.series.get(key);
        merged.series.set(key, other === undefined ? series : addSeries(other, series));
      }
    }
  }
  return {
    families: [...families.values()].map(({ family, series }) => ({ ...family, series: [...series.values()] })),
  };
}

/** What may be kept of a process that has ended: its counts, not its gauges. */
export function withoutGauges(snapshot: MetricsSnapshot): MetricsSnapshot {
  return { families: snapshot.families.filter((family) => family.type !== 'gauge') };
}

function addSeries(left: SeriesSnapshot, right: SeriesSnapshot): SeriesSnapshot {
  if (left.value !== undefined || right.value !== undefined) {
    return { labels: left.labels, value: (left.value ?? 0) + (right.value ?? 0) };
  }
  const leftCounts = left.counts ?? [];
  const rightCounts = right.counts ?? [];
  return {
    labels: left.labels,
    counts: leftCounts.map((count, bucket) => count + (rightCounts[bucket] ?? 0)),
    sum: (left.sum ?? 0) + (right.sum ?? 0),
    count: (left.count ?? 0) + (right.count ?? 0),
  };
}
