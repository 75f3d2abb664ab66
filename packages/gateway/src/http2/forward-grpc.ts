import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { Authorizer } from '@berth/exposure';
import type { HandlerOptions } from '../front/handler.ts';
import type { Endpoint } from '../pool/endpoint.ts';
import { Refusal } from '../pool/refusal.ts';
import type { RevisionPool, Waiter } from '../pool/revision-pool.ts';
import type { ServiceRoute } from '../routes/service-route.ts';
import { sessionOf } from './grpc-sessions.ts';
import { grpcMessage, grpcStatusOf, grpcTimeoutMs } from './grpc-status.ts';

const MAX_SENDS = 2;
const MAX_ATTEMPTS = 20;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Forwards a gRPC call to a replica of its service; unary calls that no byte came back for are sent once more. */
export function forwardGrpc(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  options: HandlerOptions & { readonly authorizer?: Authorizer | undefined },
): void {
  stream.on('error', () => undefined);
  const name = headers['kserve-isvc-name'];
  const namespace = headers['kserve-isvc-namespace'];
  const match = options.table.find({
    host: String(headers[':authority'] ?? headers.host ?? ''),
    path: String(headers[':path'] ?? '/'),
    isvcName: typeof name === 'string' ? name : undefined,
    isvcNamespace: typeof namespace === 'string' ? namespace : undefined,
  });
  const peer = stream.session?.socket?.remoteAddress ?? '';
  if (match === undefined || (match.route.service.clusterLocal && !LOOPBACK.test(peer))) {
    refuse(
      stream,
      new Refusal(
        404,
        'no_service',
        `no service answers to the authority "${String(headers[':authority']).slice(0, 200)}"`,
      ),
    );
    return;
  }
  const { service } = match.route;
  try {
    options.authorizer?.grpc(match.path, headers);
  } catch (thrown) {
    refuse(stream, new Refusal(401, 'unauthorized', (thrown as Error).message));
    return;
  }
  if (service.unavailable !== undefined) {
    refuse(stream, new Refusal(503, service.unavailable.reason, service.unavailable.message));
    return;
  }
  const sticky = service.stickyHeader === undefined ? undefined : headers[service.stickyHeader.toLowerCase()];
  const pool = match.route.pick(match.revision, typeof sticky === 'string' ? sticky : undefined);
  if (pool === undefined) {
    refuse(stream, new Refusal(503, 'no_traffic', `${service.name} has no revision that takes requests`));
    return;
  }
  const limited = match.route.overLimit();
  if (limited !== undefined) {
    refuse(stream, limited);
    return;
  }
  match.route.inFlight++;
  new GrpcExchange(stream, headers, match.path, match.route, pool, peer, options).start();
}

function refuse(stream: ServerHttp2Stream, refusal: Refusal): void {
  if (stream.destroyed || stream.headersSent) {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  const status = grpcStatusOf(refusal.status);
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': String(status),
      'grpc-message': grpcMessage(refusal.message),
    },
    { endStream: true },
  );
}

/** One call on its way. */
class GrpcExchange {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #path: string;
  readonly #route: ServiceRoute;
  readonly #pool: RevisionPool;
  readonly #peer: string;
  readonly #options: HandlerOptions;
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #hasEnded = false;
  #endpoint: Endpoint | undefined;
  #upstream: ClientHttp2Stream | undefined;
  #waiter: Waiter | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sends = 0;
  #attempts = 0;
  #started = 0;
  #waitedMs = 0;
  #isDone = false;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    path: string,
    route: ServiceRoute,
    pool: RevisionPool,
    peer: string,
    options: HandlerOptions,
  ) {
    this.#stream = stream;
    this.#headers = headers;
    this.#path = path;
    this.#route = route;
    this.#pool = pool;
    this.#peer = peer;
    this.#options = options;
  }

  start(): void {
    const stream = this.#stream;
    const { timeoutMs, retry } = this.#route.service;
    this.#started = performance.now();
    this.#pool.arrive(this.#started);
    const asked = grpcTimeoutMs(this.#headers['grpc-timeout']);
    this.#timer = setTimeout(() => this.#timeOut(), Math.min(timeoutMs, asked ?? timeoutMs));
    stream.on('close', () => {
      this.#upstream?.close(constants.NGHTTP2_CANCEL);
      this.#settle(499, 'client_gone');
    });
    stream.on('data', (chunk: Buffer) => {
      if (this.#kept !== undefined) {
        this.#kept.push(chunk);
        this.#keptBytes += chunk.length;
        // Beyond that it can not be sent again, and nothing needs to be kept once it is under way.
        if (this.#keptBytes > retry.maxBodyBytes && this.#upstream !== undefined) this.#kept = undefined;
      }
      const upstream = this.#upstream;
      if (upstream === undefined || upstream.pending) {
        if (this.#keptBytes > retry.maxBodyBytes) stream.pause();
        if (upstream === undefined) return;
      }
      if (!upstream.write(chunk)) {
        stream.pause();
        upstream.once('drain', () => stream.resume());
      }
    });
    stream.on('end', () => {
      this.#hasEnded = true;
      this.#upstream?.end();
    });
    this.#acquire();
  }

  #acquire(): void {
    if (this.#isDone) return;
    try {
      const endpoint = this.#pool.take(performance.now());
      if (endpoint !== undefined) {
        this.#send(endpoint);
        return;
      }
      const since = performance.now();
      this.#waiter = {
        bytes: this.#keptBytes,
        settle: (found, refusal) => {
          this.#waiter = undefined;
          this.#waitedMs += performance.now() - since;
          if (found !== undefined) this.#send(found);
          else if (refusal !== undefined) this.#refuse(refusal);
        },
      };
      this.#pool.wait(this.#waiter);
    } catch (thrown) {
      this.#waiter = undefined;
      if (!(thrown instanceof Refusal)) throw thrown;
      this.#refuse(thrown);
    }
  }

  #send(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#attempts++;
    let upstream: ClientHttp2Stream;
    try {
      upstream = sessionOf(endpoint).request(this.#requestHeaders(), { endStream: false });
    } catch (error) {
      this.#broken(error as Error);
      return;
    }
    this.#upstream = upstream;
    upstream.on('ready', () => this.#sends++);
    upstream.on('response', (headers) => this.#respond(upstream, headers));
    upstream.on('error', (error) => {
      if (this.#upstream === upstream) this.#broken(error);
    });
    upstream.on('close', () => {
      if (this.#upstream === upstream && !this.#stream.headersSent)
        this.#broken(new Error('the call was closed without an answer'));
    });
    for (const chunk of this.#kept ?? []) upstream.write(chunk);
    if (this.#keptBytes > this.#route.service.retry.maxBodyBytes) this.#kept = undefined;
    this.#stream.resume();
    if (this.#hasEnded) upstream.end();
  }

  #requestHeaders(): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = { ...this.#headers };
    headers[':path'] = this.#path;
    headers[':scheme'] = 'http';
    headers['kserve-isvc-name'] = this.#route.service.name;
    headers['kserve-isvc-namespace'] = this.#route.service.namespace;
    headers['x-forwarded-for'] = this.#peer;
    delete headers.host;
    delete headers['http2-settings'];
    return headers;
  }

  #respond(upstream: ClientHttp2Stream, head: IncomingHttpHeaders): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.headersSent) return;
    const headers: OutgoingHttpHeaders = { ...head, 'berth-revision': this.#pool.name };
    let trailers: IncomingHttpHeaders = {};
    if (upstream.endAfterHeaders) {
      stream.respond(headers, { endStream: true });
      this.#settle(200);
      return;
    }
    stream.respond(headers, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers as OutgoingHttpHeaders));
    upstream.on('trailers', (received) => {
      trailers = received;
    });
    upstream.on('data', (chunk: Buffer) => {
      if (stream.write(chunk)) return;
      upstream.pause();
      stream.once('drain', () => upstream.resume());
    });
    upstream.on('end', () => {
      stream.end();
      this.#settle(200);
    });
  }

  #broken(error: Error): void {
    if (this.#isDone) return;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    upstream?.close(constants.NGHTTP2_CANCEL);
    const endpoint = this.#endpoint;
    this.#releaseEndpoint();
    if (endpoint !== undefined) {
      this.#pool.shun(endpoint, performance.now());
      this.#options.onUnreachable(this.#route.service.namespace, endpoint.id, error.message);
    }
    if (this.#stream.headersSent) {
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      this.#settle(502, 'broken_answer');
      return;
    }
    const isWhole = this.#hasEnded && this.#kept !== undefined;
    const wasSent = this.#sends > 0;
    const mayRepeat = isWhole && this.#route.service.retry.enabled && this.#sends < MAX_SENDS;
    if ((mayRepeat || !wasSent) && this.#kept !== undefined && this.#attempts < MAX_ATTEMPTS) {
      this.#acquire();
      return;
    }
    this.#refuse(new Refusal(503, 'replica_failed', 'the replica ended before it answered; try again'));
  }

  #timeOut(): void {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    upstream?.close(constants.NGHTTP2_CANCEL);
    this.#refuse(new Refusal(504, 'timeout', 'no answer before the deadline'));
  }

  #refuse(refusal: Refusal): void {
    if (this.#isDone) return;
    refuse(this.#stream, refusal);
    this.#settle(refusal.status, refusal.reason);
  }

  #releaseEndpoint(): void {
    const endpoint = this.#endpoint;
    this.#endpoint = undefined;
    if (endpoint !== undefined) this.#pool.finish(endpoint);
  }

  #settle(status: number, reason?: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#route.inFlight--;
    clearTimeout(this.#timer);
    if (this.#waiter !== undefined) this.#pool.cancel(this.#waiter);
    this.#releaseEndpoint();
    this.#pool.leave(performance.now());
    this.#options.onHandled({
      namespace: this.#route.service.namespace,
      service: this.#route.service.name,
      revision: this.#pool.name,
      method: 'POST',
      path: this.#path,
      requestId: String(this.#headers['x-request-id'] ?? ''),
      milliseconds: performance.now() - this.#started,
      outcome: {
        status,
        retries: Math.max(0, this.#sends - 1),
        waitedMs: this.#waitedMs,
        ...(reason === undefined ? {} : { reason }),
      },
      peer: this.#peer,
    });
  }
}
