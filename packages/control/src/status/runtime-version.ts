import type { InferenceServiceStatus } from '@berth/api';
import type { ReplicaModel } from '../substrate/substrate.ts';

/** The version that a service asks of its runtime, held against the library that saved its model. */
export type RuntimeVersion = NonNullable<InferenceServiceStatus['runtimeVersion']>;

/**
 * Holds `runtimeVersion` against the library that a replica found in the model's file. A model that a newer library saved
 * is not satisfied by it; where the file does not tell, or the version is no number, nothing is said.
 */
export function runtimeVersionOf(requested: string, models: readonly ReplicaModel[]): RuntimeVersion {
  const library = models.find((model) => model.library !== undefined)?.library;
  const short = requested.slice(0, 100);
  if (library === undefined) return { requested: short };
  const name = `${library.name} ${library.version}`;
  const order = compareVersions(requested, library.version);
  return { requested: short, library: name, ...(order === undefined ? {} : { satisfied: order >= 0 }) };
}

/** Below 0 where the left one is older, by the leading numbers that both have; undefined where they can not be compared. */
export function compareVersions(left: string, right: string): number | undefined {
  const [a, b] = [numbers(left), numbers(right)];
  if (a === undefined || b === undefined) return undefined;
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index] as number) - (b[index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(text: string): number[] | undefined {
  return /^v?(\d{1,9}(?:\.\d{1,9}){0,3})/.exec(text)?.[1]?.split('.').map(Number);
}
