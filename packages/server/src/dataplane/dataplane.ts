import { type ErrorCode, InferenceError, type InferRequest, type InferResponse, type Model } from '@berth/inference';
import type { MetricsRegistry } from '@berth/telemetry';
import { checkRequest } from './check-request.ts';
import { Gate, type GateLimits } from './gate.ts';
import { emptyStatistics, InferenceMetrics, type ModelInstruments } from './instruments.ts';
import { inferInSlices, rowsToSlice } from './slices.ts';
import type { Dataplane, ModelStatistics, Resolved, Service, WireProtocol } from './types.ts';

/** What the dataplane needs from outside. */
export interface DataplaneOptions {
  readonly metrics: MetricsRegistry;
  /** Requests one model may work on at once, where it answers with promises; default 64. */
  readonly maxInFlight?: number;
  /** Requests that may wait for one model; default 100. */
  readonly maxQueued?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Milliseconds since 1970, for `last_inference`. */
  readonly wallClock?: () => number;
}

/** The one dataplane of a server process. */
export function createDataplane(options: DataplaneOptions): Dataplane {
  return new LocalDataplane(options);
}

interface Line {
  readonly instruments: ModelInstruments;
  readonly gate: Gate;
}

class LocalDataplane implements Dataplane {
  #metrics: InferenceMetrics;
  #limits: GateLimits;
  #now: () => number;
  #wallClock: () => number;
  /** By service, then by model and version; the names of models that were loaded, never of requests. */
  #lines = new WeakMap<Service, Map<string, Line>>();
  #byResolved = new WeakMap<Resolved, Line>();

  constructor(options: DataplaneOptions) {
    this.#metrics = new InferenceMetrics(options.metrics);
    this.#limits = { maxInFlight: options.maxInFlight ?? 64, maxQueued: options.maxQueued ?? 100 };
    this.#now = options.now ?? (() => performance.now());
    this.#wallClock = options.wallClock ?? Date.now;
  }

  infer(
    service: Service,
    name: string,
    version: string | undefined,
    request: InferRequest,
    protocol: WireProtocol = 'v2',
  ): InferResponse | Promise<InferResponse> {
    let resolved: Resolved;
    try {
      resolved = service.repository.resolve(name, version);
    } catch (error) {
      this.recordFailure(service, name, version, protocol, InferenceError.from(error).code);
      throw error;
    }
    const line = this.#line(service, resolved);
    const started = this.#now();
    let response: InferResponse | Promise<InferResponse>;
    try {
      checkRequest(resolved.served.name, resolved.model.metadata, request);
      if (!line.gate.open) return this.#inferLater(resolved, line, request, protocol, started);
      response = this.#run(resolved.model, request);
    } catch (error) {
      throw this.#failed(line, protocol, started, error);
    }
    if (!(response instanceof Promise)) {
      this.#succeeded(line, protocol, request, started, started);
      return response;
    }
    line.gate.enter();
    resolved.inFlight?.begin();
    return this.#settle(resolved, line, request, protocol, started, started, response);
  }

  recordFailure(
    service: Service,
    name: string,
    version: string | undefined,
    protocol: WireProtocol,
    code: ErrorCode,
  ): void {
    const served = service.repository.find(name);
    const known = served?.versions.find((each) => version === undefined || each.version === version);
    if (served === undefined || known === undefined) {
      this.#metrics.unknown(protocol, code);
      return;
    }
    const line = this.#lineOf(service, served.name, known.version, served.flavour);
    this.#countFailure(line, protocol, code, 0);
  }

  recordTransfer(resolved: Resolved, decodeSeconds: number, encodeSeconds: number): void {
    const line = this.#byResolved.get(resolved);
    if (line === undefined) return;
    line.instruments.preprocess.observe(decodeSeconds);
    line.instruments.postprocess.observe(encodeSeconds);
    const { computeInput, computeOutput } = line.instruments.statistics;
    computeInput.count++;
    computeInput.ns += Math.round(decodeSeconds * 1e9);
    computeOutput.count++;
    computeOutput.ns += Math.round(encodeSeconds * 1e9);
  }

  statistics(
    service: Service,
    name?: string,
    version?: string,
  ): readonly { name: string; version: string; statistics: ModelStatistics }[] {
    const found = [];
    for (const served of service.repository.list()) {
      if (name !== undefined && served !== service.repository.find(name)) continue;
      for (const each of served.versions) {
        if (version !== undefined && each.version !== version) continue;
        if (each.state !== 'READY') continue;
        const line = this.#lines.get(service)?.get(keyOf(served.name, each.version));
        const statistics = line?.instruments.statistics ?? emptyStatistics();
        found.push({ name: served.name, version: each.version, statistics });
      }
    }
    return found;
  }

  #run(model: Model, request: InferRequest): InferResponse | Promise<InferResponse> {
    const rows = rowsToSlice(model, request);
    return rows === 0 ? model.infer(request) : inferInSlices(model, request, rows, this.#now);
  }

  async #inferLater(
    resolved: Resolved,
    line: Line,
    request: InferRequest,
    protocol: WireProtocol,
    started: number,
  ): Promise<InferResponse> {
    resolved.inFlight?.begin();
    let begun: number;
    let response: Promise<InferResponse>;
    line.instruments.queued.value++;
    try {
      if (request.signal?.aborted) throw new InferenceError('CANCELLED', 'the client has gone');
      await line.gate.wait(resolved.served.name, request.signal);
    } catch (error) {
      resolved.inFlight?.end();
      throw this.#failed(line, protocol, started, error);
    } finally {
      line.instruments.queued.value--;
    }
    try {
      begun = this.#now();
      response = Promise.resolve(this.#run(resolved.model, request));
    } catch (error) {
      line.gate.leave();
      resolved.inFlight?.end();
      throw this.#failed(line, protocol, started, error);
    }
    return this.#settle(resolved, line, request, protocol, started, begun, response);
  }

  /** Waits for the model, whose place in the gate and in-flight mark are already taken. */
  async #settle(
    resolved: Resolved,
    line: Line,
    request: InferRequest,
    protocol: WireProtocol,
    started: number,
    begun: number,
    pending: Promise<InferResponse>,
  ): Promise<InferResponse> {
    line.instruments.inFlight.value++;
    try {
      const response = await pending;
      this.#succeeded(line, protocol, request, started, begun);
      return response;
    } catch (error) {
      throw this.#failed(line, protocol, started, error);
    } finally {
      line.instruments.inFlight.value--;
      line.gate.leave();
      resolved.inFlight?.end();
    }
  }

  #succeeded(line: Line, protocol: WireProtocol, request: InferRequest, started: number, begun: number): void {
    const ended = this.#now();
    const { statistics, success, predict, queueWait, peer } = line.instruments;
    const waitedMs = begun - started;
    const workedMs = ended - begun;
    success.get(protocol)?.add();
    predict.observe(workedMs / 1e3);
    queueWait.observe(waitedMs / 1e3);
    statistics.lastInferenceMs = this.#wallClock();
    statistics.inferenceCount += batchSize(request);
    statistics.executionCount++;
    statistics.success.count++;
    statistics.success.ns += Math.round((ended - started) * 1e6);
    statistics.queue.count++;
    statistics.queue.ns += Math.round(waitedMs * 1e6);
    statistics.computeInfer.count++;
    statistics.computeInfer.ns += Math.round(workedMs * 1e6);
    if (peer === undefined) return;
    peer.success.add();
    peer.duration.observe((ended - started) / 1e3);
  }

  #failed(line: Line, protocol: WireProtocol, started: number, thrown: unknown): InferenceError {
    const error = InferenceError.from(thrown);
    this.#countFailure(line, protocol, error.code, this.#now() - started);
    return error;
  }

  #countFailure(line: Line, protocol: WireProtocol, code: ErrorCode, tookMs: number): void {
    line.instruments.failure(protocol, code).add();
    line.instruments.peer?.failure.add();
    line.instruments.statistics.fail.count++;
    line.instruments.statistics.fail.ns += Math.round(tookMs * 1e6);
  }

  #line(service: Service, resolved: Resolved): Line {
    const known = this.#byResolved.get(resolved);
    if (known !== undefined) return known;
    const { served, version } = resolved;
    const line = this.#lineOf(service, served.name, version.version, served.flavour);
    this.#byResolved.set(resolved, line);
    return line;
  }

  #lineOf(service: Service, name: string, version: string, flavour: Service['flavour']): Line {
    let lines = this.#lines.get(service);
    if (lines === undefined) {
      lines = new Map();
      this.#lines.set(service, lines);
    }
    const key = keyOf(name, version);
    let line = lines.get(key);
    if (line === undefined) {
      line = { instruments: this.#metrics.forModel(name, version, flavour), gate: new Gate(this.#limits) };
      lines.set(key, line);
    }
    return line;
  }
}

function keyOf(name: string, version: string): string {
  return `${name}/${version}`;
}

/** Rows of a request: the first dimension of its first input, where that has more than one. */
function batchSize(request: InferRequest): number {
  const shape = request.inputs[0]?.shape;
  return shape !== undefined && shape.length > 1 ? shape[0] : 1;
}
