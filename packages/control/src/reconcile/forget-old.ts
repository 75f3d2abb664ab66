import { ROLLBACK_TO } from '../plan/annotations.ts';
import { outdated } from '../revisions/history.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import type { ServiceView } from './service-view.ts';

/** Deletes revisions that nobody needs any more, and what was remembered of them. */
export function forgetOld(parts: ReconcilerParts, view: ServiceView): void {
  const { store, scaler } = parts;
  const { rollout, targets, running, isvc } = view;
  const needed = new Set([...running.keys(), ...targets.map((one) => one.revision)]);
  for (const name of [rollout.latestReady, rollout.rolledOut, rollout.previousRolledOut])
    if (name !== undefined) needed.add(name);
  const back = isvc.metadata.annotations?.[ROLLBACK_TO];
  if (back !== undefined) needed.add(back.trim());
  const all = view.tracks.flatMap(({ track }) => track.revisions);
  for (const { track, current } of view.tracks)
    if (current !== undefined && track !== undefined) needed.add(current.name);
  const { namespace = 'default' } = isvc.metadata;
  for (const { name } of outdated(all, needed)) {
    scaler.forgetRevision(namespace, name);
    store.delete({ kind: 'Revision', namespace, name });
  }
}
