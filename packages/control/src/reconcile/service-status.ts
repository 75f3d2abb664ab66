import type {
  CanaryStatus,
  ComponentStatus,
  InferenceServiceStatus,
  ServedModelStatus,
  TrafficTargetStatus,
} from '@berth/api';
import { deploymentModeOf, type ListenerConfig } from '../plan/platform-config.ts';
import { clusterHosts, displayHost, pathsOf, schemeOf, urlOf } from '../plan/service-hosts.ts';
import { unservedComponents } from '../plan/unserved-components.ts';
import type { HostRegistry } from '../routes/host-registry.ts';
import { conditionsOf } from '../status/conditions.ts';
import type { Progress } from '../status/failure.ts';
import { modelStatusOf } from '../status/model-status.ts';
import { runtimeVersionOf } from '../status/runtime-version.ts';
import type { Clock } from '../time/clock.ts';
import { factsOf } from './service-facts.ts';
import type { ServiceView } from './service-view.ts';

interface StatusParts {
  readonly clock: Clock;
  readonly listener: ListenerConfig;
  readonly hosts: HostRegistry;
}

/** The status of a service, as KServe's clients read it. Nothing in it changes while nothing changes. */
export function serviceStatus(view: ServiceView, parts: StatusParts): InferenceServiceStatus {
  const { isvc, stopped } = view;
  const now = parts.clock.now();
  const before = isvc.status;
  const [stable] = view.tracks;
  const mode =
    deploymentModeOf(isvc.metadata.annotations?.['serving.kserve.io/deploymentMode']) ?? view.config.deploymentMode;

  const conditions = conditionsOf(
    {
      predictor: view.predictor,
      ingress: view.predictor.state === 'ready' ? view.ingress : ingressOf(view),
      ...otherComponents(view),
      ...(view.tracks.length > 1 ? { canaries: canariesProgress(view) } : {}),
      stopped,
      isKnative: mode === 'Knative',
    },
    now,
    before?.conditions ?? [],
  );
  const runtime = stable?.track.outcome.runtime;
  const status: InferenceServiceStatus = {
    observedGeneration: isvc.metadata.generation ?? 1,
    conditions,
    deploymentMode: mode,
    ...(runtime?.kind === 'ServingRuntime' ? { servingRuntimeName: runtime.name } : {}),
    ...(runtime?.kind === 'ClusterServingRuntime' ? { clusterServingRuntimeName: runtime.name } : {}),
  };
  if (stopped) {
    // What was rolled out is remembered, so that a start again is no promotion.
    const names = rolloutNames(view);
    return Object.keys(names).length === 0 ? status : { ...status, components: { predictor: names } };
  }
  const models = servedModels(view);
  return {
    ...status,
    ...addresses(view, parts),
    components: { predictor: componentStatus(view, parts) },
    modelStatus: modelStatus(view, now),
    ...(view.tracks.length > 1 ? { canaryStatuses: canaryStatuses(view) } : {}),
    ...(models.length === 0 ? {} : { models }),
    ...runtimeVersion(view),
    ...withoutEffect(view),
  };
}

/** While nothing serves, nothing is routed; what serves is routed also while a new revision fails. */
function ingressOf(view: ServiceView): Progress {
  if (view.targets.length > 0) return view.ingress;
  return {
    state: 'waiting',
    reason: 'PredictorNotReady',
    message: 'there is no revision yet that could take requests',
  };
}

/** Transformer and explainer are not run on one machine yet: the service is not whole without them. */
function otherComponents(view: ServiceView): { transformer?: Progress; explainer?: Progress } {
  const parts = unservedComponents(view.isvc);
  return Object.fromEntries(parts.map(({ component, failure }) => [component, { state: 'failed', failure } as const]));
}

function addresses(
  view: ServiceView,
  { listener, hosts }: StatusParts,
): Pick<InferenceServiceStatus, 'url' | 'address'> {
  const { config } = view;
  const facts = factsOf(view.isvc);
  const key = `${facts.namespace}/${facts.name}`;
  const host = displayHost(facts, facts.name, config, (one) => hosts.owner(one) === key);
  const scheme = schemeOf(config, listener);
  const { prefix, shown } = pathsOf(facts, config);
  const url =
    shown === undefined
      ? urlOf(scheme, host, listener.httpPort)
      : `${urlOf(scheme, config.domain ?? 'localhost', listener.httpPort)}${shown}`;
  return { url, address: { url: `${urlOf(scheme, '127.0.0.1', listener.httpPort)}${prefix}` } };
}

function rolloutNames({ rollout, tracks: [stable] }: ServiceView): ComponentStatus {
  const created = stable?.current?.name ?? stable?.track.revisions.at(-1)?.name;
  return {
    ...(rollout.latestReady === undefined ? {} : { latestReadyRevision: rollout.latestReady }),
    ...(created === undefined ? {} : { latestCreatedRevision: created }),
    ...(rollout.previousRolledOut === undefined ? {} : { previousRolledoutRevision: rollout.previousRolledOut }),
    ...(rollout.rolledOut === undefined ? {} : { latestRolledoutRevision: rollout.rolledOut }),
  };
}

function componentStatus(view: ServiceView, { listener, hosts }: StatusParts): ComponentStatus {
  const { config, targets } = view;
  const facts = factsOf(view.isvc);
  const key = `${facts.namespace}/${facts.name}`;
  const scheme = schemeOf(config, listener);
  const urlFor = (workload: string) =>
    urlOf(
      scheme,
      displayHost(facts, workload, config, (one) => hosts.owner(one) === key),
      listener.httpPort,
    );
  const traffic = targets.map(
    ({ revision, percent, isLatest, tag }): TrafficTargetStatus => ({
      revisionName: revision,
      latestRevision: isLatest,
      percent,
      ...(tag === undefined ? {} : { tag, url: urlFor(`${tag}-${facts.name}-predictor`) }),
    }),
  );
  const url = urlFor(`${facts.name}-predictor`);
  const [clusterHost = ''] = clusterHosts(facts, `${facts.name}-predictor`);
  return {
    ...rolloutNames(view),
    ...(traffic.length === 0 ? {} : { traffic }),
    url,
    restUrl: url,
    grpcUrl: url.replace(/^https?:/, 'grpc:'),
    address: { url: `${scheme}://${clusterHost}` },
  };
}

function modelStatus(view: ServiceView, now: Date): NonNullable<InferenceServiceStatus['modelStatus']> {
  const { predictor, running } = view;
  const serving = view.targets.filter((one) => one.percent > 0).map((one) => running.get(one.revision));
  const isLoaded = serving.some((one) => one?.replicas.some((replica) => replica.state === 'ready') === true);
  const isAsleep = serving.length > 0 && serving.every((one) => one !== undefined && one.desired === 0);
  const [stable] = view.tracks;
  const current = stable?.current === undefined ? undefined : running.get(stable.current.name);
  const failed = (current?.replicas ?? []).filter((one) => one.failure !== undefined && one.state !== 'ready').length;
  const isInvalid = stable?.track.outcome.failure !== undefined;
  return modelStatusOf(
    {
      predictor,
      active: isLoaded ? 'loaded' : isAsleep ? 'standby' : 'none',
      target: stable?.source?.state === 'fetching' || current === undefined ? 'Pending' : 'Loading',
      totalCopies: current?.replicas.length ?? 0,
      failedCopies: failed,
      isInvalidSpec: isInvalid,
    },
    now,
    view.isvc.status?.modelStatus,
  );
}

function canariesProgress(view: ServiceView): Progress {
  const notReady = canaryStatuses(view).filter((one) => !one.ready);
  if (notReady.length === 0) return { state: 'ready' };
  const names = notReady.map((one) => one.name).join(', ');
  const failure = view.tracks
    .slice(1)
    .find(({ track, source }) => track.outcome.failure !== undefined || source?.state === 'failed');
  const why =
    failure?.track.outcome.failure?.message ??
    (failure?.source?.state === 'failed' ? failure.source.failure.message : '');
  return {
    state: 'waiting',
    reason: 'CanariesNotReady',
    message: `not ready: ${names}${why === '' ? '' : `: ${why}`}`,
  };
}

function canaryStatuses(view: ServiceView): CanaryStatus[] {
  return view.tracks.slice(1).map(({ track, current }) => ({
    name: track.variant?.name ?? '',
    ready:
      current !== undefined && (view.running.get(current.name)?.replicas.some((one) => one.state === 'ready') ?? false),
    trafficPercent: track.variant?.percent ?? 0,
  }));
}

function runtimeVersion(view: ServiceView): Pick<InferenceServiceStatus, 'runtimeVersion'> {
  const [stable] = view.tracks;
  const plan = stable?.track.outcome.plan;
  if (plan?.runtimeVersion === undefined || plan.runner.kind !== 'native') return {};
  const running = stable?.current === undefined ? undefined : view.running.get(stable.current.name);
  const found = runtimeVersionOf(plan.runtimeVersion, running?.replicas.flatMap((one) => one.models) ?? []);
  const before = view.isvc.status?.runtimeVersion;
  // While the service sleeps nobody reads the file, and what was read stays true.
  return { runtimeVersion: found.library === undefined && before?.requested === found.requested ? before : found };
}

function withoutEffect(view: ServiceView): Pick<InferenceServiceStatus, 'withoutEffect'> {
  const fields = new Set(view.tracks.flatMap(({ track }) => track.outcome.withoutEffect.map((one) => one.field)));
  return fields.size === 0 ? {} : { withoutEffect: [...fields].sort() };
}

/** Models as a ready replica reports them; what was known stays while the service sleeps. */
function servedModels(view: ServiceView): ServedModelStatus[] {
  const [stable] = view.tracks;
  const names = [...view.targets.map((one) => one.revision), stable?.current?.name ?? ''];
  for (const name of names) {
    for (const replica of view.running.get(name)?.replicas ?? []) {
      if (replica.models.length === 0) continue;
      return replica.models.map((model) => ({
        name: model.name,
        state: model.state,
        ...(model.versions === undefined ? {} : { versions: [...model.versions] }),
        ...(model.format === undefined ? {} : { format: model.format }),
        ...(model.library === undefined ? {} : { library: `${model.library.name} ${model.library.version}` }),
        ...(model.reason === undefined ? {} : { reason: model.reason }),
      }));
    }
  }
  return view.isvc.status?.models ?? [];
}
