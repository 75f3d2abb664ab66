/**
 * What the control part tells the gateway, and what the gateway tells back. Plain data: it travels as JSON lines over a
 * Unix socket between two processes, and each side outlives a restart of the other.
 */

/** Where a server listens: a Unix socket or a TCP port. */
export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** One replica that can take requests. */
export interface RoutedEndpoint {
  /** The replica's name, unique in its namespace (the pod's name). */
  readonly id: string;
  /** HTTP/1.1; Berth's own servers take h2c and gRPC there too. */
  readonly http: Address;
  /** Where gRPC is answered, if elsewhere than `http`. */
  readonly grpc?: Address;
}

/** One immutable version of a service. */
export interface RoutedRevision {
  readonly name: string;
  /** Ready replicas only; one that is taken out gets no new request. */
  readonly endpoints: readonly RoutedEndpoint[];
  /** Requests that one replica takes at once; 0 is without limit. */
  readonly containerConcurrency: number;
  /** Whether a request that finds no endpoint is held until there is one; otherwise it is 503 with `failure`. */
  readonly activates: boolean;
  /**
   * Set where it activates, has no endpoint, and every replica has failed and pauses: the earliest next start, in
   * milliseconds of the machine's monotonic clock (`process.hrtime`), and why they failed. A request whose time ends before
   * then can not be answered.
   */
  readonly backOff?: { readonly untilMs: number; readonly reason: string };
  /** Why the revision has no replica and will not get one soon; shown to clients. */
  readonly failure?: string;
}

/** The share of a revision in what comes to the service's own hosts and path. */
export interface TrafficShare {
  readonly revision: string;
  /** Whole percent; the shares of a service add up to 100. */
  readonly percent: number;
}

/** A host name of a service; with `revision` it leads to that one whatever the split (tags `prev-`, `latest-`, variants). */
export interface RoutedHost {
  /** Lower case, without port. */
  readonly host: string;
  readonly revision?: string;
}

/** A service as the gateway sees it; replaced as a whole. */
export interface RoutedService {
  readonly namespace: string;
  readonly name: string;
  readonly hosts: readonly RoutedHost[];
  /** E.g. `/serving/default/iris`: picks the service whatever the host, and is cut off before the request goes on. */
  readonly pathPrefix: string;
  /** Hidden from other machines: answered only to clients that come over loopback. */
  readonly clusterLocal: boolean;
  /** Empty where nobody serves. */
  readonly traffic: readonly TrafficShare[];
  readonly revisions: readonly RoutedRevision[];
  /** Header whose value keeps a client on one revision. */
  readonly stickyHeader?: string;
  /** Milliseconds from the whole request to the end of the answer. */
  readonly timeoutMs: number;
  readonly retry: {
    /** Whether a unary request may be sent once more to another replica. */
    readonly enabled: boolean;
    /** Largest body that is kept for that. */
    readonly maxBodyBytes: number;
  };
  /** What may wait for a replica; beyond it is 503 with Retry-After. */
  readonly hold: { readonly maxRequests: number; readonly maxBytes: number };
  /** Requests of the service that run or wait at once; one more is 429. Without it there is no such limit. */
  readonly maxConcurrency?: number;
  /** Origins that browsers may call from; `*` is any. Without it no Access-Control header is sent. */
  readonly corsOrigins?: readonly string[];
  /** Set where no revision can answer; the text goes to clients with 503. */
  readonly unavailable?: { readonly reason: string; readonly message: string };
}

/** Names a service. */
export interface ServiceKey {
  readonly namespace: string;
  readonly name: string;
}

/** From the control part to the gateway. */
export type GatewayCommand =
  /** Everything there is; what is not in it is gone. Sent first on every connection. */
  | { readonly type: 'replace'; readonly version: number; readonly services: readonly RoutedService[] }
  | {
      readonly type: 'update';
      readonly version: number;
      readonly upsert: readonly RoutedService[];
      readonly remove: readonly ServiceKey[];
    };

/** Load of one revision since the last report. */
export interface RevisionLoad {
  readonly namespace: string;
  readonly service: string;
  readonly revision: string;
  /** Length of the time reported on. */
  readonly windowMs: number;
  /** Mean over the window of requests that were running or waiting. */
  readonly averageConcurrency: number;
  /** Requests that arrived in the window. */
  readonly requests: number;
  /** Requests that wait for a replica now. */
  readonly waiting: number;
  /** Requests that run now. */
  readonly running: number;
}

/** From the gateway to the control part. */
export type GatewayReport =
  | { readonly type: 'applied'; readonly version: number }
  /**
   * Once a second, also when it is empty: a revision that it does not name had no request in that second. Names each
   * revision that had or has requests, and once more with zeros after the last.
   */
  | { readonly type: 'load'; readonly revisions: readonly RevisionLoad[] }
  /** At once when a first request waits for a revision without a replica. */
  | { readonly type: 'demand'; readonly namespace: string; readonly service: string; readonly revision: string }
  /** An endpoint that was taken out of the table has no request left. */
  | { readonly type: 'drained'; readonly namespace: string; readonly endpoint: string }
  /** An endpoint could not be reached. */
  | { readonly type: 'unreachable'; readonly namespace: string; readonly endpoint: string; readonly message: string };
