/** One file of a remote store, as a listing tells it. */
export interface RemoteObject {
  /** Its full name in the store: what `read` needs to find it. */
  readonly key: string;
  /** Where its bytes go below the model's folder, with forward slashes; default the key. Not yet checked: hostile input. */
  readonly path?: string;
  /** Bytes, as `read` gives them. */
  readonly size: number;
  /** Changes when the content does; as the store writes it, quotes included. Not a digest. */
  readonly etag?: string;
  /** Lower-case hex digest of the whole content, where the store tells one that can be trusted. */
  readonly sha256?: string;
  /** Lower-case hex digest of the whole content, where the store tells one that can be trusted. */
  readonly md5?: string;
  /** Lower-case hex: SHA-1 as git has it for a file of that content. */
  readonly gitSha1?: string;
  readonly lastModified?: Date;
}

/** Bytes from `start` up to, not including, `end`; to the end of the object where that is absent. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/**
 * A place that has files and can read parts of them. It knows nothing of caches, retries over whole files or where bytes
 * go; whoever downloads does. A request that fails before its first byte is tried again inside where the store's own
 * client does so.
 */
export interface RemoteStore {
  /** What it is, for messages: `s3://bucket`, without credentials. */
  readonly name: string;
  /**
   * The files under a prefix, or the one file of that very name, each with `path` set.
   * @throws StorageError NotFound (also where nothing lies under the prefix), AccessDenied, DownloadFailed …
   */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<RemoteObject>;
  /**
   * Reads a part of an object in the version that was listed. Exactly the range or an error; ends early only by throwing.
   * @throws StorageError ObjectChanged where the object has another content by now
   */
  read(object: RemoteObject, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Ends idle connections. */
  close?(): Promise<void>;
}
