import { mergeSnapshots, withoutGauges } from '@berth/telemetry';
import type { ModelStatistics } from '../dataplane/types.ts';
import type { StatisticsList } from '../http/coordination.ts';
import type { Counts } from './messages.ts';

type Entry = StatisticsList[number];

/** The sum of what several processes have counted. Model versions that any of them lists are listed. */
export function sumCounts(parts: readonly Counts[]): Counts {
  const services = Math.max(0, ...parts.map((part) => part.statistics.length));
  const statistics = Array.from({ length: services }, (_, service) =>
    sumStatistics(parts.map((part) => part.statistics[service] ?? [])),
  );
  return { metrics: mergeSnapshots(parts.map((part) => part.metrics)), statistics };
}

/**
 * What live workers have counted together with what dead ones had: a dead worker's models are listed only while a live
 * one still lists them, its gauges (requests in flight) died with it.
 */
export function withRetired(live: Counts, retired: Counts): Counts {
  const merged = sumCounts([live, retired]);
  return {
    metrics: merged.metrics,
    statistics: merged.statistics.map((list, service) => {
      const listed = new Set((live.statistics[service] ?? []).map(keyOf));
      return list.filter((entry) => listed.has(keyOf(entry)));
    }),
  };
}

/** What is kept of a worker that has ended, added to what was kept before. */
export function retire(retired: Counts, ended: Counts): Counts {
  return sumCounts([retired, { metrics: withoutGauges(ended.metrics), statistics: ended.statistics }]);
}

export const NO_COUNTS: Counts = { metrics: { families: [] }, statistics: [] };

function sumStatistics(lists: readonly StatisticsList[]): StatisticsList {
  const sums = new Map<string, Entry>();
  for (const list of lists) {
    for (const entry of list) {
      const known = sums.get(keyOf(entry));
      sums.set(
        keyOf(entry),
        known === undefined ? entry : { ...known, statistics: add(known.statistics, entry.statistics) },
      );
    }
  }
  return [...sums.values()];
}

function keyOf(entry: Entry): string {
  return `${entry.name}/${entry.version}`;
}

function add(left: ModelStatistics, right: ModelStatistics): ModelStatistics {
  const both = (name: 'success' | 'fail' | 'queue' | 'computeInput' | 'computeInfer' | 'computeOutput') => ({
    count: left[name].count + right[name].count,
    ns: left[name].ns + right[name].ns,
  });
  return {
    lastInferenceMs: Math.max(left.lastInferenceMs, right.lastInferenceMs),
    inferenceCount: left.inferenceCount + right.inferenceCount,
    executionCount: left.executionCount + right.executionCount,
    success: both('success'),
    fail: both('fail'),
    queue: both('queue'),
    computeInput: both('computeInput'),
    computeInfer: both('computeInfer'),
    computeOutput: both('computeOutput'),
  };
}
