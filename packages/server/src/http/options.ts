import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AccessEntry, Counter, MetricsRegistry } from '@berth/telemetry';
import { Codec } from '../codec/codec.ts';
import type { Dataplane, ServiceRouter } from '../dataplane/types.ts';
import { BodyBudget } from './body.ts';
import type { Coordination } from './coordination.ts';

/** A request of HTTP/1.1 or, through the http2 compatibility layer, of HTTP/2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Whether a request may go on; `status` 401 or 403 with a text for people otherwise. */
export type Authorization =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly status: 401 | 403; readonly error: string };

/** A route beside the model protocols: answers and returns true, or returns false where the path is not its own. */
export type ExtraRoute = (request: HttpRequest, response: HttpResponse, path: string) => boolean;

/** Where the server says what went wrong with it; a pino logger is one. */
export interface ErrorLog {
  error(fields: object, message: string): void;
  /** What a client was refused for, where the client is not told (`terseErrors`). */
  warn?(fields: object, message: string): void;
}

export interface HttpLimits {
  /** Bytes of a request body, before and after decompression (`--max-body-size`); default 64 MiB. */
  readonly maxBodyBytes: number;
  /** Bytes of request bodies held in memory at once, over all requests; default 8 × maxBodyBytes. */
  readonly maxBufferedBytes: number;
  /** Bodies longer than this are decoded, and answers of about this size encoded, in another thread; default 1 MiB. */
  readonly offThreadBytes: number;
  /** Milliseconds that a client may go without reading a large answer; default 60 s. */
  readonly readerTimeoutMs: number;
}

export interface HttpHandlerOptions {
  readonly router: ServiceRouter;
  readonly dataplane: Dataplane;
  readonly coordination: Coordination;
  /** Where answers are counted by route and status. */
  readonly metrics?: MetricsRegistry;
  readonly limits?: Partial<HttpLimits>;
  /** Whether `/v2/repository/models/{m}/load` and `unload` act; default true (loopback). */
  readonly modelControl?: boolean;
  /** Host names allowed on management routes; undefined allows any (listeners that are not loopback). */
  readonly managementHosts?: ReadonlySet<string>;
  /** Origins whose pages may call inference; default none. */
  readonly allowedOrigins?: ReadonlySet<string>;
  readonly authorize?: (request: HttpRequest, path: string) => Authorization;
  readonly extraRoutes?: readonly ExtraRoute[];
  readonly log?: ErrorLog;
  /** Clients get an error's code and the table's words; the log keeps the message. */
  readonly terseErrors?: boolean;
  readonly accessLog?: (entry: AccessEntry) => void;
}

/** The options with their defaults, and what the requests of one handler share. */
export interface HttpContext extends HttpHandlerOptions {
  readonly limits: HttpLimits;
  readonly modelControl: boolean;
  readonly budget: BodyBudget;
  readonly codec: Codec;
  readonly count: (route: string, status: number) => void;
}

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

export function resolveOptions(options: HttpHandlerOptions): HttpContext {
  const maxBodyBytes = options.limits?.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  const limits: HttpLimits = {
    maxBodyBytes,
    maxBufferedBytes: options.limits?.maxBufferedBytes ?? 8 * maxBodyBytes,
    offThreadBytes: options.limits?.offThreadBytes ?? 1024 * 1024,
    readerTimeoutMs: options.limits?.readerTimeoutMs ?? 60_000,
  };
  return {
    ...options,
    limits,
    modelControl: options.modelControl ?? true,
    budget: new BodyBudget(limits.maxBufferedBytes),
    codec: new Codec(limits.offThreadBytes),
    count: answerCounter(options.metrics),
  };
}

/** Counts answers by route and status; each pair's counter is looked up once. */
function answerCounter(metrics: MetricsRegistry | undefined): (route: string, status: number) => void {
  if (metrics === undefined) return () => undefined;
  const family = metrics.counter('berth_http_responses_total', 'HTTP answers by route and status', ['route', 'status']);
  const counters = new Map<string, Counter[]>();
  return (route, status) => {
    let byStatus = counters.get(route);
    if (byStatus === undefined) {
      byStatus = [];
      counters.set(route, byStatus);
    }
    byStatus[status] ??= family.with(route, String(status));
    byStatus[status].add();
  };
}

/** Options for `http.createServer`: bounds on slow and oversized requests (measured needs: Node's own defaults are wider). */
export const httpServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16 * 1024,
  insecureHTTPParser: false,
  requireHostHeader: true,
  noDelay: true,
} as const;

/** To be set on the server once it is made: there is no constructor option for it. */
export const MAX_HEADERS_COUNT = 100;

export type { AccessEntry };
