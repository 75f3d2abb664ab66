import type { Flavour } from '@berth/formats';
import type { Counter, Gauge, Histogram, MetricsRegistry } from '@berth/telemetry';
import type { ModelStatistics, WireProtocol } from './types.ts';

/** What is counted for one version of one model; each is looked up once and then only added to. */
export interface ModelInstruments {
  readonly statistics: ModelStatistics;
  readonly success: ReadonlyMap<WireProtocol, Counter>;
  failure(protocol: WireProtocol, code: string): Counter;
  readonly preprocess: Histogram;
  readonly predict: Histogram;
  readonly postprocess: Histogram;
  readonly queueWait: Histogram;
  readonly inFlight: Gauge;
  readonly queued: Gauge;
  /** The flavour's own counters. */
  readonly peer: PeerCounters | undefined;
}

interface PeerCounters {
  readonly success: Counter;
  readonly failure: Counter;
  readonly duration: Histogram;
}

const PROTOCOLS: readonly WireProtocol[] = ['v1', 'v2', 'grpc'];

/**
 * The metric families of inference. KServe's names (`request_*_seconds{model_name}`, kserve/metrics.py) are there in
 * every flavour, MLServer's (`model_infer_request_*{model,version}`, mlserver/metrics) and Triton's (`nv_inference_*`)
 * for the models of theirs; Berth's own say the rest.
 */
export class InferenceMetrics {
  readonly #registry: MetricsRegistry;

  constructor(registry: MetricsRegistry) {
    this.#registry = registry;
    for (const phase of ['preprocess', 'predict', 'postprocess', 'explain']) phaseSeconds(registry, phase);
    successTotal(registry);
    failureTotal(registry);
    queueWait(registry);
    inFlight(registry);
    queued(registry);
  }

  /** The instruments of a model that is served; never called with a name that only a request brought. */
  forModel(name: string, version: string, flavour: Flavour): ModelInstruments {
    const registry = this.#registry;
    return {
      statistics: emptyStatistics(),
      success: new Map(PROTOCOLS.map((each) => [each, successTotal(registry).with(name, version, each)])),
      failure: (protocol, code) => failureTotal(registry).with(name, version, protocol, code),
      preprocess: phaseSeconds(registry, 'preprocess').with(name),
      predict: phaseSeconds(registry, 'predict').with(name),
      postprocess: phaseSeconds(registry, 'postprocess').with(name),
      queueWait: queueWait(registry).with(name),
      inFlight: inFlight(registry).with(name),
      queued: queued(registry).with(name),
      peer: peerCounters(registry, name, version, flavour),
    };
  }

  /** Counts a request for a name that is not served, without the name. */
  unknown(protocol: WireProtocol, code: string): void {
    failureTotal(this.#registry).with('', '', protocol, code).add();
  }
}

function phaseSeconds(registry: MetricsRegistry, phase: string) {
  return registry.histogram(`request_${phase}_seconds`, `${phase} request latency`, ['model_name']);
}

function successTotal(registry: MetricsRegistry) {
  return registry.counter('berth_inference_success_total', 'Inference requests that were answered', [
    'model',
    'version',
    'protocol',
  ]);
}

function failureTotal(registry: MetricsRegistry) {
  return registry.counter(
    'berth_inference_failure_total',
    'Inference requests that failed, by reason; requests for unknown models have no model label',
    ['model', 'version', 'protocol', 'code'],
  );
}

function queueWait(registry: MetricsRegistry) {
  return registry.histogram('berth_queue_wait_seconds', 'Time that requests waited for their model', ['model']);
}

function inFlight(registry: MetricsRegistry) {
  return registry.gauge('berth_in_flight_requests', 'Inference requests that are being worked on', ['model']);
}

function queued(registry: MetricsRegistry) {
  return registry.gauge('berth_queued_requests', 'Inference requests that wait for their model', ['model']);
}

function peerCounters(
  registry: MetricsRegistry,
  name: string,
  version: string,
  flavour: Flavour,
): PeerCounters | undefined {
  const labels = ['model', 'version'];
  if (flavour === 'mlserver') {
    const values = [name, version === '' ? 'None' : version];
    return {
      success: registry
        .counter('model_infer_request_success_total', 'Model infer request success count', labels)
        .with(...values),
      failure: registry
        .counter('model_infer_request_failure_total', 'Model infer request failure count', labels)
        .with(...values),
      duration: registry
        .summary('model_infer_request_duration', 'Model infer request duration', labels)
        .with(...values),
    };
  }
  if (flavour === 'triton') {
    const values = [name, version === '' ? '1' : version];
    return {
      success: registry
        .counter('nv_inference_request_success', 'Number of successful inference requests, all batch sizes', labels)
        .with(...values),
      failure: registry
        .counter('nv_inference_request_failure', 'Number of failed inference requests, all batch sizes', labels)
        .with(...values),
      duration: registry
        .summary('nv_inference_request_summary_seconds', 'Duration of inference requests', labels)
        .with(...values),
    };
  }
  return undefined;
}

/** Statistics of a model that has not answered yet. */
export function emptyStatistics(): ModelStatistics {
  return {
    lastInferenceMs: 0,
    inferenceCount: 0,
    executionCount: 0,
    success: { count: 0, ns: 0 },
    fail: { count: 0, ns: 0 },
    queue: { count: 0, ns: 0 },
    computeInput: { count: 0, ns: 0 },
    computeInfer: { count: 0, ns: 0 },
    computeOutput: { count: 0, ns: 0 },
  };
}
