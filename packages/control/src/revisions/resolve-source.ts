import { modelRequests } from '../models/model-request.ts';
import type { ModelSource } from '../models/model-source.ts';
import type { ComponentPlan } from '../plan/component-plan.ts';
import type { Failure } from '../status/failure.ts';
import type { Revision } from './revision.ts';

/** The files of a plan: where they are and what they are. */
export interface Files {
  readonly paths: readonly string[];
  readonly digests: readonly string[];
  readonly bytes: number;
}

/** Where a component stands between its plan and a revision of it. */
export type Source =
  /** The revision is what the plan asks for. */
  | { readonly state: 'current'; readonly revision: Revision }
  /** Its source was asked again and has the same bytes. */
  | { readonly state: 'unchanged'; readonly revision: Revision }
  /** There is none yet; the files are here. */
  | { readonly state: 'new'; readonly files: Files; readonly fromCache: boolean; readonly milliseconds: number }
  | { readonly state: 'fetching'; readonly message: string; readonly revision?: Revision }
  | { readonly state: 'failed'; readonly failure: Failure; readonly retryAt?: Date; readonly revision?: Revision };

/** What decides whether the newest revision is still the right one. */
export interface SourceQuestion {
  readonly plan: ComponentPlan;
  readonly specHash: string;
  readonly runtimeHash: string;
  /** Mark of the restart or poll that was asked for last. */
  readonly mark: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** A change of the runtime alone makes no new revision (disable-auto-update). */
  readonly ignoresRuntime: boolean;
  /** Newest revision of this workload. */
  readonly latest: Revision | undefined;
  /** The earlier revision of the same spec whose bytes are wanted, whatever the source has. */
  readonly back?: Revision | undefined;
}

/**
 * Holds a plan against the newest revision. An existing revision is used without asking anybody; the source is asked where
 * the plan is another, where a restart or a poll wants it, and where the bytes of the revision are not on this machine.
 * A rollback asks nobody while the bytes of its revision are here.
 */
export function resolveSource(question: SourceQuestion, models: ModelSource): Source {
  const { latest, mark } = question;
  const isSame =
    latest !== undefined &&
    latest.specHash === question.specHash &&
    (question.ignoresRuntime || latest.runtimeHash === question.runtimeHash);
  const { back } = question;
  const isOther = back !== undefined && back.digests.join() !== latest?.digests.join();
  const same = isSame && !isOther ? { revision: latest } : {};
  if (isSame && latest.checked === mark && !isOther) {
    if (latest.digests.every((digest) => models.find(digest) !== undefined))
      return { state: 'current', revision: latest };
  }
  const kept = back === undefined ? undefined : keptFiles(back, models);
  const files = kept ?? askFor(question.plan, question.annotations, mark, models);
  if (files.state !== 'ready') return { ...files, ...same };
  const { paths, digests, bytes, fromCache, milliseconds } = files;
  if (back !== undefined && digests.join() !== back.digests.join()) return lost(back);
  if (isSame && digests.join() === latest.digests.join())
    return { state: latest.checked === mark ? 'current' : 'unchanged', revision: latest };
  return { state: 'new', files: { paths, digests, bytes }, fromCache, milliseconds };
}

/** The files of a revision where all of them are on this machine. */
function keptFiles({ digests, bytes }: Revision, models: ModelSource): FilesState | undefined {
  const paths = digests.map((digest) => models.find(digest));
  if (!paths.every((path) => path !== undefined)) return undefined;
  return { state: 'ready', paths, digests, bytes, fromCache: true, milliseconds: 0 };
}

function lost({ name }: Revision): Extract<Source, { state: 'failed' }> {
  const message = `the model as revision ${name} had it is not on this machine any more, and its source has other bytes; remove the annotation berth.dev/rollback-to to serve those`;
  return { state: 'failed', failure: { reason: 'RevisionMissing', kserveReason: 'ModelLoadFailed', message } };
}

/** The files of a plan as far as they are. */
export type FilesState =
  | ({ readonly state: 'ready'; readonly fromCache: boolean; readonly milliseconds: number } & Files)
  | { readonly state: 'fetching'; readonly message: string }
  | { readonly state: 'failed'; readonly failure: Failure; readonly retryAt?: Date };

/** Asks for every model of a plan; the first that failed, or else the first that is under way, speaks for all. */
export function askFor(
  plan: ComponentPlan,
  annotations: Readonly<Record<string, string>>,
  refresh: string,
  models: ModelSource,
): FilesState {
  const requests = modelRequests(plan, annotations, refresh);
  const states = requests.map((request) => ({ request, state: models.ask(request) }));
  for (const { request, state } of states) {
    if (state.state !== 'failed') continue;
    const { reason, kserveReason, message, retryAt } = state;
    const location = request.uri ?? request.storage?.path;
    const failure = { reason, kserveReason, message, ...(location === undefined ? {} : { location }) };
    return { state: 'failed', failure, ...(retryAt === undefined ? {} : { retryAt }) };
  }
  const paths: string[] = [];
  const digests: string[] = [];
  let bytes = 0;
  let milliseconds = 0;
  let fromCache = true;
  for (const { state } of states) {
    if (state.state === 'fetching') return { state: 'fetching', message: state.message };
    if (state.state !== 'ready') continue;
    paths.push(state.path);
    digests.push(state.digest);
    bytes += state.bytes;
    milliseconds = Math.max(milliseconds, state.milliseconds);
    fromCache &&= state.fromCache;
  }
  return { state: 'ready', paths, digests, bytes, fromCache, milliseconds };
}
