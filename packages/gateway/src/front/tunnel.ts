import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { requestHead } from '../http1/request-head.ts';
import type { Endpoint } from '../pool/endpoint.ts';
import { Place } from '../pool/place.ts';
import { Refusal } from '../pool/refusal.ts';
import { MAX_ATTEMPTS, maxReached } from '../pool/retry-limits.ts';
import type { RevisionPool } from '../pool/revision-pool.ts';
import type { ServiceRoute } from '../routes/service-route.ts';
import type { HandlerOptions } from './handler.ts';

const MAX_HEAD_BYTES = 64 * 1024;
/** What a client may send before its replica has agreed; it has to wait for that (RFC 6455, 4.1). */
const MAX_EARLY_BYTES = 64 * 1024;
/** Time that the answer of a replica that does not change protocols has to arrive whole. */
const REFUSED_MS = 5_000;

export interface TunnelOptions extends Pick<HandlerOptions, 'activity' | 'isSecure' | 'onHandled' | 'onUnreachable'> {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What came behind the request's head. */
  readonly head: Buffer;
  readonly route: ServiceRoute;
  readonly pool: RevisionPool;
  readonly path: string;
  readonly requestId: string;
  readonly isKeyConsumed: boolean;
  readonly refuse: (refusal: Refusal) => void;
}

/**
 * A connection that changes protocols (WebSocket): the request as it came, to a replica that it may have to wait for,
 * then bytes in both directions until one side ends.
 */
export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #place: Place;
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #upstream: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sends = 0;
  #attempts = 0;
  #started = 0;
  /** Of the replica's answer. */
  #status: number | undefined;
  #isDone = false;

  constructor(options: TunnelOptions) {
    this.#options = options;
    this.#place = new Place(options.pool, {
      onEndpoint: (endpoint) => this.#send(endpoint),
      onRefusal: (refusal) => this.#refuse(refusal),
    });
  }

  start(): void {
    const { socket, head, route, activity } = this.#options;
    this.#started = performance.now();
    activity.running++;
    route.inFlight++;
    this.#place.arrive(this.#started);
    socket.setTimeout(0);
    socket.on('close', () => this.#settle(this.#status ?? 499, this.#status === undefined ? 'client_gone' : undefined));
    if (head.length > 0) this.#onEarly(head);
    // Also so that a client that goes is seen.
    socket.on('data', this.#onEarly);
    this.#timer = setTimeout(() => {
      this.#refuse(new Refusal(504, 'timeout', `no answer within ${route.service.timeoutMs / 1000} s`));
    }, route.service.timeoutMs);
    this.#acquire();
  }

  readonly #onEarly = (chunk: Buffer): void => {
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > MAX_EARLY_BYTES) this.#options.socket.pause();
  };

  #acquire(): void {
    if (this.#isDone) return;
    const deadline = this.#started + this.#options.route.service.timeoutMs;
    this.#place.acquire({ bytes: this.#earlyBytes, deadline });
  }

  #send(endpoint: Endpoint): void {
    this.#attempts++;
    const upstream = endpoint.open();
    this.#upstream = upstream;
    let failure = 'the connection ended';
    let answered: Buffer = Buffer.alloc(0);
    // Until the replica agrees, what the client sends next is no part of the tunnel: it would be a request of its own.
    const onAnswer = (chunk: Buffer) => {
      answered = answered.length === 0 ? chunk : Buffer.concat([answered, chunk]);
      if (answered.indexOf('\r\n\r\n') < 0 && answered.length < MAX_HEAD_BYTES) return;
      upstream.off('data', onAnswer);
      this.#answer(upstream, answered);
    };
    upstream.on('connect', () => {
      this.#sends++;
      upstream.write(this.#head(), 'latin1');
    });
    upstream.on('data', onAnswer);
    upstream.on('error', (error: Error) => {
      failure = error.message;
    });
    upstream.on('close', () => {
      if (this.#upstream !== upstream || this.#isDone) return;
      if (this.#status === undefined) this.#broken(failure, answered.length > 0);
      else this.#options.socket.destroySoon();
    });
  }

  #head(): string {
    const { request } = this.#options;
    const text = requestHead(request, { ...this.#options, bodyLength: 0 });
    const upgrade = `Connection: Upgrade\r\nUpgrade: ${request.headers.upgrade ?? ''}\r\n\r\n`;
    return text.replace(/\r\n\r\n$/, `\r\n${upgrade}`);
  }

  #answer(upstream: Socket, answered: Buffer): void {
    const { socket } = this.#options;
    clearTimeout(this.#timer);
    this.#status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answered.toString('latin1', 0, 13))?.[1] ?? 502);
    socket.off('data', this.#onEarly);
    socket.write(answered);
    if (this.#status !== 101) {
      socket.resume();
      upstream.on('data', (rest: Buffer) => socket.write(rest));
      upstream.on('end', () => socket.end());
      setTimeout(() => upstream.destroy(), REFUSED_MS).unref();
      return;
    }
    for (const chunk of this.#early) upstream.write(chunk);
    this.#early = [];
    upstream.pipe(socket).pipe(upstream);
  }

  /** The replica did not answer, by the rules of a request without a body. */
  #broken(failure: string, hasBegun: boolean): void {
    const { pool, route, onUnreachable } = this.#options;
    const endpoint = this.#place.endpoint;
    this.#upstream = undefined;
    this.#place.release();
    if (endpoint !== undefined) {
      pool.shun(endpoint, performance.now());
      onUnreachable(route.service.namespace, endpoint.id, failure);
    }
    const maySend =
      this.#sends === 0 || (route.service.retry.enabled && this.#sends < maxReached(this.#place.hasWaited));
    if (!hasBegun && maySend && this.#attempts < MAX_ATTEMPTS) this.#acquire();
    else this.#refuse(new Refusal(503, 'replica_failed', 'the replica ended before it answered; try again', 1));
  }

  #refuse(refusal: Refusal): void {
    if (this.#isDone) return;
    this.#options.refuse(refusal);
    this.#settle(refusal.status, refusal.reason);
  }

  #settle(status: number, reason?: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const { request, socket, route, pool, path, requestId, activity, onHandled } = this.#options;
    activity.running--;
    route.inFlight--;
    clearTimeout(this.#timer);
    this.#early = [];
    socket.off('data', this.#onEarly);
    this.#upstream?.destroy();
    this.#place.leave();
    onHandled({
      namespace: route.service.namespace,
      service: route.service.name,
      revision: pool.name,
      method: request.method ?? '',
      path,
      requestId,
      milliseconds: performance.now() - this.#started,
      outcome: {
        status,
        retries: Math.max(0, this.#sends - 1),
        waitedMs: this.#place.waitedMs,
        ...(reason === undefined ? {} : { reason }),
      },
      peer: socket.remoteAddress ?? '',
    });
  }
}
