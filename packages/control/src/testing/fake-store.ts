import {
  type ApiObject,
  type DraftObject,
  type ObjectKey,
  type ResourceStore,
  StoreError,
  type StoreEvent,
} from '../store/resource-store.ts';

const CLUSTER_KINDS: ReadonlySet<string> = new Set(['ClusterServingRuntime', 'Namespace']);

/** Thrown in place of a write where the controller is to die. */
export class CrashError extends Error {}

/** A resource store in memory that behaves as the contract says. */
export class FakeStore implements ResourceStore {
  readonly #objects = new Map<string, ApiObject>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #now: () => Date;
  #version = 0;
  #uids = 0;
  #crash: { left: number; readonly die: () => void } | undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** The controller's n-th write from now fails, and every one after it, until `forController` is asked for the next one. */
  crashAfter(writes: number | undefined, die: () => void): void {
    this.#crash = writes === undefined ? undefined : { left: writes, die };
  }

  /** The store as one controller sees it: it dies where `crashAfter` says. */
  forController(): ResourceStore {
    let isDead = false;
    const write = <T>(act: () => T): T => {
      if (!isDead && this.#crash !== undefined && --this.#crash.left <= 0) {
        const { die } = this.#crash;
        this.#crash = undefined;
        isDead = true;
        die();
      }
      if (isDead) throw new CrashError('the controller has died');
      return act();
    };
    return {
      get: (key) => this.get(key),
      list: (kind, options) => this.list(kind, options),
      create: (object) => write(() => this.create(object)),
      update: (object) => write(() => this.update(object)),
      updateStatus: (object) => write(() => this.updateStatus(object)),
      delete: (key) => write(() => this.delete(key)),
      watch: (listener) => this.watch(listener),
    };
  }

  get(key: ObjectKey): ApiObject | undefined {
    return this.#objects.get(idOf(key));
  }

  list(
    kind: string,
    options: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> } = {},
  ): readonly ApiObject[] {
    return [...this.#objects.values()]
      .filter((one) => one.kind === kind)
      .filter((one) => options.namespace === undefined || one.metadata.namespace === options.namespace)
      .filter((one) =>
        Object.entries(options.labels ?? {}).every(([key, value]) => one.metadata.labels?.[key] === value),
      )
      .sort((left, right) => (idOf(keyOf(left)) < idOf(keyOf(right)) ? -1 : 1));
  }

  create(draft: DraftObject): ApiObject {
    const isCluster = CLUSTER_KINDS.has(draft.kind as string);
    const metadata = {
      ...draft.metadata,
      ...(isCluster ? {} : { namespace: draft.metadata.namespace ?? 'default' }),
      uid: `uid-${++this.#uids}`,
      resourceVersion: String(++this.#version),
      creationTimestamp: this.#now().toISOString(),
      generation: 1,
    };
    const object = freeze({ ...draft, metadata } as ApiObject);
    const id = idOf(keyOf(object));
    if (this.#objects.has(id)) throw new StoreError('AlreadyExists', `${id} already exists`);
    for (const owner of object.metadata.ownerReferences ?? []) {
      const alive = [...this.#objects.values()].some((one) => one.metadata.uid === owner.uid);
      if (!alive) throw new StoreError('Invalid', `${id} has an owner that is not there: ${owner.name}`);
    }
    this.#objects.set(id, object);
    this.#tell({ type: 'ADDED', object });
    return object;
  }

  update(object: ApiObject): ApiObject {
    const current = this.#current(object);
    const { status: _mine, ...mine } = object;
    const hasChanged = JSON.stringify(specOf(mine)) !== JSON.stringify(specOf(current));
    const next = {
      ...mine,
      ...(current.status === undefined ? {} : { status: current.status }),
      metadata: { ...object.metadata, generation: current.metadata.generation + (hasChanged ? 1 : 0) },
    } as ApiObject;
    return this.#replace(current, next);
  }

  updateStatus(object: ApiObject): ApiObject {
    const current = this.#current(object);
    return this.#replace(current, { ...current, status: object.status });
  }

  delete(key: ObjectKey): void {
    const object = this.get(key);
    if (object === undefined) return;
    if ((object.metadata.finalizers ?? []).length > 0) {
      if (object.metadata.deletionTimestamp !== undefined) return;
      this.#replace(object, {
        ...object,
        metadata: { ...object.metadata, deletionTimestamp: this.#now().toISOString() },
      });
      return;
    }
    this.#objects.delete(idOf(key));
    this.#tell({ type: 'DELETED', object });
    for (const one of [...this.#objects.values()]) {
      if (one.metadata.ownerReferences?.some((owner) => owner.uid === object.metadata.uid)) this.delete(keyOf(one));
    }
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #current(object: ApiObject): ApiObject {
    const key = keyOf(object);
    const current = this.get(key);
    if (current === undefined) throw new StoreError('NotFound', `${idOf(key)} is not there`);
    if (object.metadata.resourceVersion !== current.metadata.resourceVersion) {
      throw new StoreError('Conflict', `${idOf(key)} has changed`);
    }
    return current;
  }

  #replace(previous: ApiObject, next: ApiObject): ApiObject {
    const object = freeze({ ...next, metadata: { ...next.metadata, resourceVersion: String(++this.#version) } });
    const id = idOf(keyOf(object));
    const isGone = object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
    if (isGone) {
      this.#objects.set(id, object);
      this.delete(keyOf(object));
      return object;
    }
    this.#objects.set(id, object);
    this.#tell({ type: 'MODIFIED', object, previous });
    return object;
  }

  #tell(event: StoreEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function keyOf(object: ApiObject): ObjectKey {
  const { namespace, name } = object.metadata;
  return { kind: object.kind, ...(namespace === undefined ? {} : { namespace }), name };
}

function idOf(key: ObjectKey): string {
  return `${key.kind}/${CLUSTER_KINDS.has(key.kind) ? '' : (key.namespace ?? '')}/${key.name}`;
}

function specOf(object: Record<string, unknown>): unknown {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

function freeze<T>(value: T): T {
  const copy = structuredClone(value);
  deepFreeze(copy);
  return copy;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const one of Object.values(value)) deepFreeze(one);
}
