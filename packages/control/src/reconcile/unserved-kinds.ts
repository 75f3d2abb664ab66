import { type Condition, isObject } from '@berth/api';
import { timestamp } from '../status/conditions.ts';
import type { ApiObject, ResourceStore } from '../store/resource-store.ts';
import type { Clock } from '../time/clock.ts';

/** Kinds that are stored and checked and do nothing yet, with what their status says. */
const UNSERVED: ReadonlyMap<string, string> = new Map([
  ['InferenceGraph', 'the graph is stored and checked; requests are not yet led through graphs on one machine'],
]);

/** Names of these kinds. */
export const UNSERVED_KINDS: readonly string[] = [...UNSERVED.keys()];

/** Says in the status of such an object that it is not served, so that nobody waits for it in vain. */
export function sayUnserved(object: ApiObject, store: ResourceStore, clock: Clock): void {
  const message = UNSERVED.get(object.kind);
  if (message === undefined || object.metadata.deletionTimestamp !== undefined) return;
  const before = isObject(object.status) && Array.isArray(object.status.conditions) ? object.status.conditions : [];
  const earlier = (before as Condition[]).find((one) => one.type === 'Ready');
  const condition: Condition = {
    type: 'Ready',
    status: 'False',
    reason: 'NotServedYet',
    message,
    lastTransitionTime: earlier?.status === 'False' ? earlier.lastTransitionTime : timestamp(clock.now()),
  };
  const status = { observedGeneration: object.metadata.generation, conditions: [condition] };
  if (JSON.stringify(object.status) !== JSON.stringify(status)) store.updateStatus({ ...object, status });
}
