import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Dataplane, ModelStatistics, Service, ServiceRouter } from '../dataplane/types.ts';

/** A request of HTTP/1.1 or, through the http2 compatibility layer, of HTTP/2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Whether a request may go on; `status` 401 or 403 with a text for people otherwise. */
export type Authorization = { readonly allowed: true } | { readonly allowed: false; status: 401 | 403; error: string };

/** A route beside the model protocols: answers and returns true, or returns false where the path is not its own. */
export type ExtraRoute = (request: HttpRequest, response: HttpResponse, path: string) => boolean;

/** What several worker processes have to do together; a single process uses its own parts (the default). */
export interface Coordination {
  load(service: Service, name: string): Promise<void>;
  unload(service: Service, name: string): Promise<void>;
  /** Server readiness: false while draining, and while a model that was asked for is not READY. */
  ready(service: Service): boolean | Promise<boolean>;
  statistics(service: Service, name?: string, version?: string): StatisticsList | Promise<StatisticsList>;
  /** The text of `/metrics`. */
  metrics(): string | Promise<string>;
}

export type StatisticsList = readonly { name: string; version: string; statistics: ModelStatistics }[];

export interface HttpLimits {
  /** Bytes of a request body, before and after decompression (`--max-body-size`); default 64 MiB. */
  readonly maxBodyBytes: number;
  /** Bytes of request bodies that may be held in memory at once, over all requests; default 8 × maxBodyBytes. */
  readonly maxBufferedBytes: number;
  /** JSON bodies longer than this are parsed in another thread; default 1 MiB. */
  readonly offThreadBytes: number;
}

export interface HttpHandlerOptions {
  readonly router: ServiceRouter;
  readonly dataplane: Dataplane;
  readonly coordination: Coordination;
  readonly limits?: Partial<HttpLimits>;
  /** Whether `/v2/repository/models/{m}/load` and `unload` act; default true (loopback). */
  readonly modelControl?: boolean;
  /** Host names allowed on management routes; undefined allows any (listeners that are not loopback). */
  readonly managementHosts?: ReadonlySet<string>;
  /** Origins whose pages may call inference; default none. */
  readonly allowedOrigins?: ReadonlySet<string>;
  readonly authorize?: (request: HttpRequest, path: string) => Authorization;
  readonly extraRoutes?: readonly ExtraRoute[];
  readonly serverVersion?: string;
}

/** The function to give to `http.createServer` (and, through its compatibility layer, http2). */
export type HttpHandler = ((request: HttpRequest, response: HttpResponse) => void) & {
  /** Ends the parser thread, if one was started. */
  close(): Promise<void>;
};
