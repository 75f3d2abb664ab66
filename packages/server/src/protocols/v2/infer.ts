import { InferenceError, type InferRequest, type InferResponse, invalidInput } from '@berth/inference';
import type { EncodedBody } from '../../codec/jobs.ts';
import type { Resolved } from '../../dataplane/types.ts';
import type { BodyReceiver } from '../../http/body.ts';
import { sendMaybeCompressed } from '../../http/compress.ts';
import { bodyKind } from '../../http/content-type.ts';
import type { Exchange } from '../../http/exchange.ts';
import { OtherProtocol } from '../other-protocol.ts';
import { eventHeaders, eventOf } from './event-headers.ts';
import { type V2Flavour, v2Flavour } from './flavours.ts';
import { rawRequest } from './raw.ts';
import type { RequestedOutput, V2Request } from './request.ts';

/** Answers `POST /v2/models/{m}[/versions/{v}]/infer`. */
export function inferV2(exchange: Exchange, name: string, version: string | undefined): void {
  new V2Inference(exchange, name, version, false).start();
}

/** Answers MLServer's `infer_stream`: the same as a server-sent event. */
export function inferV2Stream(exchange: Exchange, name: string, version: string | undefined): void {
  new V2Inference(exchange, name, version, true).start();
}

/** One inference, from its body to its answer. */
class V2Inference implements BodyReceiver {
  #exchange: Exchange;
  #name: string;
  #version: string | undefined;
  #stream: boolean;
  #resolved!: Resolved;
  #flavour!: V2Flavour;
  #decodeSeconds = 0;
  /** Whether the dataplane has counted this request. */
  #counted = false;

  constructor(exchange: Exchange, name: string, version: string | undefined, stream: boolean) {
    this.#exchange = exchange;
    this.#name = name;
    this.#version = version;
    this.#stream = stream;
  }

  start(): void {
    try {
      this.#resolved = this.#exchange.theService.repository.resolve(this.#name, this.#version);
      this.#flavour = v2Flavour(this.#resolved.served.flavour);
      bodyKind(this.#exchange.header('content-type'));
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
    const { context } = this.#exchange;
    try {
      const jsonLength = this.#jsonLength(body.length);
      const decoded =
        jsonLength === 0
          ? rawRequest(body, this.#resolved.model.metadata)
          : context.codec.decodeV2(body, jsonLength, this.#flavour);
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

  /** The JSON part's length where binary tensors follow; 0 for a raw request; undefined where all is JSON. */
  #jsonLength(bodyLength: number): number | undefined {
    const header = this.#exchange.header('inference-header-content-length');
    if (header === undefined) {
      if (bodyKind(this.#exchange.header('content-type')) === 'binary') {
        throw invalidInput("received byte inputs, but the 'inference-header-content-length' header is missing.");
      }
      return undefined;
    }
    const length = /^\d{1,15}$/.test(header) ? Number(header) : -1;
    if (length < 0 || length > bodyLength) {
      throw invalidInput(
        `inference header size should be in range (0, ${bodyLength}), got: ${header.slice(0, 40)} (header Inference-Header-Content-Length)`,
      );
    }
    return length;
  }

  #infer(decoded: V2Request, started: number): undefined | Promise<void> {
    const { metadata } = this.#resolved.model;
    const request = this.#flavour.outputNames === 'numbered' ? renumber(decoded, metadata.defaultOutputs) : decoded;
    const { context, theService } = this.#exchange;
    this.#decodeSeconds = (performance.now() - started) / 1e3;
    this.#counted = true;
    const inferRequest = new ExchangeRequest(request, this.#exchange);
    const response = context.dataplane.infer(theService, this.#name, this.#version, inferRequest, 'v2');
    if (!(response instanceof Promise)) return this.#answer(response, request);
    return response.then(
      (each) => this.#answer(each, request),
      (error) => this.#fail(error),
    );
  }

  #answer(response: InferResponse, request: V2Request): undefined | Promise<void> {
    const { served, version, model } = this.#resolved;
    const started = performance.now();
    const id = request.id ?? (this.#flavour.makesId ? this.#exchange.requestId : '');
    const answerer = { name: served.name, version: version.version, metadata: model.metadata, id };
    try {
      const encoded = this.#exchange.context.codec.encodeV2(response, request, answerer, served.flavour);
      if (!(encoded instanceof Promise)) {
        this.#send(encoded, id, started);
        return undefined;
      }
      return encoded.then(
        (each) => this.#send(each, id, started),
        (error) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #send({ body, jsonLength }: EncodedBody, id: string, started: number): void {
    const headers = this.#flavour.eventHeaders ? eventHeaders(this.#resolved.served.name, id) : [];
    if (this.#stream && jsonLength === undefined) {
      this.#exchange.send(200, 'text/event-stream; charset=utf-8', eventOf(String(body), headers));
      return;
    }
    if (jsonLength !== undefined) headers.push('inference-header-content-length', String(jsonLength));
    const type = jsonLength === undefined ? 'application/json' : 'application/octet-stream';
    sendMaybeCompressed(this.#exchange, type, body, headers, this.#flavour.compressFrom);
    const encodeSeconds = (performance.now() - started) / 1e3;
    this.#exchange.context.dataplane.recordTransfer(this.#resolved, this.#decodeSeconds, encodeSeconds);
  }

  #fail(thrown: unknown): void {
    const error = thrown instanceof OtherProtocol ? this.#otherProtocol(thrown) : thrown;
    this.#count(error);
    this.#exchange.fail(error);
  }

  #otherProtocol(error: OtherProtocol): InferenceError {
    return invalidInput(
      `${error.message}: POST it to /v1/models/${this.#name}:predict; a v2 request has "inputs", a list of tensors`,
    );
  }

  #count(thrown: unknown): void {
    if (this.#counted) return;
    this.#counted = true;
    const { code } = InferenceError.from(thrown);
    const { context, service } = this.#exchange;
    if (service !== undefined) context.dataplane.recordFailure(service, this.#name, this.#version, 'v2', code);
  }
}

/** The dataplane's view of a request; the abort signal is only made if something asks for it. */
class ExchangeRequest implements InferRequest {
  readonly inputs: InferRequest['inputs'];
  readonly layout: InferRequest['layout'];
  readonly outputs: readonly string[];
  readonly parameters?: NonNullable<InferRequest['parameters']>;
  #exchange: Exchange;

  constructor(request: V2Request, exchange: Exchange) {
    this.inputs = request.inputs;
    this.layout = request.layout;
    this.outputs = request.outputs.length === 0 ? NO_OUTPUTS : request.outputs.map((output) => output.name);
    if (request.parameters !== undefined) this.parameters = request.parameters;
    this.#exchange = exchange;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}

const NO_OUTPUTS: readonly string[] = [];

/** KServe's clients ask for `output-0` by that name: it is the model's first default output. */
export function renumber<Request extends Pick<V2Request, 'outputs'>>(
  request: Request,
  defaultOutputs: readonly string[],
): Request {
  if (request.outputs.length === 0) return request;
  const outputs = request.outputs.map((output): RequestedOutput => {
    const number = /^output-(\d{1,4})$/.exec(output.name);
    const own = number === null ? undefined : defaultOutputs[Number(number[1])];
    return own === undefined ? output : { ...output, name: own, as: output.name };
  });
  return { ...request, outputs };
}
