import type { InferenceService, RoutedHost, RoutedRevision, RoutedService, TrafficShare } from '@berth/api';
import type { ServiceOptions } from '../plan/annotations.ts';
import type { Revision } from '../revisions/revision.ts';
import type { Failure } from '../status/failure.ts';
import type { ReplicaView } from '../substrate/substrate.ts';
import type { BackOff } from './replica-failure.ts';

/** Knative's default of `timeoutSeconds`. */
const TIMEOUT_SECONDS = 300;
/** Longest timeout, a day: beyond it timers do not go. */
const MAX_TIMEOUT_SECONDS = 86_400;

/** A revision with the replicas that may get requests. */
export interface RoutedRevisionFacts {
  readonly revision: Revision;
  /** Ready ones that are not on their way out. */
  readonly endpoints: readonly ReplicaView[];
  /** Set where none will be ready soon. */
  readonly failure: Failure | undefined;
  /** Set where none will be ready before a certain time. */
  readonly backOff?: BackOff | undefined;
}

/** What the gateway is told of a service. */
export interface RoutedServiceFacts {
  readonly isvc: InferenceService;
  readonly hosts: readonly RoutedHost[];
  readonly pathPrefix: string;
  readonly options: ServiceOptions;
  readonly revisions: readonly RoutedRevisionFacts[];
  readonly shares: readonly TrafficShare[];
  readonly unavailable?: { readonly reason: string; readonly message: string };
}

/** The entry of a service in the gateway's table. */
export function routedService(facts: RoutedServiceFacts): RoutedService {
  const { isvc, options } = facts;
  const { predictor, transformer } = isvc.spec;
  return {
    namespace: isvc.metadata.namespace ?? 'default',
    name: isvc.metadata.name,
    hosts: facts.hosts,
    pathPrefix: facts.pathPrefix,
    clusterLocal: isClusterLocal(isvc),
    traffic: facts.shares,
    revisions: facts.revisions.map(routedRevision),
    ...(options.stickyHeader === undefined ? {} : { stickyHeader: options.stickyHeader }),
    timeoutMs: timeoutMs(transformer?.timeout ?? predictor.timeout),
    retry: { enabled: options.retries, maxBodyBytes: options.retryMaxBodyBytes },
    hold: { maxRequests: options.holdMaxRequests, maxBytes: options.holdMaxBytes },
    ...(options.maxConcurrency === undefined ? {} : { maxConcurrency: options.maxConcurrency }),
    ...(options.corsOrigins === undefined ? {} : { corsOrigins: options.corsOrigins }),
    ...(facts.unavailable === undefined ? {} : { unavailable: facts.unavailable }),
  };
}

/** Whether a service is hidden from other machines, by KServe's label or Knative's. */
export function isClusterLocal(isvc: InferenceService): boolean {
  const labels = new Map(Object.entries(isvc.metadata.labels ?? {}));
  const keys = ['networking.kserve.io/visibility', 'networking.knative.dev/visibility'];
  return keys.some((key) => labels.get(key) === 'cluster-local');
}

function routedRevision(facts: RoutedRevisionFacts): RoutedRevision {
  const { revision, endpoints, failure } = facts;
  const hasFailed = endpoints.length === 0 && failure !== undefined;
  return {
    name: revision.name,
    endpoints: endpoints.flatMap(({ id, endpoint }) => (endpoint === undefined ? [] : [{ id, ...endpoint }])),
    containerConcurrency: revision.plan.containerConcurrency,
    activates: !hasFailed,
    ...(!hasFailed && endpoints.length === 0 && facts.backOff !== undefined
      ? { backOff: { untilMs: facts.backOff.untilMs, reason: textOf(facts.backOff.failure) } }
      : {}),
    ...(hasFailed ? { failure: textOf(failure) } : {}),
  };
}

function timeoutMs(seconds: unknown): number {
  const valid = typeof seconds === 'number' && seconds > 0 ? seconds : TIMEOUT_SECONDS;
  return Math.min(valid, MAX_TIMEOUT_SECONDS) * 1000;
}

/** Clients get the reason, not the log. */
function textOf({ reason, message }: Failure): string {
  return `${reason}: ${(message.split('\n', 1)[0] as string).slice(0, 500)}`;
}
