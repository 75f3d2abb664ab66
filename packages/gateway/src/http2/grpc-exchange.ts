import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { constants, type OutgoingHttpHeaders } from 'node:http2';
import { KeptBody } from '../body/kept-body.ts';
import type { Activity } from '../front/activity.ts';
import type { HandlerOptions } from '../front/handler.ts';
import type { Endpoint } from '../pool/endpoint.ts';
import { Place } from '../pool/place.ts';
import { Refusal } from '../pool/refusal.ts';
import { MAX_ATTEMPTS, maxReached } from '../pool/retry-limits.ts';
import type { RevisionPool } from '../pool/revision-pool.ts';
import type { ServiceRoute } from '../routes/service-route.ts';
import { brokenEnd, type GrpcEnd, refuseGrpc, stopClient } from './grpc-answer.ts';
import { grpcRequestHeaders } from './grpc-request-headers.ts';
import { countCall, sessionOf } from './grpc-sessions.ts';
import { GRPC, grpcMessage, grpcTimeoutMs } from './grpc-status.ts';

/** Time that a client has to take the rest of a broken answer with its status; then its stream is reset. */
const LAST_WORDS_MS = 1_000;

/** What a call is forwarded with. */
export interface GrpcExchangeOptions extends Pick<HandlerOptions, 'onHandled' | 'onUnreachable'> {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Without the service's prefix. */
  readonly path: string;
  readonly authority: string;
  readonly requestId: string;
  readonly route: ServiceRoute;
  readonly pool: RevisionPool;
  readonly peer: string;
  readonly isSecure: boolean;
  /** The Authorization is the gateway's and ends here. */
  readonly isKeyConsumed: boolean;
  readonly activity: Activity;
}

/** One call on its way; a unary one that no byte came back for is sent once more. */
export class GrpcExchange {
  readonly #options: GrpcExchangeOptions;
  readonly #place: Place;
  readonly #stream: ServerHttp2Stream;
  /** The request as far as it can be sent again. */
  #kept: KeptBody | undefined = new KeptBody();
  #keptBytes = 0;
  #hasEnded = false;
  #upstream: ClientHttp2Stream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #trailers: OutgoingHttpHeaders = {};
  #sends = 0;
  /** Replicas that may have got it. */
  #reached = 0;
  #attempts = 0;
  /** A kept connection had ended under it; that happens once. */
  #wasStale = false;
  #started = 0;
  #deadline = 0;
  #isDone = false;

  constructor(options: GrpcExchangeOptions) {
    this.#options = options;
    this.#place = new Place(options.pool, {
      onEndpoint: (endpoint) => this.#send(endpoint),
      onRefusal: (refusal) => this.#refuse(refusal),
    });
    this.#stream = options.stream;
  }

  start(): void {
    const { headers, route, activity } = this.#options;
    const stream = this.#stream;
    const { timeoutMs, retry } = route.service;
    this.#started = performance.now();
    activity.running++;
    route.inFlight++;
    this.#place.arrive(this.#started);
    const asked = grpcTimeoutMs(headers['grpc-timeout']);
    const limit = Math.min(timeoutMs, asked ?? timeoutMs);
    this.#deadline = this.#started + limit;
    this.#timer = setTimeout(() => this.#timeOut(), limit);
    stream.on('close', () => {
      activity.running--;
      this.#upstream?.close(constants.NGHTTP2_CANCEL);
      this.#settle(499, 'client_gone');
    });
    stream.on('data', (chunk: Buffer) => {
      if (this.#isDone) return;
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
    this.#acquire(undefined);
  }

  #acquire(except: Endpoint | undefined): void {
    if (this.#isDone) return;
    this.#place.acquire({ bytes: this.#keptBytes, deadline: this.#deadline, except });
  }

  /** Sends the call to a replica whose `running` counts it. */
  #send(endpoint: Endpoint, isSecondTry = false): void {
    this.#attempts++;
    const session = sessionOf(endpoint);
    const isReused = !session.connecting;
    const upstream = session.request(grpcRequestHeaders({ ...this.#options, waitedMs: this.#place.waitedMs }));
    this.#upstream = upstream;
    countCall(endpoint, session, upstream);
    // A connection that is there takes it at once.
    const sent = () => {
      this.#sends++;
      if (!isSecondTry) this.#reached++;
    };
    if (upstream.pending) upstream.on('ready', sent);
    else sent();
    upstream.on('response', (headers, flags) => this.#respond(upstream, session, headers, flags));
    let failure = 'the call was closed without an answer';
    upstream.on('error', (error) => {
      failure = error.message;
    });
    upstream.on('close', () => this.#broken(upstream, session, isReused, failure));
    for (const chunk of this.#kept?.chunks ?? []) upstream.write(chunk);
    if (this.#keptBytes > this.#options.route.service.retry.maxBodyBytes) this.#kept = undefined;
    this.#stream.resume();
    if (this.#hasEnded) upstream.end();
  }

  #respond(upstream: ClientHttp2Stream, session: ClientHttp2Session, head: IncomingHttpHeaders, flags: number): void {
    const stream = this.#stream;
    if (this.#upstream !== upstream || stream.destroyed || stream.headersSent) return;
    const { pool, requestId } = this.#options;
    const headers: OutgoingHttpHeaders = { ...head, 'berth-revision': pool.name, 'x-request-id': requestId };
    // The client has a part of the answer from here on, and nothing is sent again.
    this.#kept = undefined;
    // Node tells a client by the flags alone that the headers are all there is: a call that failed at once.
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) {
      stream.respond(headers, { endStream: true });
      this.#settle(200);
      stopClient(stream);
      upstream.resume();
      // The replica has said its last word; what the client still sends would keep the call open there.
      if (!this.#hasEnded) upstream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    stream.respond(headers, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers(this.#trailers);
      stopClient(stream);
    });
    let isWhole = false;
    upstream.on('trailers', (received) => {
      isWhole = true;
      this.#trailers = received as OutgoingHttpHeaders;
    });
    upstream.on('data', (chunk: Buffer) => {
      if (stream.write(chunk)) return;
      upstream.pause();
      stream.once('drain', () => upstream.resume());
    });
    upstream.on('end', () => {
      if (isWhole) {
        stream.end();
        this.#settle(200);
      } else {
        // An answer that is cut ends, too; what cut it is known after this turn.
        setImmediate(() => this.#cut(upstream, session));
      }
    });
  }

  /** The answer ended, or its connection did, before the trailers. */
  #cut(upstream: ClientHttp2Stream, session: ClientHttp2Session): void {
    if (this.#isDone || this.#upstream !== upstream) return;
    this.#upstream = undefined;
    const { rstCode } = upstream;
    upstream.close(constants.NGHTTP2_CANCEL);
    const endpoint = this.#place.endpoint;
    this.#place.release();
    if (session.destroyed && endpoint !== undefined)
      this.#shun(endpoint, 'the connection ended in the middle of a call');
    this.#endWith(brokenEnd(rstCode, session.destroyed));
    this.#settle(503, 'broken_answer');
  }

  /** Tells the client how the answer it has a part of ends: by trailers, by a reset where it does not take them. */
  #endWith({ status, message }: GrpcEnd): void {
    const stream = this.#stream;
    this.#trailers = { 'grpc-status': String(status), 'grpc-message': grpcMessage(message) };
    stream.end();
    const late = setTimeout(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR), LAST_WORDS_MS);
    stream.on('close', () => clearTimeout(late));
  }

  /** The call to a replica is over; what that means where it was not answered. */
  #broken(upstream: ClientHttp2Stream, session: ClientHttp2Session, isReused: boolean, failure: string): void {
    if (this.#isDone || this.#upstream !== upstream) return;
    if (this.#stream.headersSent) {
      this.#cut(upstream, session);
      return;
    }
    this.#upstream = undefined;
    const endpoint = this.#place.endpoint as Endpoint;
    const { retry } = this.#options.route.service;
    // A replica that says so has not looked at it (RFC 9113, 8.7).
    const isRefused = upstream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    if (isRefused) this.#reached = Math.max(0, this.#reached - 1);
    const isKept = this.#kept !== undefined;
    const mayRepeat = isKept && this.#hasEnded && retry.enabled;
    const isOver = session.destroyed || (session.closed && !endpoint.grpcFull.has(session));
    // Most likely the replica had closed it while nobody asked: that says nothing of the replica.
    const isStale = isReused && isOver && !this.#wasStale;
    if (isStale && (mayRepeat || (isRefused && isKept)) && !endpoint.isRemoved) {
      this.#wasStale = true;
      this.#send(endpoint, !isRefused);
      return;
    }
    this.#place.release();
    const isGone = isOver && !isStale;
    if (isGone) this.#shun(endpoint, failure);
    const isAllowed =
      (mayRepeat && this.#reached < maxReached(this.#place.hasWaited)) || (this.#reached === 0 && isKept);
    if (isAllowed && this.#attempts < MAX_ATTEMPTS) {
      this.#acquire(isGone ? undefined : endpoint);
      return;
    }
    this.#refuse(new Refusal(503, 'replica_failed', 'the replica was lost before it answered; try again'));
  }

  #shun(endpoint: Endpoint, message: string): void {
    this.#options.pool.shun(endpoint, performance.now());
    this.#options.onUnreachable(this.#options.route.service.namespace, endpoint.id, message);
  }

  #timeOut(): void {
    if (this.#isDone) return;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    upstream?.close(constants.NGHTTP2_CANCEL);
    const message = 'no answer before the deadline';
    if (this.#stream.headersSent) {
      this.#endWith({ status: GRPC.deadlineExceeded, message });
      this.#settle(504, 'timeout');
    } else this.#refuse(new Refusal(504, 'timeout', message));
  }

  #refuse(refusal: Refusal): void {
    if (this.#isDone) return;
    refuseGrpc(this.#stream, refusal, this.#options.requestId);
    this.#settle(refusal.status, refusal.reason);
  }

  #settle(status: number, reason?: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#kept = undefined;
    const { route, pool, path, requestId, peer, onHandled } = this.#options;
    route.inFlight--;
    clearTimeout(this.#timer);
    this.#place.leave();
    onHandled({
      namespace: route.service.namespace,
      service: route.service.name,
      revision: pool.name,
      method: 'POST',
      path,
      requestId,
      milliseconds: performance.now() - this.#started,
      outcome: {
        status,
        retries: Math.max(0, this.#sends - 1),
        waitedMs: this.#place.waitedMs,
        ...(reason === undefined ? {} : { reason }),
      },
      peer,
    });
  }
}
