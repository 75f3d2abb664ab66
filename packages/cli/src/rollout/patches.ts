import type { KubeObject } from '../resources/session.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import type { RevisionObject } from './rollout-text.ts';

/** Another value makes the platform ask the storage anew and replace the replicas. */
const RESTART_ANNOTATION = 'berth.dev/restarted-at';

/** The revision whose bytes are served, whatever the source has since. */
const ROLLBACK_ANNOTATION = 'berth.dev/rollback-to';

/** A merge patch that asks the storage anew, and ends a rollback. */
export function restartPatch(now: Date): Record<string, unknown> {
  return { metadata: { annotations: { [RESTART_ANNOTATION]: now.toISOString(), [ROLLBACK_ANNOTATION]: null } } };
}

/** Fields of an InferenceService that a rollout changes. */
interface ServiceSpec {
  readonly predictor: Readonly<Record<string, unknown>> & { readonly canaryTrafficPercent?: number };
  readonly canary?:
    | readonly { readonly predictor: Readonly<Record<string, unknown>> & { readonly name?: string } }[]
    | null;
}

/** What a rollout knows from the status (KServe's component status). */
export interface PredictorStatus {
  readonly latestReadyRevision?: string;
  readonly latestCreatedRevision?: string;
  readonly latestRolledoutRevision?: string;
  readonly previousRolledoutRevision?: string;
}

/** The status of a service's predictor. */
export function predictorStatus(service: KubeObject): PredictorStatus {
  const status = (service.status ?? {}) as { components?: { predictor?: PredictorStatus } };
  return status.components?.predictor ?? {};
}

/**
 * A merge patch that gives all traffic to what is being tried: the field canaryTrafficPercent goes, or the only variant
 * of spec.canary becomes the predictor.
 * @throws CommandError where nothing is being tried
 */
export function promotePatch(service: KubeObject): Record<string, unknown> {
  const { predictor, canary } = service.spec as ServiceSpec;
  if (Array.isArray(canary) && canary.length > 0) {
    if (canary.length > 1) {
      const names = canary.map((one) => one.predictor.name).join(', ');
      throw new CommandError(`there are ${canary.length} variants (${names}); edit the YAML to say which one stays`);
    }
    const promoted: Record<string, unknown> = { ...canary[0]?.predictor };
    // A merge patch keeps what it does not name.
    for (const field of Object.keys(predictor))
      if (!(field in promoted)) promoted[field] = KEPT.has(field) ? predictor[field] : null;
    return { spec: { canary: null, predictor: promoted } };
  }
  if (typeof predictor.canaryTrafficPercent === 'number' && predictor.canaryTrafficPercent !== 100) {
    return { spec: { predictor: { canaryTrafficPercent: null } } };
  }
  throw new CommandError('there is nothing to promote: the newest revision has all traffic already');
}

/** Fields that a variant takes over from the stable predictor. */
const KEPT: ReadonlySet<string> = new Set([
  'minReplicas',
  'maxReplicas',
  'scaleTarget',
  'scaleMetric',
  'autoScaling',
  'timeout',
  'serviceAccountName',
]);

/**
 * A merge patch that gives all traffic to an older revision: while a canary runs, KServe's canaryTrafficPercent 0;
 * otherwise the predictor as that revision has it, with the bytes that it had.
 * @throws CommandError where there is no such revision
 */
export function undoPatch(
  service: KubeObject,
  revisions: readonly RevisionObject[],
  target: string | undefined,
): Record<string, unknown> {
  const { predictor, canary } = service.spec as ServiceSpec;
  if (target === undefined && Array.isArray(canary) && canary.length > 0) return { spec: { canary: null } };
  const percent = predictor.canaryTrafficPercent;
  if (target === undefined && typeof percent === 'number' && percent > 0 && percent < 100) {
    return { spec: { predictor: { canaryTrafficPercent: 0 } } };
  }
  const status = predictorStatus(service);
  const wanted = target ?? status.previousRolledoutRevision;
  if (wanted === undefined) throw new CommandError('there is no earlier revision to go back to');
  const revision = revisions.find(
    (one) => one.metadata.name === wanted || one.metadata.name.endsWith(`-${wanted.padStart(5, '0')}`),
  );
  const earlier = revision?.spec?.predictor;
  if (earlier === undefined) {
    const names = revisions.map((one) => one.metadata.name).join(', ');
    throw new CommandError(`there is no revision ${wanted}`, { code: 'ResourceNotFound', hint: `there are: ${names}` });
  }
  const patch: Record<string, unknown> = { ...earlier, canaryTrafficPercent: null };
  for (const field of Object.keys(predictor)) if (!(field in patch)) patch[field] = null;
  return { metadata: { annotations: { [ROLLBACK_ANNOTATION]: revision?.metadata.name } }, spec: { predictor: patch } };
}
