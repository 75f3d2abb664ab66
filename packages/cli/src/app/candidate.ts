import type { DiscoveredModel } from '@berth/formats';
import type { ModelCandidate } from '@berth/server';

/** A discovered model as the repository takes it: a problem is thrown by loading, with its reason. */
export interface DiscoveredCandidate extends ModelCandidate {
  /** Absent where there is a `problem`. */
  readonly found?: DiscoveredModel;
}

/** Wraps what `discoverModels` found. */
export function candidatesOf(found: readonly DiscoveredModel[]): DiscoveredCandidate[] {
  return found.map((one) => ({
    name: one.name,
    ...(one.version === undefined ? {} : { version: one.version }),
    found: one,
  }));
}
