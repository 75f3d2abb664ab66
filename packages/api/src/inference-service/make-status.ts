import type { PlanFailure, ServicePlan } from '../plan/plan.ts';
import type { Condition, InferenceServiceStatus, ModelStatus, ServedModelStatus } from './status.ts';

/** Where a service is between its YAML and its first answer. */
export type ServicePhase =
  | { readonly phase: 'Pending' }
  /** `message` tells what goes on, e.g. `downloading, 40 of 90 MB`. */
  | { readonly phase: 'Loading'; readonly message?: string }
  | { readonly phase: 'Ready' }
  | { readonly phase: 'Failed'; readonly failure: PlanFailure };

/** What a status is made from, besides the plan. */
export interface StatusInput {
  readonly plan: ServicePlan;
  readonly phase: ServicePhase;
  readonly now: Date;
  readonly generation?: number;
  /** `host:port` of the listener, as a client on this machine reaches it. */
  readonly httpAddress?: string;
  readonly grpcAddress?: string;
  readonly models?: readonly ServedModelStatus[];
  /** The status before this one: a condition that stays the same keeps its time. */
  readonly previous?: InferenceServiceStatus;
}

/** The status of a service, as KServe shapes it. Pure. */
export function makeStatus(input: StatusInput): InferenceServiceStatus {
  const { plan, now } = input;
  const phase: ServicePhase = plan.failure !== undefined ? { phase: 'Failed', failure: plan.failure } : input.phase;
  const time = now.toISOString().replace(/\.\d{3}Z$/, 'Z');
  const conditions = plan.stopped ? stoppedConditions(time) : liveConditions(plan, phase, time);
  keepTimes(conditions, input.previous?.conditions ?? []);
  const status: InferenceServiceStatus = {
    observedGeneration: input.generation ?? 1,
    conditions,
    deploymentMode: 'Standard',
  };
  if (plan.runtime?.kind === 'ServingRuntime') status.servingRuntimeName = plan.runtime.name;
  if (plan.runtime?.kind === 'ClusterServingRuntime') status.clusterServingRuntimeName = plan.runtime.name;
  if (plan.stopped) return status;
  status.modelStatus = modelStatus(phase, time, input.previous);
  if (input.httpAddress !== undefined) addAddresses(status, plan, input.httpAddress, input.grpcAddress);
  if (input.models !== undefined && input.models.length > 0) status.models = [...input.models];
  return status;
}

/**
 * Writes where a service is reached into its status. `httpAddress` and `grpcAddress` are `host:port`; without a port for
 * gRPC alone it is answered on the HTTP port.
 */
export function addAddresses(
  status: InferenceServiceStatus,
  plan: Pick<ServicePlan, 'name' | 'namespace' | 'pathPrefix'>,
  httpAddress: string,
  grpcAddress: string = httpAddress,
): void {
  const port = httpAddress.slice(httpAddress.lastIndexOf(':') + 1);
  const suffix = port === '80' ? '' : `:${port}`;
  status.url = `http://${plan.name}-${plan.namespace}.localhost${suffix}`;
  status.address = { url: `http://${httpAddress}${plan.pathPrefix}` };
  const predictor = `http://${plan.name}-predictor-${plan.namespace}.localhost${suffix}`;
  status.components = { predictor: { url: predictor, restUrl: predictor, grpcUrl: `grpc://${grpcAddress}` } };
}

/** Whether a status says that the service can be used. */
export function isReady(status: InferenceServiceStatus): boolean {
  return status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}

function stoppedConditions(time: string): Condition[] {
  const stopped = (type: string): Condition => ({ type, status: 'False', reason: 'Stopped', lastTransitionTime: time });
  return [
    stopped('IngressReady'),
    stopped('PredictorReady'),
    stopped('Ready'),
    { type: 'Stopped', status: 'True', lastTransitionTime: time },
  ];
}

function liveConditions(plan: ServicePlan, phase: ServicePhase, time: string): Condition[] {
  const predictor: Condition = { type: 'PredictorReady', ...outcome(phase), lastTransitionTime: time };
  const ingress: Condition = { type: 'IngressReady', status: 'True', lastTransitionTime: time };
  const conditions = [ingress, predictor];
  for (const part of plan.unserved) {
    const type = part.reason.startsWith('Explainer') ? 'ExplainerReady' : 'TransformerReady';
    conditions.push({ type, status: 'False', reason: part.reason, message: part.message, lastTransitionTime: time });
  }
  const blocker =
    conditions.find((one) => one.status === 'False') ?? conditions.find((one) => one.status === 'Unknown');
  conditions.push(
    blocker === undefined
      ? { type: 'Ready', status: 'True', lastTransitionTime: time }
      : { ...blocker, type: 'Ready', lastTransitionTime: time },
  );
  return conditions.sort((left, right) => (left.type < right.type ? -1 : 1));
}

function outcome(phase: ServicePhase): Pick<Condition, 'status' | 'reason' | 'message'> {
  switch (phase.phase) {
    case 'Pending':
      return { status: 'Unknown', reason: 'Pending', message: 'waiting for its turn to load' };
    case 'Loading':
      return { status: 'Unknown', reason: 'Loading', message: phase.message ?? 'loading the model' };
    case 'Ready':
      return { status: 'True' };
    default:
      return { status: 'False', reason: phase.failure.reason, message: phase.failure.message };
  }
}

function modelStatus(phase: ServicePhase, time: string, previous: InferenceServiceStatus | undefined): ModelStatus {
  const states = (activeModelState: ModelStateOf, targetModelState: ModelStateOf) => ({
    activeModelState,
    targetModelState,
  });
  const was = previous?.modelStatus?.states?.activeModelState;
  const active = was === 'Loaded' ? 'Loaded' : undefined;
  switch (phase.phase) {
    case 'Pending':
      return { transitionStatus: 'InProgress', states: states(active ?? 'Pending', 'Pending') };
    case 'Loading':
      return { transitionStatus: 'InProgress', states: states(active ?? 'Loading', 'Loading') };
    case 'Ready':
      return {
        transitionStatus: 'UpToDate',
        states: states('Loaded', 'Loaded'),
        copies: { failedCopies: 0, totalCopies: 1 },
      };
    default: {
      const { kserveReason, message } = phase.failure;
      return {
        transitionStatus: kserveReason === 'ModelLoadFailed' ? 'BlockedByFailedLoad' : 'InvalidSpec',
        states: states(active ?? 'FailedToLoad', 'FailedToLoad'),
        lastFailureInfo: { reason: kserveReason, message, time },
        copies: { failedCopies: 1, totalCopies: 1 },
      };
    }
  }
}

type ModelStateOf = NonNullable<ModelStatus['states']>['activeModelState'];

function keepTimes(conditions: Condition[], previous: readonly Condition[]): void {
  for (const condition of conditions) {
    const before = previous.find((one) => one.type === condition.type);
    if (before?.status === condition.status) condition.lastTransitionTime = before.lastTransitionTime;
  }
}
