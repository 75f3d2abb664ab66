import type { InferenceService } from '@berth/api';
import { DISABLE_AUTO_UPDATE, ROLLBACK_TO, restartMark, serviceOptions } from '../plan/annotations.ts';
import { shortWord } from '../revisions/digest.ts';
import { nextNumber, revisionName } from '../revisions/naming.ts';
import { type Files, resolveSource, type Source } from '../revisions/resolve-source.ts';
import { draftRevision, type Revision, readRevision, withMarks } from '../revisions/revision.ts';
import type { ApiObject } from '../store/resource-store.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import type { Track } from './tracks.ts';

/** Where the files of a track's model are; undefined where there is no plan for it. */
export function sourceOf(parts: ReconcilerParts, track: Track, isvc: InferenceService): Source | undefined {
  const { plan } = track.outcome;
  if (plan === undefined) return undefined;
  const annotations = isvc.metadata.annotations ?? {};
  return resolveSource(
    {
      plan,
      specHash: track.specHash,
      runtimeHash: track.runtimeHash,
      mark: markOf(parts, isvc, track),
      annotations,
      ignoresRuntime: annotations[DISABLE_AUTO_UPDATE]?.toLowerCase() === 'true',
      latest: track.revisions.at(-1),
      back: backOf(track, annotations),
    },
    parts.models,
  );
}

/** The revision that a rollback names, as long as the spec is the one that it was made of: another spec is another wish. */
function backOf(track: Track, annotations: Readonly<Record<string, string>>): Revision | undefined {
  const named = annotations[ROLLBACK_TO]?.trim();
  if (named === undefined || named === '') return undefined;
  const back = track.revisions.find((one) => one.name === named && one.specHash === track.specHash);
  const { sha256 } = serviceOptions(annotations);
  return sha256 === undefined || back?.digests.every((one) => one === sha256) ? back : undefined;
}

/** The revision of the spec as it is, made now where it is new; undefined while its files are not here. */
export function currentRevision(
  parts: ReconcilerParts,
  track: Track,
  source: Source | undefined,
  owner: ApiObject,
  isvc: InferenceService,
): Revision | undefined {
  const { store } = parts;
  if (source === undefined) {
    const latest = track.revisions.at(-1);
    return latest?.specHash === track.specHash ? latest : undefined;
  }
  const epoch = epochOf(isvc, track);
  switch (source.state) {
    case 'new':
      return createRevision(parts, track, source.files, owner, epoch, markOf(parts, isvc, track));
    case 'unchanged': {
      const object = store.update(withMarks(source.revision, markOf(parts, isvc, track), epoch));
      return readRevision(object);
    }
    case 'current':
      return source.revision;
    default:
      return source.revision;
  }
}

/** Which restart was asked for last. */
export function epochOf(isvc: InferenceService, track: Track): string {
  const ofPredictor = track.predictor.annotations as Record<string, string> | undefined;
  const mark = restartMark(isvc.metadata.annotations, ofPredictor);
  return mark === '' ? '' : shortWord(mark, 10);
}

function markOf(parts: ReconcilerParts, isvc: InferenceService, track: Track): string {
  const options = serviceOptions(isvc.metadata.annotations);
  const restart = epochOf(isvc, track);
  const tick = options.pollMs === undefined ? '' : `poll ${Math.floor(parts.clock.now().getTime() / options.pollMs)}`;
  return [restart, tick].filter((one) => one !== '').join(' ');
}

function createRevision(
  parts: ReconcilerParts,
  track: Track,
  files: Files,
  owner: ApiObject,
  epoch: string,
  checked: string,
): Revision | undefined {
  const { store } = parts;
  const plan = track.outcome.plan;
  if (plan === undefined) return undefined;
  const names = store.list('Revision', { namespace: plan.namespace }).map((one) => one.metadata.name);
  const object = store.create(
    draftRevision({
      name: revisionName(track.workload, nextNumber(track.workload, names)),
      workload: track.workload,
      generation: owner.metadata.generation,
      owner,
      plan,
      digests: files.digests,
      bytes: files.bytes,
      specHash: track.specHash,
      runtimeHash: track.runtimeHash,
      checked,
      epoch,
      predictor: track.predictor,
    }),
  );
  return readRevision(object);
}
