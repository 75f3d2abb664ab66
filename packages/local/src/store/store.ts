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
import { writeBackup } from './backup.ts';
import { ChangeLog, type LoggedEvent } from './change-log.ts';
import { isEqual } from './equal.ts';
import { expiredEvents } from './event-expiry.ts';
import { FOREGROUND, ForegroundDeletion } from './foreground-deletion.ts';
import { deepFreeze } from './freeze.ts';
import { ObjectTable } from './object-table.ts';
import type { SecretBox } from './secret-box.ts';
import {
  byName,
  groupSuffix,
  isFree,
  isMeantDifferently,
  keptMeta,
  keyFor,
  keyOf,
  ownersOf,
  timestamp,
  withoutServerMeta,
} from './stored-object.ts';

/** What a store needs. */
export interface StoreOptions {
  readonly database: DatabaseSync;
  /** Where the database lies: its copy goes beside it. */
  readonly file: string;
  readonly secrets: SecretBox;
  readonly now: () => Date;
  /** Told of stored objects that can not be read, which are left out, and of copies that could not be made. */
  readonly onProblem: (message: string) => void;
  /** Numbers of changes start above this. */
  readonly firstRevision?: number;
}

/** Numbers are reserved in blocks: objects in memory take them, too, and after a crash none may be given out again. */
const BLOCK = 1_000;
/** A change is in the copy of the database after this time. */
const BACKUP_MS = 60_000;
const SWEEP_MS = 60_000;

/**
 * All objects in memory, with every write in the database before it shows. Kinds that are ephemeral stay in memory.
 */
export class ObjectStore implements ResourceStore {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #table: ObjectTable;
  readonly #onProblem: (message: string) => void;
  readonly #now: () => Date;
  readonly #objects = new Map<string, Map<string, ApiObject>>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #log: ChangeLog;
  readonly #foreground = new ForegroundDeletion({
    all: () => [...this.#objects.values()].flatMap((kind) => [...kind.values()]),
    get: (key) => this.get(key),
    delete: (key) => this.delete(key),
    update: (object) => this.update(object),
    hold: (object) => this.#write(this.#infoOf(object.kind), this.#marked(object, [FOREGROUND]), object),
  });
  #revision: number;
  /** Changes that wait to be told; a listener may write, and order must hold. */
  #queue: LoggedEvent[] = [];
  #isTelling = false;

  /** Numbers up to this one are reserved on the disk. */
  #reserved: number;
  #backup: NodeJS.Timeout | undefined;
  #lastSweep = 0;

  constructor(options: StoreOptions) {
    this.#database = options.database;
    this.#file = options.file;
    this.#onProblem = options.onProblem;
    this.#now = options.now;
    this.#table = new ObjectTable(options.database, options.secrets);
    this.#reserved = this.#table.reserved;
    for (const object of this.#table.load(options.onProblem)) this.#keep(deepFreeze(object));
    this.#revision = Math.max(this.#reserved, options.firstRevision ?? 0);
    this.#log = new ChangeLog(this.#revision);
    this.#foreground.resume(options.onProblem);
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
    if (kind === 'Event') this.#sweepEvents();
    const wanted = Object.entries(options.labels ?? {});
    const found = [...(this.#objects.get(kind)?.values() ?? [])].filter(({ metadata }) => {
      if (options.namespace !== undefined && metadata.namespace !== options.namespace) return false;
      return wanted.every(
        ([label, value]) => Object.hasOwn(metadata.labels ?? {}, label) && metadata.labels?.[label] === value,
      );
    });
    return found.sort(byName);
  }

  /** All of a kind as they were at a revision, in order; undefined where that is too long ago to know. */
  listAt(kind: string, revision: number): readonly ApiObject[] | undefined {
    const changes = revision > this.#revision ? undefined : this.#log.since(revision);
    if (changes === undefined) return undefined;
    const objects = new Map(this.#objects.get(kind));
    for (const { type, object, previous } of changes.toReversed()) {
      if (object.kind !== kind) continue;
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      if (type === 'ADDED') objects.delete(key);
      else objects.set(key, previous ?? object);
    }
    return [...objects.values()].sort(byName);
  }

  create(object: DraftObject): ApiObject {
    const info = this.#infoOf(object.kind as string);
    if (info.kind === 'Event') this.#sweepEvents();
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
    const { info, current, next } = this.#changed(object);
    if (next === current) return current;
    if (next.metadata.deletionTimestamp !== undefined && isFree(next.metadata) && this.#isEmptied(next)) {
      return this.#remove(info, next);
    }
    const written = this.#write(info, next, current);
    if (!isEqual(ownersOf(current), ownersOf(written))) {
      for (const { uid } of ownersOf(current)) this.#foreground.finish(uid);
    }
    return written;
  }

  /** What `update` would store, but for its new version. @throws StoreError as `update` does */
  preview(object: ApiObject): ApiObject {
    return this.#changed(object).next;
  }

  /** What an update makes of an object: `current` itself where it changes nothing. */
  #changed(object: ApiObject): { info: KindInfo; current: ApiObject; next: ApiObject } {
    const { info, current } = this.#currentOf(object);
    const metadata = keptMeta(object.metadata, current.metadata);
    const next: ApiObject = { ...object, metadata };
    if (info.hasStatus) {
      if (current.status === undefined) delete next.status;
      else next.status = current.status;
    }
    if (isMeantDifferently(next, current)) metadata.generation = current.metadata.generation + 1;
    return { info, current, next: isEqual(next, current) ? current : next };
  }

  updateStatus(object: ApiObject): ApiObject {
    const { info, current, next } = this.#withStatus(object);
    return next === current ? current : this.#write(info, next, current);
  }

  /** What `updateStatus` would store, but for its new version. @throws StoreError as `updateStatus` does */
  previewStatus(object: ApiObject): ApiObject {
    return this.#withStatus(object).next;
  }

  /** The status of an object, and who owns it, over what is stored. */
  #withStatus(object: ApiObject): { info: KindInfo; current: ApiObject; next: ApiObject } {
    const { info, current } = this.#currentOf(object);
    const { managedFields } = object.metadata;
    const metadata = { ...current.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
    const next: ApiObject = { ...current, metadata };
    if (object.status === undefined) delete next.status;
    else next.status = object.status;
    return { info, current, next: isEqual(next, current) ? current : next };
  }

  delete(key: ObjectKey): void {
    const current = this.get(key);
    if (current === undefined) return;
    const info = this.#infoOf(key.kind);
    if (isFree(current.metadata) && this.#isEmptied(current)) {
      this.#remove(info, current);
      return;
    }
    if (current.metadata.deletionTimestamp === undefined) this.#write(info, this.#marked(current), current);
    if (info.kind === 'Namespace') this.#empty(key.name);
  }

  /** What `delete` would leave of an object: undefined where it would be gone at once. */
  previewDelete(key: ObjectKey): ApiObject | undefined {
    const current = this.get(key);
    if (current === undefined || (isFree(current.metadata) && this.#isEmptied(current))) return undefined;
    return current.metadata.deletionTimestamp === undefined ? this.#marked(current) : current;
  }

  /** The object as one that is being deleted, with further finalizers. */
  #marked(current: ApiObject, more: readonly string[] = []): ApiObject {
    const finalizers = [...new Set([...(current.metadata.finalizers ?? []), ...more])];
    const isMarked = current.metadata.deletionTimestamp !== undefined;
    const metadata = {
      ...current.metadata,
      deletionTimestamp: current.metadata.deletionTimestamp ?? timestamp(this.#now()),
      ...(current.kind === 'Namespace' ? {} : { deletionGracePeriodSeconds: 0 }),
      ...(finalizers.length === 0 ? {} : { finalizers }),
      generation: current.metadata.generation + (isMarked ? 0 : 1),
    };
    const status = current.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {};
    return { ...current, metadata, ...status };
  }

  /** Deletes what an object owns first, and the object with the last of what holds it. */
  deleteForeground(key: ObjectKey): void {
    this.#foreground.delete(key);
  }

  /** Deletes everything in a namespace that is being deleted; it goes with the last of them. */
  #empty(namespace: string): void {
    for (const kind of this.#objects.values()) {
      for (const { kind: ofKind, metadata } of [...kind.values()]) {
        if (metadata.namespace !== namespace || ofKind === 'Event') continue;
        this.delete({ kind: ofKind, name: metadata.name, namespace });
      }
    }
    this.#finishNamespace(namespace);
  }

  /** Whether nothing keeps it but itself: a namespace stays while something is in it. Events do not count. */
  #isEmptied(object: ApiObject): boolean {
    if (object.kind !== 'Namespace') return true;
    const prefix = keyOf(object.metadata.name, '');
    for (const [kind, objects] of this.#objects) {
      if (kind === 'Event') continue;
      for (const key of objects.keys()) if (key.startsWith(prefix)) return false;
    }
    return true;
  }

  #finishNamespace(name: string): void {
    const current = this.get({ kind: 'Namespace', name });
    if (current?.metadata.deletionTimestamp === undefined) return;
    if (isFree(current.metadata) && this.#isEmptied(current)) this.#remove(this.#infoOf('Namespace'), current);
  }

  /** Lets what an object owns stay when it goes. */
  orphanOwnedBy(owner: ApiObject): void {
    const { uid } = owner.metadata;
    for (const kind of this.#objects.values()) {
      for (const object of [...kind.values()]) {
        const references = (object.metadata.ownerReferences ?? []) as readonly OwnerReference[];
        if (!references.some((one) => one.uid === uid)) continue;
        const kept = references.filter((one) => one.uid !== uid);
        const { ownerReferences: _all, ...metadata } = object.metadata;
        this.update({ ...object, metadata: kept.length === 0 ? metadata : { ...metadata, ownerReferences: kept } });
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

  /** Copies the database where something changed since the last copy. */
  backUp(): void {
    if (this.#backup === undefined) return;
    clearTimeout(this.#backup);
    this.#backup = undefined;
    try {
      writeBackup(this.#database, this.#file);
    } catch (thrown) {
      this.#onProblem(`the database could not be copied, the last copy stays: ${(thrown as Error).message}`);
    }
  }

  close(): void {
    this.#listeners.clear();
    this.backUp();
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
    const copy = structuredClone(object);
    copy.metadata.resourceVersion = String(revision);
    const frozen = deepFreeze(copy);
    if (info.isEphemeral) this.#reserve(revision);
    else this.#durably(revision, (reserve) => this.#table.put(info, frozen, reserve));
    this.#revision = revision;
    this.#keep(frozen);
    this.#tell(
      previous === undefined
        ? { type: 'ADDED', object: frozen, revision }
        : { type: 'MODIFIED', object: frozen, previous, revision },
    );
    return frozen;
  }

  #remove(info: KindInfo, object: ApiObject): ApiObject {
    const [last] = this.#removeAll(info, [object]);
    if (info.kind !== 'Event') this.#removeOwnedBy(object);
    for (const { uid } of ownersOf(object)) this.#foreground.finish(uid);
    if (info.kind === 'Namespace') {
      const inside = [...(this.#objects.get('Event')?.values() ?? [])];
      const { name } = object.metadata;
      this.#removeAll(
        this.#infoOf('Event'),
        inside.filter((event) => event.metadata.namespace === name),
      );
    } else if (object.metadata.namespace !== undefined) this.#finishNamespace(object.metadata.namespace);
    return last as ApiObject;
  }

  /** Removes objects of one kind in one transaction, and gives them as they were at their end. */
  #removeAll(info: KindInfo, objects: readonly ApiObject[]): ApiObject[] {
    if (objects.length === 0) return [];
    const end = this.#revision + objects.length;
    if (info.isEphemeral) this.#reserve(end);
    else this.#durably(end, (reserve) => this.#table.drop(objects, reserve));
    const events = objects.map((object): LoggedEvent => {
      this.#revision += 1;
      const { namespace, name } = object.metadata;
      const kept = this.#objects.get(info.kind);
      const previous = kept?.get(keyOf(namespace, name));
      kept?.delete(keyOf(namespace, name));
      const last = structuredClone(object);
      last.metadata.resourceVersion = String(this.#revision);
      const revision = this.#revision;
      return { type: 'DELETED', object: deepFreeze(last), ...(previous === undefined ? {} : { previous }), revision };
    });
    for (const event of events) this.#tell(event);
    return events.map((event) => event.object);
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

  #keep(object: ApiObject): void {
    const kind = this.#objects.get(object.kind) ?? new Map<string, ApiObject>();
    this.#objects.set(object.kind, kind);
    kind.set(keyOf(object.metadata.namespace, object.metadata.name), object);
  }

  /** Writes, together with the next block of numbers where this one is used up. */
  #durably(revision: number, change: (reserve: number | undefined) => void): void {
    const reserve = revision > this.#reserved ? revision + BLOCK : undefined;
    change(reserve);
    if (reserve !== undefined) this.#reserved = reserve;
    this.#backup ??= setTimeout(() => this.backUp(), BACKUP_MS).unref();
  }

  /** What lives in memory alone goes on where the disk is full: a number may then be seen twice after a crash. */
  #reserve(revision: number): void {
    if (revision <= this.#reserved) return;
    try {
      this.#table.reserve(revision + BLOCK);
      this.#reserved = revision + BLOCK;
    } catch {}
  }

  #sweepEvents(): void {
    const now = this.#now();
    if (Math.abs(now.getTime() - this.#lastSweep) < SWEEP_MS) return;
    this.#lastSweep = now.getTime();
    const events = [...(this.#objects.get('Event')?.values() ?? [])];
    try {
      this.#removeAll(this.#infoOf('Event'), expiredEvents(events, now));
    } catch {
      // A full disk: they go with a later sweep.
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
}
