import type { FailureReason } from '@berth/api';

/** The files that one component of a service needs. */
export interface ModelRequest {
  readonly namespace: string;
  readonly service: string;
  /** As written; absent where `storage` gives it. */
  readonly uri?: string;
  /** KServe's `storage:` block. */
  readonly storage?: {
    readonly key?: string;
    readonly path?: string;
    readonly parameters?: Readonly<Record<string, string>>;
  };
  readonly serviceAccountName?: string;
  /** The service's annotations (storageSecretName and others). */
  readonly annotations: Readonly<Record<string, string>>;
  /** The component's environment as far as it speaks of storage (STORAGE_ALLOW_PATTERNS, …). */
  readonly env: Readonly<Record<string, string>>;
  /** Lower-case hex; other bytes are refused. */
  readonly sha256?: string;
  /** Another value asks the source anew: `rollout restart`, polling. */
  readonly refresh: string;
}

/** How far the files of a request are. */
export type ModelState =
  | { readonly state: 'fetching'; readonly message: string; readonly doneBytes: number; readonly totalBytes?: number }
  | {
      readonly state: 'ready';
      /** A file or folder that does not change. */
      readonly path: string;
      /** SHA-256 over the tree (names and bytes), lower-case hex. */
      readonly digest: string;
      readonly bytes: number;
      readonly fromCache: boolean;
      readonly milliseconds: number;
    }
  | {
      readonly state: 'failed';
      /** CamelCase: NotFound, AccessDenied, DownloadFailed, DigestMismatch, StorageFull, … */
      readonly reason: string;
      readonly kserveReason: FailureReason;
      readonly message: string;
      /** When it is tried again by itself; absent where only a change helps. */
      readonly retryAt?: Date;
    };

/** Brings models to this machine, in the background. */
export interface ModelSource {
  /** The state of a request; the first call starts the work, the same request again joins it. Never throws. */
  ask(request: ModelRequest): ModelState;
  /** The bytes of an older revision, if they are still here: `undefined` where they would have to be fetched. */
  find(digest: string): string | undefined;
  /** Nobody needs the work of this service any more: downloads under way end. */
  forget(service: { readonly namespace: string; readonly service: string }): void;
  /** Things worth an event that were noticed on the way, e.g. a setting that contradicts another. */
  warnings(service: { readonly namespace: string; readonly service: string }): readonly string[];
  /** Called when the state of a request of this service changed. Returns how to stop. */
  onChange(listener: (service: { readonly namespace: string; readonly service: string }) => void): () => void;
}
