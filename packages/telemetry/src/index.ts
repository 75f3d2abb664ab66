export { type AccessEntry, AccessLog } from './logs/access-log.ts';
export { createLogger, type Logger, type LoggerOptions } from './logs/logger.ts';
export { PROMETHEUS_CONTENT_TYPE, renderPrometheus } from './metrics/exposition.ts';
export { Counter, type Family, Gauge, Histogram, MetricsRegistry, SECONDS_BUCKETS } from './metrics/registry.ts';
export {
  type FamilySnapshot,
  type MetricsSnapshot,
  mergeSnapshots,
  type SeriesSnapshot,
  withoutGauges,
} from './metrics/snapshot.ts';
