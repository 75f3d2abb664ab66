import type { ComponentPlan } from '../plan/component-plan.ts';
import type { ModelRequest } from './model-source.ts';

/** What to ask the model source for, in the order of the plan's models. */
export function modelRequests(
  plan: ComponentPlan,
  annotations: Readonly<Record<string, string>>,
  refresh: string,
): ModelRequest[] {
  return plan.models.map(({ uri, storage }) => ({
    namespace: plan.namespace,
    service: plan.service,
    ...(uri === undefined ? {} : { uri }),
    ...(storage === undefined ? {} : { storage }),
    ...(plan.serviceAccountName === undefined ? {} : { serviceAccountName: plan.serviceAccountName }),
    annotations,
    env: plan.storageEnv,
    // With several URIs the digest is of the first: the model itself, before what is laid beside it.
    ...(plan.sha256 === undefined || plan.models[0]?.uri !== uri ? {} : { sha256: plan.sha256 }),
    refresh,
  }));
}
