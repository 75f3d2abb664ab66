import type { StoreEvent } from '@berth/control';

/** An event with its place in the order of all changes. */
export interface LoggedEvent extends StoreEvent {
  readonly revision: number;
}

/** Each keeps two versions of an object alive, tens of kilobytes; a client that was away for longer lists anew. */
const CAPACITY = 1_000;

/** The last changes, so that a watch can go on where it broke off. */
export class ChangeLog {
  readonly #capacity: number;
  #events: LoggedEvent[] = [];
  /** Changes up to this one are no longer known. */
  #forgotten: number;

  constructor(startRevision: number, capacity = CAPACITY) {
    this.#forgotten = startRevision;
    this.#capacity = capacity;
  }

  add(event: LoggedEvent): void {
    this.#events.push(event);
    if (this.#events.length < this.#capacity * 2) return;
    const cut = this.#events.length - this.#capacity;
    this.#forgotten = this.#events[cut - 1]?.revision ?? this.#forgotten;
    this.#events = this.#events.slice(cut);
  }

  /** Everything after `revision`; undefined where that is too long ago. */
  since(revision: number): readonly LoggedEvent[] | undefined {
    if (revision < this.#forgotten) return undefined;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle] as LoggedEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }
}
