import { type Progress, waiting } from '../status/failure.ts';
import type { ServiceMemory } from './memory.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { wasRoutedSo } from './rollout-status.ts';
import type { ServiceView } from './service-view.ts';

/**
 * Whether the gateway sends requests where they shall go. Asked again when it has taken over what was published; after a
 * restart of the controller the last status counts.
 */
export function confirmRoutes(parts: ReconcilerParts, view: ServiceView, memory: ServiceMemory): Progress {
  const signature = JSON.stringify(view.shares);
  if (memory.confirmed === '' && view.shares.length > 0 && wasRoutedSo(view)) memory.confirmed = signature;
  if (memory.confirmed === signature) {
    memory.signature = signature;
    return { state: 'ready' };
  }
  if (memory.signature !== signature) {
    memory.signature = signature;
    const { namespace = 'default', name } = view.isvc.metadata;
    parts.routes.applied().then(
      () => {
        memory.confirmed = signature;
        parts.again(`${namespace}/${name}`);
      },
      () => undefined,
    );
  }
  return waiting('RoutesPending', 'the gateway has not taken over yet where requests go');
}
