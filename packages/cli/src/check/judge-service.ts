import { type Issue, inferenceServices, isStopped, type Resource } from '@berth/api';
import {
  type PlanOutcome,
  type planWorld,
  scalingPolicy,
  serviceOptions,
  tracksOf,
  unservedComponents,
} from '@berth/control';
import { placeOf } from './field-place.ts';
import { type CheckInput, judgePredictor } from './judge-predictor.ts';
import {
  type FieldNote,
  type PredictorCheck,
  type Remark,
  type ServiceCheck,
  VERDICTS,
  type Verdict,
} from './service-check.ts';

type World = ReturnType<typeof planWorld>;

/** What becomes of an InferenceService on this machine, planned as `berth up` plans it. Pure. */
export function judgeService(
  resource: Resource,
  issues: readonly Issue[],
  world: World,
  input: CheckInput,
): ServiceCheck {
  const isvc = inferenceServices([resource])[0] as ReturnType<typeof inferenceServices>[number];
  const annotations = isvc.metadata.annotations ?? {};
  const remarks: Remark[] = issues.filter((one) => one.severity !== 'note').map(remarkOf);
  const notHonoured = new Map<string, FieldNote>();
  const predictors: PredictorCheck[] = [];
  for (const [index, track] of tracksOf(isvc, world, []).entries()) {
    const { outcome, variant } = track;
    const canary = variant === undefined ? undefined : index - 1;
    predictors.push(judgePredictor(outcome, isBuiltIn(outcome, world), annotations, input, variant?.name));
    for (const one of outcome.withoutEffect) {
      const place = placeOf(resource, one.field, canary);
      const { field, why, matters } = one;
      notHonoured.set(`${field} ${place.line} ${place.column}`, { field, why, matters, ...place });
    }
    const scaling = scalingPolicy(track.predictor, annotations).warnings;
    for (const message of [...outcome.warnings, ...scaling]) {
      if (!remarks.some((one) => one.message === message)) remarks.push({ severity: 'warning', message });
    }
  }
  for (const message of serviceOptions(annotations).warnings) remarks.push({ severity: 'warning', message });
  const stable = predictors[0];
  if (stable !== undefined) predictors[0] = withComponents(isvc, stable);
  for (const { component, failure } of unservedComponents(isvc)) {
    const field = `spec.${component}`;
    notHonoured.set(field, { field, why: failure.message, matters: true, ...placeOf(resource, field) });
  }
  if (isStopped(isvc)) {
    const field = 'metadata.annotations["serving.kserve.io/stop"]';
    const message = 'it is stopped by its annotation, and stays so until that is taken away';
    remarks.push({ severity: 'note', message, field, ...placeOf(resource, 'annotation serving.kserve.io/stop') });
  }
  const unhonoured = [...notHonoured.values()].sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
  return {
    name: resource.name,
    namespace: resource.namespace,
    ...placeOf(resource, 'metadata'),
    verdict: worst(predictors.map((one) => one.verdict)),
    predictors,
    notHonoured: unhonoured,
    remarks,
  };
}

/** A service is Ready with all of its components only; those that are not run yet keep it from that. */
function withComponents(isvc: Parameters<typeof unservedComponents>[0], predictor: PredictorCheck): PredictorCheck {
  const [first, ...others] = unservedComponents(isvc);
  if (first === undefined || predictor.verdict === 'cannot-run') return predictor;
  const message = [first, ...others].map((one) => one.failure.message).join('. Also: ');
  return { ...predictor, verdict: 'cannot-run', reason: first.failure.reason, message, unknown: [] };
}

function isBuiltIn(outcome: PlanOutcome, world: World): boolean {
  const { runtime } = outcome;
  if (runtime === undefined) return false;
  return world.runtimes.some(
    (one) => one.kind === runtime.kind && one.metadata.name === runtime.name && world.isBuiltIn(one),
  );
}

/** The verdict that decides: a service runs when all of its predictors do. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const index = Math.max(0, ...verdicts.map((one) => VERDICTS.indexOf(one)));
  return VERDICTS[index] as Verdict;
}

/** An issue of the reader, as a remark. */
export function remarkOf(issue: Issue): Remark {
  const { severity, message, path, hint, file, line, column } = issue;
  return {
    severity,
    message,
    ...(path === '' ? {} : { field: path }),
    ...(hint === undefined ? {} : { hint }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line, column: column ?? 1 }),
  };
}
