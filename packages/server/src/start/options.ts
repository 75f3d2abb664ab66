import type { Service } from '../dataplane/types.ts';
import type { AccessEntry, ErrorLog, ExtraRoute } from '../http/options.ts';

/** What a server serves, built by the caller's `createApp` once in each worker process. */
export interface App {
  readonly services: readonly Service[];
  /** Tells of services that come and go while the server runs; in a server of one process only. */
  readonly onServices?: (replace: (services: readonly Service[]) => void) => void;
  /** Resolves when every first load has ended, well or badly; the server listens before that and is ready after it. */
  readonly settled?: Promise<void>;
  /** Routes beside the protocols', e.g. the status of the services. */
  readonly extraRoutes?: readonly ExtraRoute[];
  /** Where this process says what went wrong with it; default `ServerOptions.onNotice`. */
  readonly log?: ErrorLog;
  /** Called for each HTTP answer. */
  readonly accessLog?: (entry: AccessEntry) => void;
  /** Called after the services' repositories are closed. */
  close?(): Promise<void>;
}

/** What `createApp` is told about the process it runs in. */
export interface AppContext {
  /** 0 in the only process, else the worker's slot, 0 to workers - 1; a replaced worker has its predecessor's. */
  readonly worker: number;
  /** Sends a structured-cloneable report (a model loaded, a load failed) to `ServerOptions.onReport`. */
  report(report: unknown): void;
}

/** Builds the app; must not keep state outside of what it returns. */
export type CreateApp = (config: never, context: AppContext) => App | Promise<App>;

/**
 * Where the app comes from. Several workers need the module form: each worker process imports `module` (a `file:` URL)
 * and calls its export `createApp` with `config`, which must be structured-cloneable.
 */
export type AppSource = { readonly module: string; readonly config: unknown } | { readonly create: CreateApp };

export interface ServerOptions {
  readonly app: AppSource;
  /** HTTP/1.1, h2c and gRPC; default 8080; 0 takes a free one. */
  readonly httpPort?: number;
  /** gRPC; default 8081; 0 takes a free one; false opens none. */
  readonly grpcPort?: number | false;
  /** Address or name to listen on; default loopback, IPv4 and (where there is one) IPv6. Falls back to `BERTH_HOST`. */
  readonly host?: string;
  /**
   * A Unix socket to listen on in the place of both ports: HTTP/1.1, h2c and gRPC. Only its owner can open it, so it
   * counts as loopback. The path has at most 107 bytes.
   */
  readonly socketPath?: string;
  /** Server processes that share the ports; default 1, which is this process. */
  readonly workers?: number;
  /** Milliseconds that requests in flight have to end after SIGTERM or `drain()`; default 30,000. */
  readonly drainTimeoutMs?: number;
  /** Bytes of a request body or gRPC message, also when decompressed; default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** File of API keys (see exposure/api-keys.ts). Falls back to `BERTH_API_KEY_FILE`. */
  readonly apiKeyFile?: string;
  /** Allows a host beyond loopback without keys. Falls back to `BERTH_INSECURE_NO_AUTH`. */
  readonly insecureNoAuth?: boolean;
  /** Load and unload by name: default on for loopback, off elsewhere. */
  readonly modelControl?: boolean;
  /** Requests that one process works on and holds waiting; defaults of the dataplane. */
  readonly maxInFlight?: number;
  readonly maxQueue?: number;
  /** Clients get an error's code and the words of the table of errors; the message, which may quote the model, goes to the log. */
  readonly terseErrors?: boolean;
  /** Whether SIGTERM and SIGINT drain and end the process (0, or 75 where requests were cut); default false. */
  readonly handleSignals?: boolean;
  /** Reports of `AppContext.report`, with the worker that sent them. */
  readonly onReport?: (report: unknown, worker: number) => void;
  /** One-line messages for the operator: exposure warnings, workers that died. Default: standard error. */
  readonly onNotice?: (message: string) => void;
  /** Environment for the fall-backs; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How a drain ended. */
export interface DrainResult {
  /** Requests that were still running when the time was up. */
  readonly cut: number;
}

export interface RunningServer {
  /** E.g. `http://127.0.0.1:8080`, `grpc://127.0.0.1:8081`: one for each listening address; `unix:/path` of a socket. */
  readonly urls: readonly string[];
  readonly httpPort: number;
  /** The gRPC-only port; undefined where none was asked for. */
  readonly grpcPort: number | undefined;
  /** Process ids of the workers by slot; undefined where the server is this process alone. */
  readonly workerPids?: readonly (number | undefined)[];
  /** Resolves when every worker listens and its first loads have ended. Look at the services for what failed. */
  readonly ready: Promise<void>;
  /** Resolves when the server has ended, whatever ended it; with the exit code that it asks for. */
  readonly ended: Promise<number>;
  /** Not ready at once, stops accepting, waits for what is in flight (up to the drain time), closes the models. */
  drain(): Promise<DrainResult>;
  /** Ends at once: cuts what is in flight. */
  close(): Promise<void>;
}
