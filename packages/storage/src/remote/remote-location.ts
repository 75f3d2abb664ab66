import type { RemoteStore } from './remote-store.ts';

/** Where a URI leads: a store, and what to list in it. */
export interface RemoteLocation {
  /** Close it when the download is over. */
  readonly store: RemoteStore;
  readonly prefix: string;
}
