import type { StorageError } from './storage-error.ts';

/** Bytes and entries that a fetch may take. */
export interface FetchLimits {
  /** Bytes of the download and, separately, of all files unpacked; default 10 GiB. */
  readonly maxBytes: number;
  /** Files and folders of an archive; default 100,000. */
  readonly maxEntries: number;
}

export const DEFAULT_LIMITS: FetchLimits = { maxBytes: 10 * 1024 ** 3, maxEntries: 100_000 };

/** What goes on, for people who wait. */
export interface FetchProgress {
  readonly phase: 'downloading' | 'unpacking' | 'verifying' | 'waiting';
  readonly doneBytes: number;
  readonly totalBytes?: number;
}

/**
 * Who wrote the URI. An operator's (the command line, a resource) may reach loopback and private addresses, since people
 * run object stores there; one that came with a request may not.
 */
export type UriAuthor = 'operator' | 'request';

/** What the owner of a model gives to reach it. */
export interface FetchCredentials {
  /** By KServe's names: AWS_ACCESS_KEY_ID, HF_TOKEN, `<host>-headers` … */
  readonly env: Readonly<Record<string, string>>;
  /** Contents of files that `env` names, by their path there. */
  readonly files: Readonly<Record<string, string>>;
  /** PEM texts that are trusted beside the system's CAs. */
  readonly caBundles: readonly string[];
}

/** What a fetch may be told. */
export interface FetchOptions {
  /** Folder of the cache; made when it is needed. */
  readonly cacheFolder: string;
  /** Folder that bare relative paths start from; default the working folder. */
  readonly baseFolder?: string;
  /** Folders that local paths must lie in; without it any folder but the system's. */
  readonly roots?: readonly string[];
  readonly author?: UriAuthor;
  /** Refuse loopback and private addresses whoever wrote the URI. */
  readonly strictEgress?: boolean;
  readonly limits?: Partial<FetchLimits>;
  /** Lower-case hex digest that the download must have. */
  readonly sha256?: string;
  /** Sent to the first origin only, never after a redirect to another. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A connection that brings nothing for so long is dropped and resumed; default 30 s. */
  readonly stallTimeoutMs?: number;
  /** http(s) files from that size on come in parts of that size; default 32 MiB, and parts of 16 MiB. */
  readonly partsFromBytes?: number;
  /** Tries in a row without a byte gained before giving up; default 5. */
  readonly maxAttempts?: number;
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly onWarning?: (message: string) => void;
  /** A try has failed and another will follow: why. */
  readonly onRetry?: (error: StorageError) => void;
  readonly signal?: AbortSignal;
  /**
   * Copy what lies on this machine into the cache, so that the bytes can not change under whoever serves them; larger than
   * this it is used where it lies, with its digest recorded. Without it local paths are used as they are.
   */
  readonly copyUpToBytes?: number;
  /** Folders by the name of the PersistentVolumeClaim that they stand for, for `pvc://`. */
  readonly volumes?: Readonly<Record<string, string>>;
  readonly credentials?: FetchCredentials;
  /** The environment of whoever runs Berth: proxies, emulators, own credentials. */
  readonly processEnv?: Readonly<Record<string, string | undefined>>;
  /** Files to take and to leave out, as STORAGE_ALLOW_PATTERNS and STORAGE_IGNORE_PATTERNS say it. */
  readonly allow?: string;
  readonly ignore?: string;
}

/** A model's files on this machine. */
export interface FetchedModel {
  /** A file or a folder; not to be written to. */
  readonly path: string;
  /** Digest of the one file that was downloaded (an archive before it was unpacked). */
  readonly sha256?: string;
  /** Digest of the tree in the cache; absent for local paths that are used as they are. */
  readonly digest?: string;
  /** Bytes of all files of that tree. */
  readonly bytes?: number;
  /** Whether nothing had to be downloaded. */
  readonly fromCache: boolean;
}

/** One kind of storage. */
export interface Fetcher {
  /** Lower case, without colon; the empty one is a bare path. */
  readonly schemes: readonly string[];
  /**
   * Brings the files of `uri` here. Never leaves a half model behind.
   * @throws StorageError
   */
  fetch(uri: string, options: FetchOptions): Promise<FetchedModel>;
}
