import type { InferenceService } from '@berth/api';
import type { HostFacts } from '../plan/service-hosts.ts';

/** What the host names and paths of a service are made from. */
export function factsOf(isvc: InferenceService): HostFacts {
  return {
    namespace: isvc.metadata.namespace ?? 'default',
    name: isvc.metadata.name,
    labels: isvc.metadata.labels ?? {},
    annotations: isvc.metadata.annotations ?? {},
  };
}
