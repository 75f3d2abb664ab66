import { type InferenceService, isObject, LEGACY_PREDICTOR_KEYS, type PredictorSpec } from '@berth/api';
import type { ComponentPlan, PlanOutcome } from '../plan/component-plan.ts';
import { type PlanWorld, planPredictor } from '../plan/plan-component.ts';
import { runtimeHashOf, specHashOf } from '../revisions/identity.ts';
import { workloadName } from '../revisions/naming.ts';
import type { Revision } from '../revisions/revision.ts';

/** A line of revisions of a service: the predictor, or a named variant beside it. */
export interface Track {
  /** Undefined for the predictor that `spec.predictor` is. */
  readonly variant?: { readonly name: string; readonly percent: number };
  readonly predictor: PredictorSpec;
  readonly workload: string;
  readonly outcome: PlanOutcome;
  readonly specHash: string;
  readonly runtimeHash: string;
  /** Its revisions, oldest first. */
  readonly revisions: readonly Revision[];
}

/** The lines of a service, the predictor's own first. */
export function tracksOf(isvc: InferenceService, world: PlanWorld, revisions: readonly Revision[]): Track[] {
  const { predictor, canary } = isvc.spec;
  const tracks = [trackOf(isvc, predictor, world, revisions)];
  for (const one of Array.isArray(canary) ? canary : []) {
    const name = String(one.predictor?.name ?? '');
    const variant = { name, percent: Number(one.trafficPercent) };
    tracks.push(trackOf(isvc, mergedVariant(predictor, one.predictor), world, revisions, variant));
  }
  return tracks;
}

function trackOf(
  isvc: InferenceService,
  predictor: PredictorSpec,
  world: PlanWorld,
  revisions: readonly Revision[],
  variant?: { readonly name: string; readonly percent: number },
): Track {
  const outcome = planPredictor(isvc, predictor, world);
  const workload = workloadName(isvc.metadata.name, 'predictor', predictor.name);
  return {
    ...(variant === undefined ? {} : { variant }),
    predictor,
    workload,
    outcome,
    specHash: specHashOf(predictor),
    runtimeHash: outcome.plan === undefined ? '' : runtimeHashOf(outcome.plan as ComponentPlan),
    revisions: revisions.filter((one) => one.workload === workload).sort((left, right) => left.number - right.number),
  };
}

const IMPLEMENTATIONS: readonly string[] = [...LEGACY_PREDICTOR_KEYS, 'model', 'containers'];
/** What a variant never takes over from the predictor it stands beside. */
const OWN_OF_PREDICTOR: ReadonlySet<string> = new Set(['name', 'canaryTrafficPercent', 'minReplicas', 'maxReplicas']);

/** A variant inherits what it does not say itself (KServe merges it over the stable predictor). */
function mergedVariant(stable: PredictorSpec, variant: PredictorSpec): PredictorSpec {
  const hasOwn = IMPLEMENTATIONS.some((key) => variant[key] !== undefined && variant[key] !== null);
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(stable)) {
    if (OWN_OF_PREDICTOR.has(key)) continue;
    const isReplaced = hasOwn && IMPLEMENTATIONS.includes(key) && (variant[key] === undefined || variant[key] === null);
    if (!isReplaced) merged[key] = value;
  }
  for (const [key, value] of Object.entries(variant)) {
    if (value === undefined || value === null) continue;
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? { ...before, ...value } : value;
  }
  return merged as PredictorSpec;
}

/** Replicas that a variant has where it does not say: its share of the predictor's, rounded up. */
export function variantReplicas(stableMinimum: number, percent: number): number {
  return Math.max(1, Math.ceil((stableMinimum * percent) / 100));
}
