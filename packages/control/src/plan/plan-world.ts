import { BUILT_IN_RUNTIMES, type ServingRuntime } from '@berth/api';
import type { PlanWorld } from './plan-component.ts';

/** The runtimes to plan with: the user's first; a cluster-wide one that is named as a built-in one takes its place. */
export function planWorld(own: readonly ServingRuntime[]): PlanWorld {
  const cluster = new Set(own.filter((one) => one.kind === 'ClusterServingRuntime').map((one) => one.metadata.name));
  const builtIn = BUILT_IN_RUNTIMES.filter((one) => !cluster.has(one.metadata.name));
  const known = new Set<ServingRuntime>(builtIn);
  return { runtimes: [...own, ...builtIn], isBuiltIn: (runtime) => known.has(runtime) };
}
