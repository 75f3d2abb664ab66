import type { ObjectMeta } from '@berth/api';

/** Metadata of a stored object: what the server sets is there. */
export interface StoredMeta extends ObjectMeta {
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  /** 1 at first; grows with each change of anything but metadata and status. */
  generation: number;
  ownerReferences?: OwnerReference[];
}

/** A reference to the object whose deletion takes this one along. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Any object of the API. Treat as immutable: the store hands out what it holds. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: StoredMeta;
  [field: string]: unknown;
}

/** An object that is not stored yet. */
export type DraftObject = Omit<ApiObject, 'metadata'> & {
  metadata: ObjectMeta & { ownerReferences?: OwnerReference[] };
};

/** Names an object; `namespace` is absent for kinds of the whole cluster. Kinds have unique names here. */
export interface ObjectKey {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** What happened to an object. `previous` is absent for what was added. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
  readonly previous?: ApiObject;
}

/** Reasons of `metav1.Status`, as clients know them. */
export type StoreErrorReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Invalid'
  | 'BadRequest'
  | 'Forbidden'
  | 'Expired'
  | 'MethodNotAllowed';

/** A change that the store refuses. */
export class StoreError extends Error {
  readonly reason: StoreErrorReason;

  constructor(reason: StoreErrorReason, message: string) {
    super(message);
    this.name = 'StoreError';
    this.reason = reason;
  }
}

/** Who makes a change, for the audit log. */
export interface Actor {
  /** E.g. `berth:controller`, or the user of the token. */
  readonly name: string;
}

/**
 * The resource store as controllers see it: synchronous, every write durable when it returns, conflicts by
 * resourceVersion. Metadata that a server owns is set by it.
 */
export interface ResourceStore {
  get(key: ObjectKey): ApiObject | undefined;
  /** In order of namespace and name. `labels` must all match. */
  list(
    kind: string,
    options?: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> },
  ): readonly ApiObject[];
  /** @throws StoreError AlreadyExists */
  create(object: DraftObject): ApiObject;
  /** Replaces everything but status. @throws StoreError NotFound, or Conflict where the resourceVersion is not the current one */
  update(object: ApiObject): ApiObject;
  /** Replaces the status alone. @throws StoreError NotFound, Conflict */
  updateStatus(object: ApiObject): ApiObject;
  /** Marks for deletion where there are finalizers, else removes, together with what it owns. Gone already is fine. */
  delete(key: ObjectKey): void;
  /** Every change from now on, in order, told after it is durable. Returns how to stop. */
  watch(listener: (event: StoreEvent) => void): () => void;
}
