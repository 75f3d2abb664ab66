import type { InferenceService } from '@berth/api';
import { makeWorkload } from '../plan/workload.ts';
import { askFor } from '../revisions/resolve-source.ts';
import { REVISION_LABEL, REVISION_UID_LABEL, type Revision } from '../revisions/revision.ts';
import type { Failure } from '../status/failure.ts';
import type { Workload } from '../substrate/substrate.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { EPOCH_LABEL } from './replica-set.ts';

/** What a replica is started with, or why it is not. */
type Startable =
  | { readonly workload: Workload }
  | { readonly failure: Failure }
  | { readonly state: 'fetching'; readonly message: string };

/** The workload of a replica, or why there can be none; `fetching` while its files are on their way. */
export function workloadOf(parts: ReconcilerParts, revision: Revision, id: string, isvc: InferenceService): Startable {
  const { models, world } = parts;
  const paths: string[] = [];
  for (const digest of revision.digests) {
    const path = models.find(digest);
    if (path !== undefined) paths.push(path);
  }
  if (paths.length < revision.digests.length) {
    // Cleaned away: the source may still have the very same bytes, and no others will do.
    const files = askFor(revision.plan, isvc.metadata.annotations ?? {}, `again ${revision.name}`, models);
    if (files.state === 'failed') return { failure: { ...files.failure, revision: revision.name } };
    if (files.state === 'fetching') return files;
    if (files.digests.join() !== revision.digests.join()) {
      const message = `the files of ${revision.name} are not on this machine any more, and their source has others now; roll out a revision of what is there`;
      const failure = { reason: 'RevisionFilesGone', kserveReason: 'ModelLoadFailed', message } as const;
      return { failure: { ...failure, revision: revision.name } };
    }
    paths.splice(0, paths.length, ...files.paths);
  }
  return makeWorkload(revision.plan, {
    revision: revision.name,
    pod: id,
    podUid: id,
    labels: {
      [REVISION_LABEL]: revision.name,
      [REVISION_UID_LABEL]: revision.uid,
      [EPOCH_LABEL]: revision.epoch,
      app: `isvc.${revision.workload}`,
    },
    paths,
    lookup: world.lookup,
  });
}
