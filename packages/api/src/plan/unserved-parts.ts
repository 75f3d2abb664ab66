import { implementationsOf, TRANSFORMER_CONTAINER } from '../inference-service/components.ts';
import type { InferenceService } from '../inference-service/types.ts';
import type { PlanFailure } from './plan.ts';

/** What a service asks for that is read and checked, and not acted on yet. Nothing is left out in silence. */
export function unservedParts(isvc: InferenceService): {
  /** Without it every answer would be wrong. */
  readonly blocking: readonly PlanFailure[];
  /** The predictor answers, and the service is not whole. */
  readonly unserved: readonly PlanFailure[];
  readonly warnings: readonly string[];
} {
  const blocking: PlanFailure[] = [];
  const unserved: PlanFailure[] = [];
  const warnings: string[] = [];
  const { predictor, transformer, explainer, canary } = isvc.spec;
  const hasTransformer = transformer !== undefined && transformer !== null;
  const isCollocated =
    implementationsOf(predictor)[0]?.key !== 'containers' &&
    (predictor.containers ?? []).some((one) => one.name === TRANSFORMER_CONTAINER);
  if (hasTransformer || isCollocated) {
    const field = hasTransformer ? 'spec.transformer' : `spec.predictor.containers (${TRANSFORMER_CONTAINER})`;
    blocking.push({
      reason: 'TransformerNotSupported',
      kserveReason: 'RuntimeUnhealthy',
      message: `${field} is not run yet, and without it the predictor would get requests it was not made for`,
    });
  }
  if (explainer !== undefined && explainer !== null) {
    unserved.push({
      reason: 'ExplainerNotSupported',
      kserveReason: 'RuntimeUnhealthy',
      message: 'spec.explainer is not run yet; predictions are answered, :explain is not',
    });
  }
  if (Array.isArray(canary) && canary.length > 0) {
    warnings.push('spec.canary is not acted on yet: every request goes to spec.predictor');
  }
  if (typeof predictor.canaryTrafficPercent === 'number' && predictor.canaryTrafficPercent < 100) {
    warnings.push('spec.predictor.canaryTrafficPercent is not acted on yet: every request goes to this revision');
  }
  if (predictor.logger !== undefined && predictor.logger !== null) {
    warnings.push('spec.predictor.logger is not acted on yet: requests are not logged to its url');
  }
  if (predictor.batcher !== undefined && predictor.batcher !== null) {
    warnings.push('spec.predictor.batcher is not acted on yet: each request is answered by itself');
  }
  if ((predictor.minReplicas ?? 1) > 1) {
    warnings.push('spec.predictor.minReplicas is not acted on yet: one process serves the model; --workers gives more');
  }
  const others = NOT_ACTED_ON.filter((field) => isMeant(predictor[field])).map((field) => `spec.predictor.${field}`);
  if (predictor.minReplicas === 0) others.push('spec.predictor.minReplicas: 0');
  if (others.length > 0) warnings.push(`not acted on yet: ${others.join(', ')}`);
  return { blocking, unserved, warnings };
}

/** Fields that would change how requests are answered; where a pod runs and what it may use says nothing on one machine. */
const NOT_ACTED_ON: readonly string[] = [
  'containerConcurrency',
  'timeout',
  'scaleTarget',
  'scaleMetric',
  'autoScaling',
  'initContainers',
  'volumes',
  'workerSpec',
];

function isMeant(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== 0;
}
