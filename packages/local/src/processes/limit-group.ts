import { basename } from 'node:path';
import { quantityValue } from '@berth/api';
import type { Workload } from '@berth/control';
import type { ControlGroups } from '../isolation/control-groups.ts';

/** How a process is held to the limits of its workload. */
export interface LimitGroup {
  /** Files of the control group to join; empty where there is none. */
  readonly joins: readonly string[];
  /** What nobody enforces. */
  readonly notes: readonly string[];
  /** What a launch plan says of it. */
  readonly plan: { readonly group?: string };
}

export const CPU_NOTE = 'its CPU limit is not enforced: control groups can not be written on this machine';

/** Makes the control group of a process with limits, named as its folder. */
export function limitGroup(workload: Workload, folder: string, groups: ControlGroups | undefined): LimitGroup {
  const cpu = quantityValue(workload.limits.cpu ?? '');
  const memoryBytes = quantityValue(workload.limits.memory ?? '');
  if (cpu === undefined && memoryBytes === undefined) return { joins: [], notes: [], plan: {} };
  const group = basename(folder);
  try {
    const joins = groups?.create(group, { cpu, memoryBytes });
    if (joins !== undefined) return { joins, notes: [], plan: { group } };
  } catch {
    // Said below: the replica runs without.
  }
  return { joins: [], notes: cpu === undefined ? [] : [CPU_NOTE], plan: {} };
}
