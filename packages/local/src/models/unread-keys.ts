import { checkObject } from '@berth/api';
import type { ApiObject, ObjectKey, ResourceStore } from '@berth/control';

/** Remembers which objects were looked at, so that what nothing reads on them can be told where it matters. */
export class LookedAt {
  readonly #store: ResourceStore;
  readonly #objects = new Map<string, ApiObject>();

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  get(key: ObjectKey): ApiObject | undefined {
    const object = this.#store.get(key);
    if (object !== undefined) this.#objects.set(`${key.kind} ${key.name}`, object);
    return object;
  }

  /** Annotations on them that look meant for the download and that nothing reads, with what was meant. */
  warnings(): string[] {
    return [...this.#objects].flatMap(([label, object]) =>
      checkObject(object, { strict: false })
        .filter(({ severity, path }) => severity === 'warning' && path.startsWith('metadata.annotations'))
        .map(({ message, hint }) => `${label}: ${message}${hint === undefined ? '' : `; ${hint}`}`),
    );
  }
}
