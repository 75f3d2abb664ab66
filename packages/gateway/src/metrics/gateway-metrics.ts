import {
  type Counter,
  type Histogram,
  MetricsRegistry,
  PROMETHEUS_CONTENT_TYPE,
  renderPrometheus,
} from '@berth/telemetry';
import type { Handled } from '../front/handler.ts';
import type { RouteTable } from '../routes/route-table.ts';

/** Buckets in milliseconds of Knative's queue-proxy (revision_app_request_latencies). */
const MILLISECONDS = [
  5, 10, 20, 40, 60, 80, 100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1_000, 2_000, 5_000, 10_000,
  20_000, 50_000, 100_000,
];
const LABELS = ['namespace_name', 'service_name', 'revision_name', 'response_code_class'];

/** Counts requests with the names that Knative's queue-proxy has. */
export class GatewayMetrics {
  readonly #registry = new MetricsRegistry();
  readonly #count = this.#registry.counter(
    'revision_app_request_count',
    'Requests that were routed to the revision',
    LABELS,
  );
  readonly #latency = this.#registry.histogram(
    'revision_app_request_latencies',
    'Milliseconds from the request to the end of the answer',
    LABELS,
    MILLISECONDS,
  );
  readonly #retries = this.#registry.counter(
    'berth_gateway_retries_total',
    'Requests that were sent once more',
    LABELS.slice(0, 3),
  );
  readonly #held = this.#registry.counter(
    'berth_gateway_held_total',
    'Requests that waited for a replica',
    LABELS.slice(0, 3),
  );
  readonly #failed = this.#registry.counter(
    'berth_gateway_failed_total',
    'Requests that the gateway answered itself or cut, by reason',
    [...LABELS.slice(0, 3), 'reason'],
  );
  readonly #depth = this.#registry.gauge(
    'revision_queue_depth',
    'Requests that wait for a replica',
    LABELS.slice(0, 3),
  );
  readonly #running = this.#registry.gauge('revision_requests_in_flight', 'Requests that run', LABELS.slice(0, 3));
  /** Series by revision and class, found without making a key of labels. */
  readonly #series = new Map<string, { count: Counter; latency: Histogram }[]>();

  record({ namespace, service, revision, outcome, milliseconds }: Handled): void {
    const key = `${namespace}/${revision}`;
    const classes = this.#series.get(key) ?? [];
    this.#series.set(key, classes);
    const digit = Math.floor(outcome.status / 100);
    let series = classes[digit];
    if (series === undefined) {
      const labels = [namespace, service, revision, `${digit}xx`];
      series = { count: this.#count.with(...labels), latency: this.#latency.with(...labels) };
      classes[digit] = series;
    }
    series.count.add();
    series.latency.observe(milliseconds);
    if (outcome.retries > 0) this.#retries.with(namespace, service, revision).add(outcome.retries);
    if (outcome.waitedMs > 0) this.#held.with(namespace, service, revision).add();
    if (outcome.reason !== undefined) this.#failed.with(namespace, service, revision, outcome.reason).add();
  }

  /** Prometheus' text format. */
  render(table: RouteTable): { readonly contentType: string; readonly text: string } {
    for (const { service, pools } of table.routes()) {
      for (const pool of pools.values()) {
        this.#depth.with(service.namespace, service.name, pool.name).value = pool.waiting;
        this.#running.with(service.namespace, service.name, pool.name).value = pool.running;
      }
    }
    return { contentType: PROMETHEUS_CONTENT_TYPE, text: renderPrometheus(this.#registry.snapshot()) };
  }
}
