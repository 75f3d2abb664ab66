import type { Condition } from '@berth/api';
import type { Progress } from './failure.ts';

/** What the conditions of a service are made from. */
export interface ConditionFacts {
  readonly predictor: Progress;
  readonly transformer?: Progress;
  readonly explainer?: Progress;
  /** Whether the gateway has taken over where requests go. */
  readonly ingress: Progress;
  /** Set where the spec names variants. */
  readonly canaries?: Progress;
  readonly stopped: boolean;
  /** Knative's conditions are shown too. */
  readonly isKnative: boolean;
}

/** RFC 3339 with seconds, as Kubernetes writes times. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The conditions of a service in the order of their names; one that keeps its status keeps its time. */
export function conditionsOf(facts: ConditionFacts, now: Date, before: readonly Condition[] = []): Condition[] {
  const time = timestamp(now);
  const conditions = facts.stopped ? stopped(facts, time) : live(facts, time);
  for (const condition of conditions) {
    const earlier = before.find((one) => one.type === condition.type);
    if (earlier?.status === condition.status) condition.lastTransitionTime = earlier.lastTransitionTime;
  }
  return conditions.sort((left, right) => (left.type < right.type ? -1 : 1));
}

function stopped(facts: ConditionFacts, time: string): Condition[] {
  const one = (type: string): Condition => ({ type, status: 'False', reason: 'Stopped', lastTransitionTime: time });
  const conditions = [one('IngressReady'), one('PredictorReady'), one('Ready')];
  if (facts.transformer !== undefined) conditions.push(one('TransformerReady'));
  if (facts.explainer !== undefined) conditions.push(one('ExplainerReady'));
  if (facts.canaries !== undefined) conditions.push(one('CanaryPredictorReady'));
  conditions.push({ type: 'Stopped', status: 'True', lastTransitionTime: time });
  return conditions;
}

function live(facts: ConditionFacts, time: string): Condition[] {
  const one = (type: string, progress: Progress): Condition => ({
    type,
    ...outcome(progress),
    lastTransitionTime: time,
  });
  const conditions = [one('PredictorReady', facts.predictor), one('IngressReady', facts.ingress)];
  if (facts.transformer !== undefined) conditions.push(one('TransformerReady', facts.transformer));
  if (facts.explainer !== undefined) conditions.push(one('ExplainerReady', facts.explainer));
  const blocker =
    conditions.find((condition) => condition.status === 'False') ??
    conditions.find((condition) => condition.status === 'Unknown');
  conditions.push(
    blocker === undefined
      ? { type: 'Ready', status: 'True', lastTransitionTime: time }
      : { ...blocker, type: 'Ready', lastTransitionTime: time },
  );
  if (facts.canaries !== undefined) {
    const canaries = one('CanaryPredictorReady', facts.canaries);
    // A variant that is not ready gets no requests, so the service as a whole does not wait for it.
    if (canaries.status === 'True') canaries.reason = 'AllCanariesReady';
    conditions.push({ ...canaries, severity: 'Info' });
  }
  if (facts.isKnative) {
    const info = { severity: 'Info' as const };
    conditions.push(
      { ...one('PredictorConfigurationReady', facts.predictor), ...info },
      { ...one('PredictorRouteReady', facts.ingress), ...info },
      { ...one('LatestDeploymentReady', facts.predictor), ...info },
      { ...one('RoutesReady', facts.ingress), ...info },
    );
  }
  return conditions;
}

function outcome(progress: Progress): Pick<Condition, 'status' | 'reason' | 'message'> {
  switch (progress.state) {
    case 'ready':
      return { status: 'True' };
    case 'waiting':
      return { status: 'Unknown', reason: progress.reason, message: progress.message };
    default:
      return { status: 'False', reason: progress.failure.reason, message: progress.failure.message };
  }
}
