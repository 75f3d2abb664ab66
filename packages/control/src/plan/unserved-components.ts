import type { InferenceService, PlanFailure } from '@berth/api';

/** A component that is not run on one machine yet. */
export interface UnservedComponent {
  readonly component: 'transformer' | 'explainer';
  /** Whether requests are refused for the lack of it. */
  readonly blocksRequests: boolean;
  readonly failure: PlanFailure;
}

/** The components of a service without which it is not whole. */
export function unservedComponents(isvc: InferenceService): UnservedComponent[] {
  const { transformer, explainer } = isvc.spec;
  const found: UnservedComponent[] = [];
  const add = (component: UnservedComponent['component'], blocksRequests: boolean, reason: string, effect: string) => {
    const message = `spec.${component} is not run yet; ${effect}`;
    found.push({ component, blocksRequests, failure: { reason, kserveReason: 'RuntimeUnhealthy', message } });
  };
  if (transformer !== undefined && transformer !== null) {
    const effect = 'requests are refused, since the predictor was not made for them as they come';
    add('transformer', true, 'TransformerNotSupported', effect);
  }
  if (explainer !== undefined && explainer !== null) {
    add('explainer', false, 'ExplainerNotSupported', 'predictions are answered, :explain is not');
  }
  return found;
}
