import type { ApiObject, ObjectKey, OwnerReference } from '@berth/control';
import { kindInfo } from '../kinds/kind-info.ts';
import { ownersOf } from './stored-object.ts';

/** The finalizer of an object that waits for what it owns. */
export const FOREGROUND = 'foregroundDeletion';

/** What foreground deletion needs of the store. */
export interface OwnedObjects {
  all(): readonly ApiObject[];
  get(key: ObjectKey): ApiObject | undefined;
  delete(key: ObjectKey): void;
  update(object: ApiObject): void;
  /** Stores that an object is being deleted and waits for what it owns. */
  hold(object: ApiObject): void;
}

/**
 * Deletes what an object owns first, and the object with the last of what holds it (`blockOwnerDeletion`), as
 * Kubernetes' foreground propagation does. Pods are not deleted here: they go when their process has ended.
 */
export class ForegroundDeletion {
  readonly #store: OwnedObjects;

  constructor(store: OwnedObjects) {
    this.#store = store;
  }

  delete(key: ObjectKey): void {
    const current = this.#store.get(key);
    if (current === undefined) return;
    if (this.#ownedBy(current.metadata.uid).length === 0) {
      this.#store.delete(key);
      return;
    }
    if (!isHeld(current)) this.#store.hold(current);
    this.#deleteOwned(current.metadata.uid);
    this.finish(current.metadata.uid);
  }

  /** Lets an owner go that waits for what it owned, where nothing of that holds it any more. */
  finish(uid: string): void {
    const owner = this.#store.all().find((object) => object.metadata.uid === uid && isHeld(object));
    if (owner === undefined) return;
    const holds = (one: OwnerReference) => one.uid === uid && one.blockOwnerDeletion === true;
    if (this.#ownedBy(uid).some((object) => ownersOf(object).some(holds))) return;
    const finalizers = (owner.metadata.finalizers ?? []).filter((one) => one !== FOREGROUND);
    this.#store.update({ ...owner, metadata: { ...owner.metadata, finalizers } });
  }

  /** After a restart: what was under way when the platform ended. */
  resume(onProblem: (message: string) => void): void {
    for (const { metadata } of this.#store.all().filter(isHeld)) {
      try {
        this.#deleteOwned(metadata.uid);
        this.finish(metadata.uid);
      } catch (thrown) {
        onProblem(`the deletion of ${metadata.name} could not go on: ${(thrown as Error).message}`);
      }
    }
  }

  #deleteOwned(uid: string): void {
    for (const object of this.#ownedBy(uid)) {
      if (isHeld(object) || kindInfo(object.kind)?.isEphemeral) continue;
      const { name, namespace } = object.metadata;
      this.delete({ kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) });
    }
  }

  #ownedBy(uid: string): readonly ApiObject[] {
    return this.#store.all().filter((object) => ownersOf(object).some((one) => one.uid === uid));
  }
}

function isHeld({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FOREGROUND);
}
