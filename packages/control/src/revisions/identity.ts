import { effectiveModel, LEGACY_PREDICTOR_KEYS, type PredictorSpec } from '@berth/api';
import { isRequestAnnotation } from '../plan/annotations.ts';
import type { ComponentPlan } from '../plan/component-plan.ts';
import { digestOf } from './digest.ts';

/** Fields of a predictor that change how many replicas there are and who gets which request, not what a replica is. */
const NOT_OF_THE_REVISION: ReadonlySet<string> = new Set([
  'name',
  'minReplicas',
  'maxReplicas',
  'scaleTarget',
  'scaleMetric',
  'scaleMetricType',
  'autoScaling',
  'canaryTrafficPercent',
  'timeout',
  'logger',
  'batcher',
  'deploymentStrategy',
]);

/** A predictor as written, without what makes no revision; a legacy key counts as the `model` it means. */
export function specHashOf(predictor: PredictorSpec): string {
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(predictor)) {
    if (value === undefined || value === null || NOT_OF_THE_REVISION.has(field)) continue;
    if (field === 'model' || (LEGACY_PREDICTOR_KEYS as readonly string[]).includes(field)) continue;
    kept[field] = field === 'annotations' ? withoutRequests(value) : value;
  }
  const model = effectiveModel(predictor);
  if (model !== undefined) kept.model = model;
  return digestOf(kept);
}

/** What a runtime and the service's annotations make of it. */
export function runtimeHashOf(plan: ComponentPlan): string {
  const { variant: _variant, ...kept } = plan;
  return digestOf({ ...kept, annotations: withoutRequests(plan.annotations) });
}

function withoutRequests(annotations: unknown): unknown {
  if (typeof annotations !== 'object' || annotations === null) return annotations;
  const kept = Object.entries(annotations).filter(([key]) => !isRequestAnnotation(key) && !isScaling(key));
  return Object.fromEntries(kept);
}

function isScaling(key: string): boolean {
  return key.startsWith('autoscaling.knative.dev/');
}
