import type { ByteRange } from './remote-store.ts';

/** A file as a cloud's own listing has it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag?: string;
  /** Lower-case hex of the whole content. */
  readonly md5?: string;
  readonly lastModified?: Date;
  /** The cloud says that this stands for a folder. */
  readonly isFolder?: boolean;
}

/** A part of a listing. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Folders below the prefix, each with the delimiter at its end; only where a delimiter was asked for. */
  readonly folders: readonly string[];
  /** For the next page; absent at the end. */
  readonly next?: string;
}

export interface ListQuery {
  readonly prefix: string;
  readonly delimiter?: '/';
  readonly limit: number;
  readonly next?: string;
}

/**
 * One bucket or container by its cloud's own client. Throws CloudFailure (or a StorageError of the network below); makes
 * one try at each call.
 */
export interface CloudClient {
  list(query: ListQuery, signal: AbortSignal | undefined): Promise<ListPage>;
  /** The bytes of the version with that etag; the failure has status 412 where there is another by now. */
  read(
    object: { readonly key: string; readonly etag?: string },
    range: ByteRange | undefined,
    signal: AbortSignal | undefined,
  ): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

/** What a cloud answered instead of what was asked for. */
export class CloudFailure extends Error {
  /** The cloud's word for it, e.g. NoSuchBucket; empty where there is none. */
  readonly code: string;
  /** Of HTTP; absent where there was no answer. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** Further facts of the answer, such as the region of the bucket. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string,
    options: {
      readonly status?: number | undefined;
      readonly retryAfterSeconds?: number | undefined;
      readonly details?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CloudFailure';
    this.code = code;
    this.details = options.details ?? {};
    if (options.status !== undefined) this.status = options.status;
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
