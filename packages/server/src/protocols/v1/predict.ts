import { InferenceError, type InferRequest, type InferResponse, type ModelMetadata } from '@berth/inference';
import { isTableModel } from '../../dataplane/table-model.ts';
import type { Resolved } from '../../dataplane/types.ts';
import type { BodyReceiver } from '../../http/body.ts';
import { bodyKind } from '../../http/content-type.ts';
import type { Exchange } from '../../http/exchange.ts';
import { OtherProtocol } from '../other-protocol.ts';
import { binaryEventHeaders, checkEventVersion, isBinaryEvent, structuredEvent } from './cloud-events.ts';
import type { V1Request, V1Target } from './request.ts';
import { v2BodyOnV1 } from './routes.ts';

/** Answers `POST /v1/models/{m}:predict`. */
export function predictV1(exchange: Exchange, name: string): void {
  new V1Prediction(exchange, name).start();
}

/** What decoding needs of the metadata, made once a model. One that declares no inputs is given a table. */
const targets = new WeakMap<ModelMetadata, V1Target>();

export function targetOf(metadata: ModelMetadata): V1Target {
  let target = targets.get(metadata);
  if (target === undefined) {
    const inputs = metadata.inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
    target = { table: inputs.length === 0 || isTableModel(metadata), inputs };
    targets.set(metadata, target);
  }
  return target;
}

/** One prediction, from its body to its answer. */
class V1Prediction implements BodyReceiver {
  #exchange: Exchange;
  #name: string;
  #resolved!: Resolved;
  #structured = false;
  #decodeSeconds = 0;
  /** Whether the dataplane has counted this request. */
  #counted = false;

  constructor(exchange: Exchange, name: string) {
    this.#exchange = exchange;
    this.#name = name;
  }

  start(): void {
    try {
      this.#resolved = this.#exchange.theService.repository.resolve(this.#name);
      this.#structured = bodyKind(this.#exchange.header('content-type')) === 'event';
      const { headers } = this.#exchange.request;
      if (!this.#structured && isBinaryEvent(headers)) checkEventVersion(headers['ce-specversion']);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#exchange.readBody(this);
  }

  bodyFailed(error: unknown): void {
    this.#fail(error);
  }

  body(body: Buffer): undefined | Promise<void> {
    const started = performance.now();
    try {
      const target = targetOf(this.#resolved.model.metadata);
      const decoded = this.#exchange.context.codec.decodeV1(body, this.#structured, target);
      if (!(decoded instanceof Promise)) return this.#infer(decoded, started);
      return decoded.then(
        (request) => this.#infer(request, started),
        (error) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #infer(request: V1Request, started: number): undefined | Promise<void> {
    const { context, theService } = this.#exchange;
    this.#decodeSeconds = (performance.now() - started) / 1e3;
    this.#counted = true;
    const inferRequest = new ExchangeRequest(request, this.#exchange);
    const response = context.dataplane.infer(theService, this.#name, undefined, inferRequest, 'v1');
    if (!(response instanceof Promise)) return this.#answer(response);
    return response.then(
      (each) => this.#answer(each),
      (error) => this.#fail(error),
    );
  }

  #answer(response: InferResponse): undefined | Promise<void> {
    const started = performance.now();
    try {
      const encoded = this.#exchange.context.codec.encodeV1(response);
      if (!(encoded instanceof Promise)) {
        this.#send(encoded.body, started);
        return undefined;
      }
      return encoded.then(
        (each) => this.#send(each.body, started),
        (error) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #send(json: string | Buffer, started: number): void {
    const exchange = this.#exchange;
    const { name } = this.#resolved.served;
    if (this.#structured) exchange.send(200, 'application/cloudevents+json', structuredEvent(name, String(json)));
    else if (isBinaryEvent(exchange.request.headers)) exchange.json(200, json, binaryEventHeaders(name));
    else exchange.json(200, json);
    const encodeSeconds = (performance.now() - started) / 1e3;
    exchange.context.dataplane.recordTransfer(this.#resolved, this.#decodeSeconds, encodeSeconds);
  }

  #fail(thrown: unknown): void {
    const error = thrown instanceof OtherProtocol ? v2BodyOnV1(this.#name, thrown.message) : thrown;
    this.#count(error);
    this.#exchange.fail(error);
  }

  #count(thrown: unknown): void {
    if (this.#counted) return;
    this.#counted = true;
    const { code } = InferenceError.from(thrown);
    const { context, service } = this.#exchange;
    if (service !== undefined) context.dataplane.recordFailure(service, this.#name, undefined, 'v1', code);
  }
}

/** The dataplane's view of a request; the abort signal is only made if something asks for it. */
class ExchangeRequest implements InferRequest {
  readonly inputs: InferRequest['inputs'];
  readonly layout: InferRequest['layout'];
  readonly outputs: readonly string[];
  readonly parameters?: NonNullable<InferRequest['parameters']>;
  #exchange: Exchange;

  constructor(request: V1Request, exchange: Exchange) {
    this.inputs = request.inputs;
    this.layout = request.layout;
    this.outputs = request.outputs;
    if (request.parameters !== undefined) this.parameters = request.parameters;
    this.#exchange = exchange;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}
