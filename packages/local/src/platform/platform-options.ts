/** What `berth up` is told. Plain data: it travels to the processes of the platform as JSON. */
export interface PlatformOptions {
  /** Version of Berth, for status and discovery. */
  readonly version: string;
  /** The launcher that replicas are started with: `node <cli> serve …`. */
  readonly cli: string;
  /** Database, keys, logs; made with mode 0700. */
  readonly stateFolder: string;
  /** Downloaded models. */
  readonly cacheFolder: string;
  readonly gateway: {
    /** Default 8080; 0 takes a free one. */
    readonly httpPort: number;
    /** Default loopback. */
    readonly host?: string;
    /** PEM files; without them plain HTTP. */
    readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly port: number };
    /** Hashed bearer keys. */
    readonly apiKeyFile?: string;
    readonly insecureNoAuth: boolean;
    readonly accessLog: boolean;
  };
  readonly api: {
    /** Default 6443; 0 takes a free one. */
    readonly port: number;
    readonly host?: string;
  };
  /** Folders by the name of the PersistentVolumeClaim that they stand for. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Refuse commands and images that are not Berth's own. */
  readonly denyCommands: boolean;
  /** Download from public addresses only. */
  readonly strictEgress: boolean;
  /** Replicas that may be starting at once; twice the cores and four at least where it is not set. */
  readonly maxStarts?: number;
  /** Milliseconds that requests have to end after SIGTERM. */
  readonly drainTimeoutMs: number;
  readonly logLevel: string;
  /** The environment that storage clients read (proxies, credentials, emulators). */
  readonly env: Readonly<Record<string, string>>;
}

/** A platform that runs in processes below this one. */
export interface RunningPlatform {
  readonly gatewayUrls: readonly string[];
  readonly apiUrl: string;
  readonly kubeconfig: string;
  /** Resolves with the exit code: 0, or 75 where requests were cut. */
  readonly ended: Promise<number>;
  /** Drains and ends everything. */
  stop(): Promise<void>;
}
