import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { KeptBody } from '../body/kept-body.ts';
import { UploadWatch } from '../body/upload-watch.ts';
import { dropAccessControl } from '../cors/cors.ts';
import type { Activity } from '../front/activity.ts';
import { watchReader } from '../front/reader-watch.ts';
import type { Endpoint } from '../pool/endpoint.ts';
import { Place } from '../pool/place.ts';
import { Refusal } from '../pool/refusal.ts';
import { MAX_ATTEMPTS, maxReached } from '../pool/retry-limits.ts';
import type { RevisionPool } from '../pool/revision-pool.ts';
import type { ServiceRoute } from '../routes/service-route.ts';
import { requestHead } from './request-head.ts';
import { BadAnswer, ResponseReader, type ResponseSink } from './response-reader.ts';

/** How a forwarded request ended, for counting. */
export interface Outcome {
  readonly status: number;
  readonly retries: number;
  /** Milliseconds that it waited for a replica. */
  readonly waitedMs: number;
  readonly reason?: string;
}

/** What an exchange is told. */
export interface ExchangeOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: ServiceRoute;
  readonly pool: RevisionPool;
  readonly path: string;
  readonly requestId: string;
  readonly isSecure: boolean;
  readonly isAllowedOrigin: boolean;
  readonly isKeyConsumed: boolean;
  readonly activity: Activity;
  /** Milliseconds that a body may stand still; default 30 s. */
  readonly bodyStallMs?: number | undefined;
  /** Milliseconds that a client may take nothing of its answer; default 60 s. */
  readonly readerStallMs?: number | undefined;
  /** Bytes of bodies that all requests may have kept; default 256 MiB. */
  readonly maxKeptBytes?: number | undefined;
  /** Headers for the client beside the replica's: name, value, …. */
  readonly extraHeaders: readonly string[];
  readonly onRefused: (refusal: Refusal) => void;
  readonly onUnreachable: (endpoint: Endpoint, message: string) => void;
  readonly onDone: (outcome: Outcome) => void;
}

const BODY_STALL_MS = 30_000;
const READER_STALL_MS = 60_000;
/** Of bodies that could be sent again, over all requests; beyond that they are passed on as they come. */
const MAX_KEPT_BYTES = 256 * 2 ** 20;

/** One request on its way to a replica and back. */
export class Exchange implements ResponseSink {
  readonly #options: ExchangeOptions;
  readonly #place: Place;
  /** The body as far as it is kept for sending it again. */
  #kept = new KeptBody();
  /** Bytes of it that the gateway's count holds. */
  #counted = 0;
  #upload: UploadWatch | undefined;
  /** Whether all of the body is in `#kept`. */
  #isWhole = false;
  #isStreaming = false;
  #upstream: Socket | undefined;
  #reader: ResponseReader | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sends = 0;
  /** Replicas that may have got it. */
  #reached = 0;
  /** Whether the connection had carried requests before. */
  #isReused = false;
  /** A kept connection had ended under the request; that happens once. */
  #wasStale = false;
  /** Its replica is asked again since then. */
  #isSecondTry = false;
  #attempts = 0;
  #started = 0;
  #isDone = false;
  #hasAnswered = false;
  /** Whether it is looked at if the client takes its answer. */
  #isWatched = false;
  #declared: number | undefined;
  #bodyLength: number | undefined;
  #last: Buffer | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#place = new Place(options.pool, {
      onEndpoint: (endpoint) => this.#send(endpoint),
      onRefusal: (refusal) => this.#refuse(refusal),
    });
  }

  /** Reads the body as far as it may have to be sent again, then sends it. */
  start(): void {
    const { request, response, route, activity } = this.#options;
    this.#started = performance.now();
    this.#place.arrive(this.#started);
    activity.running++;
    this.#timer = setTimeout(() => this.#timeOut(), route.service.timeoutMs);
    response.once('close', () => this.#onClosed());
    const { retry } = route.service;
    const length = request.headers['content-length'];
    const isChunked = request.headers['transfer-encoding'] !== undefined;
    this.#declared =
      length === undefined ? (isChunked || request.httpVersionMajor > 1 ? undefined : 0) : Number(length);
    if (this.#declared === 0) {
      this.#isWhole = true;
      request.resume();
      this.#acquire();
      return;
    }
    this.#upload = new UploadWatch(request, this.#options.bodyStallMs ?? BODY_STALL_MS, () =>
      this.#fail(new Refusal(408, 'slow_body', 'the rest of the request did not come in time')),
    );
    const limit = retry.maxBodyBytes;
    const maxKept = this.#options.maxKeptBytes ?? MAX_KEPT_BYTES;
    if (this.#declared !== undefined && this.#declared > limit) {
      this.#isStreaming = true;
      this.#acquire();
      return;
    }
    request.on('data', (chunk: Buffer) => {
      if (this.#isStreaming) return;
      this.#upload?.seen();
      this.#kept.push(chunk);
      this.#counted += chunk.length;
      activity.keptBytes += chunk.length;
      if (this.#kept.bytes <= limit && activity.keptBytes <= maxKept) return;
      // More than is kept: what came so far goes first, the rest as it comes.
      request.pause();
      request.removeAllListeners('data');
      this.#isStreaming = true;
      this.#acquire();
    });
    request.on('end', () => {
      if (this.#isStreaming) return;
      this.#isWhole = true;
      this.#acquire();
    });
  }

  /** The client was not answered and nothing more will be done. */
  #settle(status: number, reason?: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#dropKept();
    this.#place.leave();
    const retries = Math.max(0, this.#sends - 1);
    this.#options.onDone({
      status,
      retries,
      waitedMs: this.#place.waitedMs,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  #dropKept(): void {
    this.#options.activity.keptBytes -= this.#counted;
    this.#counted = 0;
    this.#kept = new KeptBody();
  }

  #acquire(): void {
    if (this.#isDone) return;
    const deadline = this.#started + this.#options.route.service.timeoutMs;
    this.#place.acquire({ bytes: Math.max(this.#kept.bytes, this.#unread()), deadline });
  }

  /** Bytes of a body that would be kept, were there room: it counts in the queue as if it were, or the queue had no bound. */
  #unread(): number {
    const declared = this.#declared ?? 0;
    return this.#isStreaming && declared <= this.#options.route.service.retry.maxBodyBytes ? declared : 0;
  }

  #send(endpoint: Endpoint): void {
    const { request, route } = this.#options;
    this.#attempts++;
    const mayRepeat = this.#isWhole && route.service.retry.enabled;
    // A kept connection may end under a request: none for one that can not be sent again, or that has met such a one.
    const idle = mayRepeat && !this.#wasStale ? endpoint.takeIdle() : undefined;
    this.#isReused = idle !== undefined;
    const upstream = idle ?? endpoint.open();
    this.#upstream = upstream;
    this.#reader = new ResponseReader(this, request.method === 'HEAD');
    upstream.on('data', this.#onUpstreamData);
    upstream.on('error', this.#onUpstreamError);
    upstream.on('close', this.#onUpstreamClose);
    if (idle !== undefined) this.#write(upstream);
    else upstream.once('connect', () => this.#write(upstream));
  }

  #write(upstream: Socket): void {
    if (this.#isDone || this.#upstream !== upstream) {
      upstream.destroy();
      return;
    }
    this.#sends++;
    if (!this.#isSecondTry) this.#reached++;
    const bodyLength = this.#isWhole ? this.#kept.bytes : this.#declared;
    const head = requestHead(this.#options.request, { ...this.#options, bodyLength });
    if (this.#isWhole) {
      const { chunks, bytes } = this.#kept;
      const [only] = chunks;
      if (only === undefined) upstream.write(head, 'latin1');
      else if (bytes < 16_384) {
        const headLength = head.length;
        const whole = Buffer.allocUnsafe(headLength + bytes);
        whole.write(head, 0, 'latin1');
        let at = headLength;
        for (const chunk of chunks) at += chunk.copy(whole, at);
        upstream.write(whole);
      } else {
        upstream.cork();
        upstream.write(head, 'latin1');
        for (const chunk of chunks) upstream.write(chunk);
        upstream.uncork();
      }
      return;
    }
    this.#stream(upstream, head, bodyLength === undefined);
  }

  /** Passes the body on as it comes; such a request is not sent again. */
  #stream(upstream: Socket, head: string, isChunked: boolean): void {
    const { request } = this.#options;
    const writeChunk = (chunk: Buffer): boolean => {
      if (!isChunked) return upstream.write(chunk);
      upstream.cork();
      upstream.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      upstream.write(chunk);
      const isRoom = upstream.write('\r\n', 'latin1');
      upstream.uncork();
      return isRoom;
    };
    upstream.write(head, 'latin1');
    for (const chunk of this.#kept.chunks) writeChunk(chunk);
    this.#dropKept();
    request.on('data', (chunk: Buffer) => {
      this.#upload?.seen();
      if (this.#upstream !== upstream) return;
      if (!writeChunk(chunk)) {
        request.pause();
        upstream.once('drain', () => request.resume());
      }
    });
    request.on('end', () => {
      if (isChunked && this.#upstream === upstream) upstream.write('0\r\n\r\n', 'latin1');
    });
    request.resume();
  }

  readonly #onUpstreamData = (chunk: Buffer): void => {
    try {
      this.#reader?.push(chunk);
    } catch (thrown) {
      this.#broken(thrown as Error);
    }
  };

  readonly #onUpstreamError = (error: Error): void => this.#broken(error);

  readonly #onUpstreamClose = (): void => {
    try {
      this.#reader?.end();
    } catch (thrown) {
      this.#broken(thrown as Error);
    }
  };

  onHead(status: number, message: string, headers: string[], bodyLength: number | undefined): void {
    const { response, extraHeaders, pool, requestId, route, activity } = this.#options;
    if (response.headersSent || response.destroyed) return;
    this.#hasAnswered = true;
    if (route.service.corsOrigins !== undefined) dropAccessControl(headers);
    if (activity.isDraining) response.shouldKeepAlive = false;
    const isHttp2 = this.#options.request.httpVersionMajor > 1;
    headers.push('Berth-Revision', pool.name, 'X-Request-Id', requestId, ...extraHeaders);
    if (isHttp2) {
      response.writeHead(status, headersObject(headers));
    } else response.writeHead(status, message, headers);
    this.#bodyLength = bodyLength;
  }

  onData(chunk: Buffer): void {
    const { response } = this.#options;
    if (chunk.length === this.#bodyLength) {
      // The whole body at once: head and body leave together, at the end.
      this.#last = chunk;
      return;
    }
    if (response.write(chunk)) return;
    this.#watchReader();
    const upstream = this.#upstream;
    upstream?.pause();
    response.once('drain', () => upstream?.resume());
  }

  onEnd(canReuse: boolean): void {
    const upstream = this.#detach();
    const endpoint = this.#place.endpoint;
    if (upstream !== undefined) {
      if (canReuse && this.#options.request.complete) {
        upstream.resume();
        endpoint?.giveBack(upstream);
      } else upstream.destroy();
    }
    const { response } = this.#options;
    if (this.#last === undefined) response.end();
    else response.end(this.#last);
    if (response.writableNeedDrain) this.#watchReader();
    this.#settle(response.statusCode);
  }

  #watchReader(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    watchReader(this.#options.response, this.#options.readerStallMs ?? READER_STALL_MS);
  }

  /** Takes this exchange's listeners off its connection. */
  #detach(): Socket | undefined {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    this.#reader = undefined;
    if (upstream === undefined) return undefined;
    upstream.off('data', this.#onUpstreamData);
    upstream.off('error', this.#onUpstreamError);
    upstream.off('close', this.#onUpstreamClose);
    return upstream;
  }

  /** The connection to the replica failed, or what came over it is no answer. */
  #broken(error: Error): void {
    if (this.#upstream === undefined || this.#isDone) return;
    const hasBegun = this.#reader?.hasBegun ?? false;
    const wasSent = this.#upstream.bytesWritten > 0;
    this.#detach()?.destroy();
    const endpoint = this.#place.endpoint;
    const { pool, route, onUnreachable } = this.#options;
    const isKept = this.#isWhole && route.service.retry.enabled && !hasBegun;
    if (this.#isReused && isKept && endpoint?.isRemoved === false) {
      // Most likely the replica had closed it while nobody asked: that says nothing of the replica.
      this.#wasStale = true;
      this.#isSecondTry = true;
      this.#send(endpoint);
      return;
    }
    this.#place.release();
    if (endpoint !== undefined && !(error instanceof BadAnswer && hasBegun)) {
      pool.shun(endpoint, performance.now());
      onUnreachable(endpoint, error.message);
    }
    if (this.#hasAnswered) {
      // The client has a part of the answer: all that can be told is that it ends here.
      this.#options.response.destroy();
      this.#settle(this.#options.response.statusCode, 'broken_answer');
      return;
    }
    const mayRepeat = isKept && this.#reached < maxReached(this.#place.hasWaited);
    const mayTry = !wasSent && !this.#isStreamed() && this.#attempts < MAX_ATTEMPTS;
    if (mayRepeat || mayTry) {
      this.#isSecondTry = false;
      this.#acquire();
      return;
    }
    const what = hasBegun ? 'sent a broken answer' : 'ended before it answered';
    this.#refuse(
      new Refusal(hasBegun ? 502 : 503, 'replica_failed', `the replica ${what}; try again`, hasBegun ? undefined : 1),
    );
  }

  #isStreamed(): boolean {
    return this.#isStreaming && this.#sends > 0;
  }

  #refuse(refusal: Refusal): void {
    if (this.#isDone) return;
    this.#options.onRefused(refusal);
    this.#settle(refusal.status, refusal.reason);
  }

  #fail(refusal: Refusal): void {
    this.#detach()?.destroy();
    if (this.#hasAnswered) {
      this.#options.response.destroy();
      this.#settle(this.#options.response.statusCode, refusal.reason);
    } else this.#refuse(refusal);
  }

  #timeOut(): void {
    if (!this.#isWhole && !this.#isStreaming) {
      this.#fail(new Refusal(408, 'slow_body', 'the request did not come within the time that its service gives it'));
      return;
    }
    const seconds = this.#options.route.service.timeoutMs / 1000;
    this.#fail(new Refusal(504, 'timeout', `no answer within ${seconds} s (the service's timeout)`));
  }

  /** Its answer has left, or its client has. */
  #onClosed(): void {
    this.#options.activity.running--;
    if (this.#isDone) return;
    this.#detach()?.destroy();
    this.#settle(499, 'client_gone');
  }
}

/** For HTTP/2, which has no list form; what a connection of HTTP/1.1 says is left out already. */
function headersObject(headers: readonly string[]): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase();
    const value = headers[index + 1] as string;
    const before = object[name];
    object[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return object;
}
