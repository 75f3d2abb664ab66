import type { StatisticsList } from '../../http/coordination.ts';

/** Triton's statistics answer (`model_stats`, extension_statistics); ours have no cache, no memory usage, no decoupled responses. */
export function modelStatistics(list: StatisticsList, unnamedVersion: string | undefined): string {
  return JSON.stringify({
    model_stats: list.map(({ name, version, statistics }) => ({
      name,
      version: version === '' ? (unnamedVersion ?? '') : version,
      last_inference: statistics.lastInferenceMs,
      inference_count: statistics.inferenceCount,
      execution_count: statistics.executionCount,
      inference_stats: {
        success: statistics.success,
        fail: statistics.fail,
        queue: statistics.queue,
        compute_input: statistics.computeInput,
        compute_infer: statistics.computeInfer,
        compute_output: statistics.computeOutput,
        cache_hit: { count: 0, ns: 0 },
        cache_miss: { count: 0, ns: 0 },
      },
      response_stats: {},
      batch_stats: [],
      memory_usage: [],
    })),
  });
}
