import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  type ApiObject,
  type DraftObject,
  type ObjectKey,
  type OwnerReference,
  type ResourceStore,
  type StoredMeta,
  StoreError,
  type StoreEvent,
} from '@berth/control';
import { type KindInfo, kindInfo } from '../kinds/kind-info.ts';
import { ChangeLog, type LoggedEvent } from './change-log.ts';
import { isEqual } from './equal.ts';
import { deepFreeze } from './freeze.ts';
import type { SecretBox } from './secret-box.ts';

/** What a store needs. */
export interface StoreOptions {
  readonly database: DatabaseSync;
  readonly secrets: SecretBox;
  readonly now: () => Date;
  /** Told of stored objects that can not be read, which are left out. */
  readonly onProblem: (message: string) => void;
}

/** Fields of metadata that only the server sets. */
const SERVER_META = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'selfLink',
] as const;

/**
 * All objects in memory, with every write in the database before it shows. Kinds that are ephemeral stay in memory.
 */
export class ObjectStore implements ResourceStore {
  readonly #database: DatabaseSync;
  readonly #secrets: SecretBox;
  readonly #now: () => Date;
  readonly #objects = new Map<string, Map<string, ApiObject>>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #log: ChangeLog;
  #revision: number;
  /** Changes that wait to be told; a listener may write, and order must hold. */
  #queue: LoggedEvent[] = [];
  #isTelling = false;

  constructor(options: StoreOptions) {
    this.#database = options.database;
    this.#secrets = options.secrets;
    this.#now = options.now;
    const row = this.#database.prepare("SELECT value FROM counters WHERE name = 'revision'").get() as { value: number };
    this.#revision = row.value;
    this.#load(options.onProblem);
    // Ephemeral objects took numbers that were not written down: a client must not resume into them.
    this.#revision += 1_000;
    this.#log = new ChangeLog(this.#revision);
  }

  /** The number of the last change; `resourceVersion` of lists. */
  get revision(): number {
    return this.#revision;
  }

  get({ kind, namespace, name }: ObjectKey): ApiObject | undefined {
    return this.#objects.get(kind)?.get(keyOf(namespace, name));
  }

  list(
    kind: string,
    options: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> } = {},
  ): readonly ApiObject[] {
    const wanted = Object.entries(options.labels ?? {});
    const found = [...(this.#objects.get(kind)?.values() ?? [])].filter(({ metadata }) => {
      if (options.namespace !== undefined && metadata.namespace !== options.namespace) return false;
      return wanted.every(
        ([label, value]) => Object.hasOwn(metadata.labels ?? {}, label) && metadata.labels?.[label] === value,
      );
    });
    return found.sort(byName);
  }

  create(object: DraftObject): ApiObject {
    const info = this.#infoOf(object.kind as string);
    const { name, namespace } = object.metadata;
    if (this.get(keyFor(info, namespace, name)) !== undefined) {
      throw new StoreError('AlreadyExists', `${info.plural}${groupSuffix(info)} "${name}" already exists`);
    }
    const metadata: StoredMeta = {
      ...withoutServerMeta(object.metadata),
      uid: randomUUID(),
      resourceVersion: '',
      generation: 1,
      creationTimestamp: timestamp(this.#now()),
    };
    if (!info.isNamespaced) delete metadata.namespace;
    return this.#write(info, { ...object, metadata } as ApiObject, undefined);
  }

  update(object: ApiObject): ApiObject {
    const { info, current } = this.#currentOf(object);
    const metadata = keptMeta(object.metadata, current.metadata);
    const next: ApiObject = { ...object, metadata };
    if (info.hasStatus) {
      if (current.status === undefined) delete next.status;
      else next.status = current.status;
    }
    if (isMeantDifferently(next, current)) metadata.generation = current.metadata.generation + 1;
    if (isEqual(next, current)) return current;
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) {
      return this.#remove(info, { ...next });
    }
    return this.#write(info, next, current);
  }

  updateStatus(object: ApiObject): ApiObject {
    const { info, current } = this.#currentOf(object);
    const next: ApiObject = { ...current, metadata: { ...current.metadata }, status: object.status };
    if (isEqual(next, current)) return current;
    return this.#write(info, next, current);
  }

  delete(key: ObjectKey): void {
    const current = this.get(key);
    if (current === undefined) return;
    const info = this.#infoOf(key.kind);
    if ((current.metadata.finalizers ?? []).length === 0) {
      this.#remove(info, current);
      return;
    }
    if (current.metadata.deletionTimestamp !== undefined) return;
    const metadata = {
      ...current.metadata,
      deletionTimestamp: timestamp(this.#now()),
      generation: current.metadata.generation + 1,
    };
    this.#write(info, { ...current, metadata }, current);
  }

  /** Deletes everything in a namespace; what has finalizers goes when they are done. */
  emptyNamespace(namespace: string): void {
    for (const kind of this.#objects.values()) {
      for (const object of [...kind.values()]) {
        if (object.metadata.namespace !== namespace) continue;
        this.delete({ kind: object.kind, name: object.metadata.name, namespace });
      }
    }
  }

  /** Lets what an object owns stay when it goes. */
  orphanOwnedBy(owner: ApiObject): void {
    const { uid } = owner.metadata;
    for (const kind of this.#objects.values()) {
      for (const object of [...kind.values()]) {
        const references = (object.metadata.ownerReferences ?? []) as readonly OwnerReference[];
        if (!references.some((one) => one.uid === uid)) continue;
        const kept = references.filter((one) => one.uid !== uid);
        this.update({ ...object, metadata: { ...object.metadata, ownerReferences: kept } });
      }
    }
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes after a revision; undefined where that is too long ago to know. */
  changesSince(revision: number): readonly LoggedEvent[] | undefined {
    return this.#log.since(revision);
  }

  close(): void {
    this.#listeners.clear();
    this.#database.close();
  }

  #infoOf(kind: string): KindInfo {
    const info = kindInfo(kind);
    if (info === undefined) throw new StoreError('BadRequest', `there is no kind "${kind.slice(0, 100)}"`);
    return info;
  }

  #currentOf(object: ApiObject): { info: KindInfo; current: ApiObject } {
    const info = this.#infoOf(object.kind);
    const { name, namespace, resourceVersion, uid } = object.metadata;
    const current = this.get(keyFor(info, namespace, name));
    const shown = `${info.plural}${groupSuffix(info)} "${name}"`;
    if (current === undefined) throw new StoreError('NotFound', `${shown} not found`);
    const isOther = uid !== undefined && uid !== '' && uid !== current.metadata.uid;
    const isOld =
      resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== current.metadata.resourceVersion;
    if (isOther || isOld) {
      throw new StoreError(
        'Conflict',
        `Operation cannot be fulfilled on ${shown}: the object has been modified; please apply your changes to the latest version and try again`,
      );
    }
    return { info, current };
  }

  #write(info: KindInfo, object: ApiObject, previous: ApiObject | undefined): ApiObject {
    const revision = this.#revision + 1;
    object.metadata.resourceVersion = String(revision);
    const frozen = deepFreeze(structuredClone(object));
    const { namespace = '', name } = frozen.metadata;
    if (!info.isEphemeral) {
      const text = JSON.stringify(frozen);
      const data = info.isSecret ? this.#secrets.seal(text, `${info.kind}/${namespace}/${name}`) : Buffer.from(text);
      this.#commit(() => {
        this.#database
          .prepare('INSERT OR REPLACE INTO objects (kind, namespace, name, revision, data) VALUES (?, ?, ?, ?, ?)')
          .run(info.kind, namespace, name, revision, data);
      }, revision);
    }
    this.#revision = revision;
    const kind = this.#objects.get(info.kind) ?? new Map<string, ApiObject>();
    this.#objects.set(info.kind, kind);
    kind.set(keyOf(frozen.metadata.namespace, name), frozen);
    this.#tell(
      previous === undefined
        ? { type: 'ADDED', object: frozen, revision }
        : { type: 'MODIFIED', object: frozen, previous, revision },
    );
    return frozen;
  }

  #remove(info: KindInfo, object: ApiObject): ApiObject {
    const revision = this.#revision + 1;
    const { namespace, name } = object.metadata;
    if (!info.isEphemeral) {
      this.#commit(() => {
        this.#database
          .prepare('DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?')
          .run(info.kind, namespace ?? '', name);
      }, revision);
    }
    this.#revision = revision;
    const previous = this.#objects.get(info.kind)?.get(keyOf(namespace, name));
    this.#objects.get(info.kind)?.delete(keyOf(namespace, name));
    const last = deepFreeze({
      ...structuredClone(object),
      metadata: { ...structuredClone(object.metadata), resourceVersion: String(revision) },
    });
    this.#tell({ type: 'DELETED', object: last, ...(previous === undefined ? {} : { previous }), revision });
    this.#removeOwnedBy(object);
    return last;
  }

  /** What the object owned goes with it (background propagation). */
  #removeOwnedBy(owner: ApiObject): void {
    const { uid } = owner.metadata;
    for (const kind of this.#objects.values()) {
      for (const object of [...kind.values()]) {
        const references = (object.metadata.ownerReferences ?? []) as readonly OwnerReference[];
        if (!references.some((one) => one.uid === uid)) continue;
        const { namespace, name } = object.metadata;
        this.delete({ kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) });
      }
    }
  }

  #commit(change: () => void, revision: number): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      change();
      this.#database.prepare("UPDATE counters SET value = ? WHERE name = 'revision'").run(revision);
      this.#database.exec('COMMIT');
    } catch (thrown) {
      this.#database.exec('ROLLBACK');
      throw thrown;
    }
  }

  #tell(event: LoggedEvent): void {
    this.#log.add(event);
    this.#queue.push(event);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        for (const listener of [...this.#listeners]) listener(next);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  #load(onProblem: (message: string) => void): void {
    const rows = this.#database.prepare('SELECT kind, namespace, name, data FROM objects').iterate() as Iterable<{
      kind: string;
      namespace: string;
      name: string;
      data: Uint8Array;
    }>;
    for (const { kind, namespace, name, data } of rows) {
      const info = kindInfo(kind);
      if (info === undefined) {
        onProblem(
          `the stored ${kind} ${namespace}/${name} is of a kind that this build does not know; it is left as it is`,
        );
        continue;
      }
      try {
        const text = info.isSecret
          ? this.#secrets.open(data, `${kind}/${namespace}/${name}`)
          : Buffer.from(data).toString('utf8');
        const object = deepFreeze(JSON.parse(text) as ApiObject);
        const objects = this.#objects.get(kind) ?? new Map<string, ApiObject>();
        this.#objects.set(kind, objects);
        objects.set(keyOf(object.metadata.namespace, object.metadata.name), object);
      } catch {
        const why = info.isSecret ? 'can not be decrypted (was secret.key replaced?)' : 'can not be read';
        onProblem(`the stored ${kind} ${namespace}/${name} ${why}; apply it again`);
      }
    }
  }
}

function keyFor(info: KindInfo, namespace: string | undefined, name: string): ObjectKey {
  return { kind: info.kind, name, ...(info.isNamespaced && namespace !== undefined ? { namespace } : {}) };
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

function byName(left: ApiObject, right: ApiObject): number {
  const a = keyOf(left.metadata.namespace, left.metadata.name);
  const b = keyOf(right.metadata.namespace, right.metadata.name);
  return a < b ? -1 : a > b ? 1 : 0;
}

function groupSuffix(info: KindInfo): string {
  return info.group === '' ? '' : `.${info.group}`;
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function withoutServerMeta(metadata: DraftObject['metadata']): DraftObject['metadata'] {
  const copy = { ...metadata };
  for (const field of SERVER_META) delete copy[field];
  return copy;
}

/** The metadata of a change: what the server owns is as it was. */
function keptMeta(asked: StoredMeta, current: StoredMeta): StoredMeta {
  const metadata: StoredMeta = {
    ...asked,
    uid: current.uid,
    resourceVersion: current.resourceVersion,
    creationTimestamp: current.creationTimestamp,
    generation: current.generation,
  };
  if (current.deletionTimestamp === undefined) delete metadata.deletionTimestamp;
  else metadata.deletionTimestamp = current.deletionTimestamp;
  if (current.namespace === undefined) delete metadata.namespace;
  else metadata.namespace = current.namespace;
  return metadata;
}

/** Whether anything but metadata and status differs. */
function isMeantDifferently(next: ApiObject, current: ApiObject): boolean {
  const { metadata: _m, status: _s, ...left } = next;
  const { metadata: _n, status: _t, ...right } = current;
  return !isEqual(left, right);
}
