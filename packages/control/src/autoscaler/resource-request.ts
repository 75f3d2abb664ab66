import { quantityValue } from '@berth/api';

/** Kubernetes quantities by resource, as a plan has them. */
export interface PlannedResources {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/**
 * What a replica requests of `cpu` (cores) or `memory` (bytes). Where no request is written the limit is the request, as in
 * Kubernetes; undefined where neither is.
 */
export function resourceRequest(plan: PlannedResources, resource: 'cpu' | 'memory'): number | undefined {
  for (const quantities of [plan.requests, plan.limits]) {
    const written = new Map(Object.entries(quantities)).get(resource);
    const value = written === undefined ? undefined : quantityValue(written);
    if (value !== undefined && value > 0) return value;
  }
  return undefined;
}

/** Why a service can not be scaled by `metric`: its container says not how much it asks for. As HPA's own message. */
export function missingRequest(plan: PlannedResources, metric: string): string | undefined {
  if (metric !== 'cpu' && metric !== 'memory') return undefined;
  if (resourceRequest(plan, metric) !== undefined) return undefined;
  return `missing request for ${metric} in container kserve-container: ${metric} in percent can not be computed, and the number of replicas stays; set resources.requests.${metric}`;
}
