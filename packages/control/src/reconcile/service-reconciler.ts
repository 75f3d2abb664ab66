import type { InferenceService } from '@berth/api';
import type { EventRecorder } from '../events/event-recorder.ts';
import type { ModelSource } from '../models/model-source.ts';
import {
  DISABLE_AUTO_UPDATE,
  restartMark,
  type ServiceOptions,
  serviceOptions,
  TAG_ROUTING,
} from '../plan/annotations.ts';
import type { ListenerConfig, PlatformConfig } from '../plan/platform-config.ts';
import { pathsOf } from '../plan/service-hosts.ts';
import { makeWorkload } from '../plan/workload.ts';
import { shortWord } from '../revisions/digest.ts';
import { outdated } from '../revisions/history.ts';
import { nextNumber, revisionName } from '../revisions/naming.ts';
import { askFor, type Files, resolveSource, type Source } from '../revisions/resolve-source.ts';
import {
  draftRevision,
  READY_UNSTARTED,
  REVISION_LABEL,
  REVISION_UID_LABEL,
  type ReadyCondition,
  type Revision,
  readRevision,
  readyConditionOf,
  withMarks,
} from '../revisions/revision.ts';
import type { HostRegistry } from '../routes/host-registry.ts';
import type { RoutePublisher } from '../routes/route-publisher.ts';
import type { StartGate } from '../starts/start-gate.ts';
import { timestamp } from '../status/conditions.ts';
import type { Failure, Progress } from '../status/failure.ts';
import type { ApiObject, ResourceStore } from '../store/resource-store.ts';
import type { ReplicaView, Substrate, Workload } from '../substrate/substrate.ts';
import type { Clock } from '../time/clock.ts';
import { afterApplied, applicable, type TrafficTarget, trafficTargets, withRollback } from '../traffic/rollout.ts';
import { sharesOf } from '../traffic/shares.ts';
import { claimHosts, type ServingVariant } from './claim-hosts.ts';
import type { Departures } from './departures.ts';
import type { ServiceMemory } from './memory.ts';
import { comesBack, firstFailure, isFailing } from './replica-failure.ts';
import { arrangeReplicas, EPOCH_LABEL } from './replica-set.ts';
import { appliedTargets, rolloutOf, wasRoutedSo } from './rollout-status.ts';
import { routedService } from './routed-service.ts';
import type { Scaler } from './scaler.ts';
import { saySteps } from './service-events.ts';
import { factsOf } from './service-facts.ts';
import { serviceStatus } from './service-status.ts';
import type { RunningRevision, ServiceView } from './service-view.ts';
import type { ServiceWorld } from './service-world.ts';
import { type Track, tracksOf } from './tracks.ts';

/** What the reconciler works with. */
export interface ReconcilerParts {
  readonly store: ResourceStore;
  readonly substrate: Substrate;
  readonly models: ModelSource;
  readonly routes: RoutePublisher;
  readonly scaler: Scaler;
  readonly world: ServiceWorld;
  readonly hosts: HostRegistry;
  readonly departures: Departures;
  readonly starts: StartGate;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly listener: ListenerConfig;
  /** Looks at a service again, now or in so many milliseconds. */
  readonly again: (key: string, milliseconds?: number) => void;
}

/** A line of revisions with the newest one before the current that was ever ready. */
type KnownTrack = ServiceView['tracks'][number] & { readonly earlier: Revision | undefined };

/** What a replica is started with, or why it is not. */
type Startable =
  | { readonly workload: Workload }
  | { readonly failure: Failure }
  | { readonly state: 'fetching'; readonly message: string };

/** A replica that has requests when it leaves gets so long to end them, beside its own grace time. */
const MAX_DRAIN_MS = 600_000;

/**
 * Brings one InferenceService to what its spec says, step by step: safe at any time, any number of times. It holds what is
 * wanted against what is observed, starts what is missing, publishes where requests go, sees off what is not needed, and
 * writes down how things are.
 */
export class ServiceReconciler {
  readonly #parts: ReconcilerParts;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  reconcile(object: ApiObject, memory: ServiceMemory): void {
    const { world, store } = this.#parts;
    const isvc = object as unknown as InferenceService;
    const { name } = isvc.metadata;
    const namespace = isvc.metadata.namespace ?? 'default';
    const annotations = isvc.metadata.annotations ?? {};
    const options = serviceOptions(annotations);
    const config = world.config();
    const stopped = annotations['serving.kserve.io/stop']?.toLowerCase() === 'true';
    const tracks = tracksOf(isvc, world.runtimes(), world.revisions(namespace, name)).map((track) => {
      const source = stopped ? undefined : this.#source(track, isvc);
      return { track, source, current: this.#currentRevision(track, source, object, isvc) };
    });
    const revisions = world.revisions(namespace, name);
    const replicas = this.#ownReplicas(namespace, name, revisions, memory);
    this.#noteReady(revisions, replicas, this.#unstarted(tracks, isvc));
    const seen = this.#view(isvc, config, tracks, world.revisions(namespace, name), replicas, memory, stopped);
    this.#act(seen, options, replicas, memory);
    this.#noteReplicas(seen, replicas);
    const view: ServiceView = { ...seen, ingress: this.#confirm(seen, memory) };
    const status = serviceStatus(view, this.#parts);
    saySteps(object, view, options, memory, this.#parts);
    if (JSON.stringify(object.status) !== JSON.stringify(status)) store.updateStatus({ ...object, status });
    this.#forgetOld(view);
    if (options.pollMs !== undefined) {
      this.#parts.again(
        `${namespace}/${name}`,
        options.pollMs - (this.#parts.clock.now().getTime() % options.pollMs) + 10,
      );
    }
  }

  /** Takes a service down that is not there any more. */
  tearDown(namespace: string, name: string, memory: ServiceMemory): void {
    const { routes, hosts, models, departures, substrate, scaler, starts } = this.#parts;
    const key = `${namespace}/${name}`;
    starts.ask(key, []);
    routes.remove({ namespace, name });
    for (const other of hosts.release(key)) this.#parts.again(other);
    models.forget({ namespace, service: name });
    scaler.forget(namespace, name);
    for (const view of substrate.replicas()) {
      const { workload } = view;
      if (workload.namespace !== namespace || workload.service !== name) continue;
      departures.begin(view, memory, workload.terminationGraceSeconds * 1000);
    }
  }

  #source(track: Track, isvc: InferenceService): Source | undefined {
    const { plan } = track.outcome;
    if (plan === undefined) return undefined;
    const annotations = isvc.metadata.annotations ?? {};
    return resolveSource(
      {
        plan,
        specHash: track.specHash,
        runtimeHash: track.runtimeHash,
        mark: this.#markOf(isvc, track),
        annotations,
        ignoresRuntime: annotations[DISABLE_AUTO_UPDATE]?.toLowerCase() === 'true',
        latest: track.revisions.at(-1),
      },
      this.#parts.models,
    );
  }

  /** The revision of the spec as it is, made now where it is new; undefined while its files are not here. */
  #currentRevision(
    track: Track,
    source: Source | undefined,
    owner: ApiObject,
    isvc: InferenceService,
  ): Revision | undefined {
    const { store } = this.#parts;
    if (source === undefined) {
      const latest = track.revisions.at(-1);
      return latest?.specHash === track.specHash ? latest : undefined;
    }
    const epoch = this.#epochOf(isvc, track);
    switch (source.state) {
      case 'new':
        return this.#create(track, source.files, owner, epoch, this.#markOf(isvc, track));
      case 'unchanged': {
        const object = store.update(withMarks(source.revision, this.#markOf(isvc, track), epoch));
        return readRevision(object);
      }
      case 'current':
        return source.revision;
      default:
        return source.revision;
    }
  }

  /** Which restart was asked for last. */
  #epochOf(isvc: InferenceService, track: Track): string {
    const ofPredictor = track.predictor.annotations as Record<string, string> | undefined;
    const mark = restartMark(isvc.metadata.annotations, ofPredictor);
    return mark === '' ? '' : shortWord(mark, 10);
  }

  #markOf(isvc: InferenceService, track: Track): string {
    const options = serviceOptions(isvc.metadata.annotations);
    const restart = this.#epochOf(isvc, track);
    const tick =
      options.pollMs === undefined ? '' : `poll ${Math.floor(this.#parts.clock.now().getTime() / options.pollMs)}`;
    return [restart, tick].filter((one) => one !== '').join(' ');
  }

  #create(track: Track, files: Files, owner: ApiObject, epoch: string, checked: string): Revision | undefined {
    const { store } = this.#parts;
    const plan = track.outcome.plan;
    if (plan === undefined) return undefined;
    const names = store.list('Revision', { namespace: plan.namespace }).map((one) => one.metadata.name);
    const object = store.create(
      draftRevision({
        name: revisionName(track.workload, nextNumber(track.workload, names)),
        workload: track.workload,
        generation: owner.metadata.generation,
        owner,
        plan,
        digests: files.digests,
        bytes: files.bytes,
        specHash: track.specHash,
        runtimeHash: track.runtimeHash,
        checked,
        epoch,
        predictor: track.predictor,
      }),
    );
    return readRevision(object);
  }

  /** The replicas of the service's revisions. Others under its name are of a service that was here before: seen off. */
  #ownReplicas(namespace: string, name: string, revisions: readonly Revision[], memory: ServiceMemory): ReplicaView[] {
    const uids = new Set(revisions.map((one) => one.uid));
    const own: ReplicaView[] = [];
    for (const view of this.#parts.substrate.replicas()) {
      const { workload } = view;
      if (workload.namespace !== namespace || workload.service !== name) continue;
      if (uids.has(workload.labels[REVISION_UID_LABEL] ?? '')) own.push(view);
      else this.#parts.departures.stop(view.id, memory);
    }
    return own;
  }

  /**
   * Whether the gateway sends requests where they shall go. Asked again when it has taken over what was published; after a
   * restart of the controller the last status counts.
   */
  #confirm(view: ServiceView, memory: ServiceMemory): Progress {
    const signature = JSON.stringify(view.shares);
    if (memory.confirmed === '' && view.shares.length > 0 && wasRoutedSo(view)) memory.confirmed = signature;
    if (memory.confirmed === signature) {
      memory.signature = signature;
      return { state: 'ready' };
    }
    if (memory.signature !== signature) {
      memory.signature = signature;
      const { namespace = 'default', name } = view.isvc.metadata;
      this.#parts.routes.applied().then(
        () => {
          memory.confirmed = signature;
          this.#parts.again(`${namespace}/${name}`);
        },
        () => undefined,
      );
    }
    return waiting('RoutesPending', 'the gateway has not taken over yet where requests go');
  }

  /** New revisions that need no start before they take requests (`initial-scale: "0"`). */
  #unstarted(tracks: ServiceView['tracks'], isvc: InferenceService): ReadonlySet<string> {
    const names = new Set<string>();
    for (const { track, current } of tracks) {
      if (current === undefined || current.wasReady) continue;
      const question = { isvc, track, revision: current, replicas: [], isNew: true, demanded: false };
      if (this.#parts.scaler.desired(question) === 0) names.add(current.name);
    }
    return names;
  }

  /** Remembers in a revision that a replica of it was ready once, or that none has to be. */
  #noteReady(revisions: readonly Revision[], replicas: readonly ReplicaView[], unstarted: ReadonlySet<string>): void {
    const { store, clock } = this.#parts;
    for (const revision of revisions) {
      if (revision.isProven) continue;
      const own = replicas.filter((view) => view.workload.revision === revision.name);
      const condition = readinessOf(revision, own, unstarted.has(revision.name));
      const before = readyConditionOf(revision.object);
      if (condition === undefined) continue;
      if (before?.status === condition.status && before.reason === condition.reason) continue;
      const conditions = [{ ...condition, lastTransitionTime: timestamp(clock.now()) }];
      store.updateStatus({ ...revision.object, status: { ...(revision.object.status as object), conditions } });
    }
  }

  /** Writes down how many replicas each revision has and shall have. */
  #noteReplicas(view: ServiceView, replicas: readonly ReplicaView[]): void {
    const { namespace = 'default', name } = view.isvc.metadata;
    for (const { object } of this.#parts.world.revisions(namespace, name)) {
      const revision = object.metadata.name;
      const own = replicas.filter((one) => one.workload.revision === revision && one.state === 'ready');
      const counts = { actualReplicas: own.length, desiredReplicas: view.running.get(revision)?.desired ?? 0 };
      const before = (object.status ?? {}) as { actualReplicas?: number; desiredReplicas?: number };
      if (before.actualReplicas === counts.actualReplicas && before.desiredReplicas === counts.desiredReplicas)
        continue;
      this.#parts.store.updateStatus({ ...object, status: { ...before, ...counts } });
    }
  }

  #view(
    isvc: InferenceService,
    config: PlatformConfig,
    tracks: ServiceView['tracks'],
    revisions: readonly Revision[],
    replicas: readonly ReplicaView[],
    memory: ServiceMemory,
    stopped: boolean,
  ): ServiceView {
    const byName = new Map(revisions.map((one) => [one.name, one]));
    const fresh = (revision: Revision | undefined) =>
      revision === undefined ? undefined : (byName.get(revision.name) ?? revision);
    const known: KnownTrack[] = tracks.map((one) => ({
      ...one,
      current: fresh(one.current),
      earlier: one.track.revisions
        .map((revision) => byName.get(revision.name))
        .findLast((revision) => revision?.wasReady === true && revision.name !== one.current?.name),
    }));
    const [stable, ...variants] = known as [KnownTrack, ...KnownTrack[]];
    const ready = (revision: string) =>
      replicas.filter(
        (view) => view.workload.revision === revision && view.state === 'ready' && !memory.leaving.has(view.id),
      );
    // A revision scaled to zero serves as well: a request starts it.
    const canServe = (name: string) => ready(name).length > 0 || this.#parts.scaler.isAtZero(isvc, name);
    const applied = appliedTargets(isvc, byName);
    // A revision takes over when it has as many replicas as those that it takes over from.
    const canTakeOver = (name: string) => {
      const count = ready(name).length;
      if (count === 0) return canServe(name);
      const revision = byName.get(name);
      return (
        revision === undefined || count >= this.#replicasToTakeOver(isvc, stable.track, revision, replicas, memory)
      );
    };
    const request = {
      percent: isvc.spec.predictor.canaryTrafficPercent ?? undefined,
      current: stable.current?.name,
      tagsLatest: isvc.metadata.annotations?.[TAG_ROUTING]?.toLowerCase() === 'true',
    };
    const before = rolloutOf(isvc, byName);
    const readyOnes = revisions.filter((one) => one.workload === stable.track.workload && one.wasReady);
    const latestReady = readyOnes.at(-1)?.name ?? before.latestReady;
    const asked = withRollback({ ...before, ...(latestReady === undefined ? {} : { latestReady }) }, request);
    const wanted = trafficTargets(asked, request);
    const targets = stopped ? [] : applicable(wanted, applied, canTakeOver);
    const isShifted = targets === wanted || JSON.stringify(targets) === JSON.stringify(wanted);
    const rollout = isShifted ? afterApplied(asked, targets) : asked;
    // A variant that changes is served by its revision before the change until the new one is ready.
    const servingVariants = variants.map(({ track, current, earlier }) => {
      const serving = [current, earlier].find((one) => one !== undefined && canServe(one.name));
      return { track, serving, current };
    });
    const variantShares = servingVariants.flatMap(({ track, serving }) => {
      const percent = track.variant?.percent ?? 0;
      return serving !== undefined && percent > 0 ? [{ revision: serving.name, percent }] : [];
    });
    const running = stopped
      ? new Map<string, RunningRevision>()
      : this.#running(isvc, known, byName, [...targets, ...wanted], servingVariants, replicas, memory);
    const shares = sharesOf(targets, variantShares);
    const paths = pathsOf(factsOf(isvc), config);
    return {
      isvc,
      config,
      tracks: known,
      rollout,
      targets,
      isShifted,
      shares,
      running,
      hosts: claimHosts(isvc, config, servingVariants, targets, memory, this.#parts.hosts, this.#parts.again),
      pathPrefix: paths.prefix,
      predictor: this.#predictorProgress(stable, targets, isShifted, running, isvc),
      ingress: { state: 'ready' },
      stopped,
    };
  }

  /** The revisions that shall run, with how many replicas. */
  #running(
    isvc: InferenceService,
    tracks: ServiceView['tracks'],
    byName: ReadonlyMap<string, Revision>,
    targets: readonly TrafficTarget[],
    variants: readonly ServingVariant[],
    replicas: readonly ReplicaView[],
    memory: ServiceMemory,
  ): Map<string, RunningRevision> {
    const running = new Map<string, RunningRevision>();
    const add = (name: string | undefined, track: Track, isNew: boolean) => {
      const revision = name === undefined ? undefined : byName.get(name);
      if (revision === undefined || running.has(revision.name)) return;
      const own = replicas.filter((view) => view.workload.revision === revision.name && !memory.leaving.has(view.id));
      const question = { isvc, track, revision, replicas: own, isNew, demanded: memory.demanded.has(revision.name) };
      let desired = this.#parts.scaler.desired(question);
      if (track.variant === undefined && isRising(revision)) {
        desired = Math.max(desired, this.#replicasToTakeOver(isvc, track, revision, replicas, memory));
      }
      running.set(revision.name, { revision, desired, replicas: own });
    };
    const serving = new Set(appliedTargets(isvc, byName).flatMap((one) => (one.percent > 0 ? [one.revision] : [])));
    const isRising = (revision: Revision) => serving.size > 0 && !serving.has(revision.name);
    const [stable] = tracks as [ServiceView['tracks'][number], ...ServiceView['tracks'][number][]];
    for (const target of targets) if (target.percent > 0) add(target.revision, stable.track, false);
    if (stable.current !== undefined && !stable.current.wasReady) add(stable.current.name, stable.track, true);
    for (const { track, current, serving } of variants) {
      add(serving?.name, track, false);
      add(current?.name, track, current?.wasReady !== true);
    }
    // Reached by their tags alone: no replica until somebody asks.
    for (const target of targets) {
      const revision = byName.get(target.revision);
      if (revision === undefined || running.has(target.revision)) continue;
      const own = replicas.filter((view) => view.workload.revision === target.revision && !memory.leaving.has(view.id));
      running.set(target.revision, { revision, desired: memory.demanded.has(target.revision) ? 1 : 0, replicas: own });
    }
    return running;
  }

  /** How many replicas a revision needs before it takes over from those that serve now. */
  #replicasToTakeOver(
    isvc: InferenceService,
    track: Track,
    revision: Revision,
    replicas: readonly ReplicaView[],
    memory: ServiceMemory,
  ): number {
    const traffic = isvc.status?.components?.predictor?.traffic ?? [];
    const isServing = (name: string) => traffic.some((one) => one.revisionName === name && one.percent > 0);
    if (memory.isExclusive) return 1;
    const now = replicas.filter(
      (view) => view.state === 'ready' && isServing(view.workload.revision) && !memory.leaving.has(view.id),
    ).length;
    const percent = isvc.spec.predictor.canaryTrafficPercent ?? 100;
    const isNewest = track.revisions.at(-1)?.name === revision.name;
    const share = isNewest ? percent : 100 - percent;
    const own = replicas.filter((view) => view.workload.revision === revision.name && !memory.leaving.has(view.id));
    return this.#parts.scaler.toTakeOver(
      { isvc, track, revision, replicas: own, isNew: true, demanded: false },
      Math.ceil((now * share) / 100),
    );
  }

  #predictorProgress(
    stable: ServiceView['tracks'][number],
    targets: readonly TrafficTarget[],
    isShifted: boolean,
    running: ReadonlyMap<string, RunningRevision>,
    isvc: InferenceService,
  ): Progress {
    const { track, source, current } = stable;
    if (track.outcome.failure !== undefined) return { state: 'failed', failure: track.outcome.failure };
    // A poll, or bytes that have to be fetched once more, take nothing from a revision that serves; a restart is waited for.
    const isBackground = current?.wasReady === true && current.epoch === this.#epochOf(isvc, track);
    if (source?.state === 'failed' && !isBackground) return { state: 'failed', failure: source.failure };
    if (source?.state === 'fetching' && !isBackground) return waiting('ModelDownloading', source.message);
    if (current === undefined) return waiting('Pending', 'the revision is being made');
    for (const one of running.values()) {
      if (one.desired === 0 || one.replicas.length > 0 || stable.track.workload !== one.revision.workload) continue;
      const made = this.#workload(one.revision, 'probe', isvc);
      if ('failure' in made) return { state: 'failed', failure: made.failure };
      if ('state' in made) return waiting('ModelDownloading', made.message);
    }
    const now = running.get(current.name);
    if (!current.wasReady) {
      const failure = now === undefined ? undefined : firstFailure(now.replicas);
      if (now !== undefined && failure !== undefined && isFailing(now.replicas)) return { state: 'failed', failure };
      if (failure !== undefined) return waiting(failure.reason, failure.message);
      const key = `${isvc.metadata.namespace ?? 'default'}/${isvc.metadata.name}`;
      if (now !== undefined && now.replicas.length === 0 && this.#parts.starts.isWaiting(key)) {
        return waiting(
          'StartQueued',
          `revision ${current.name} waits for its turn: others are starting on this machine`,
        );
      }
      return waiting('RevisionStarting', `revision ${current.name} is starting`);
    }
    if (!isShifted) return waiting('TrafficShifting', 'the new revision gets its requests as soon as it is ready');
    for (const target of targets) {
      if (target.percent === 0) continue;
      const one = running.get(target.revision);
      if (one === undefined || one.desired === 0) continue;
      if (one.replicas.some((view) => view.state === 'ready')) continue;
      const failure = firstFailure(one.replicas);
      if (failure !== undefined && isFailing(one.replicas)) return { state: 'failed', failure };
      // A request that comes while a service at zero wakes up is served: it is not less ready than before.
      if (this.#parts.scaler.isWaking(one.revision)) continue;
      return waiting(
        failure?.reason ?? 'ReplicasNotReady',
        failure?.message ?? `no replica of ${target.revision} is ready now`,
      );
    }
    return { state: 'ready' };
  }

  /** Starts, publishes, sees off. */
  #act(view: ServiceView, options: ServiceOptions, replicas: readonly ReplicaView[], memory: ServiceMemory): void {
    const keep = new Set<string>();
    if (replicas.some((one) => one.isExclusive)) memory.isExclusive = true;
    else if (replicas.some((one) => one.state === 'ready')) memory.isExclusive = false;
    const { isExclusive } = memory;
    const only = isExclusive ? soleRevision(view) : undefined;
    const wanted: { revision: Revision; id: string; isWaitedFor: boolean }[] = [];
    for (const { revision, desired, replicas: own } of view.running.values()) {
      // One replica of one revision, where each binds the same port: another has ended before it starts.
      if (isExclusive && revision.name !== only) continue;
      const count = isExclusive ? Math.min(1, desired) : desired;
      const plan = arrangeReplicas({
        revision,
        replicas: own,
        taken: new Set(replicas.map((one) => one.id)),
        desired: count,
      });
      for (const id of plan.keep) keep.add(id);
      const others = replicas.some((one) => one.workload.revision !== revision.name || memory.leaving.has(one.id));
      if (isExclusive && others) continue;
      const isComing = own.some((one) => one.state === 'ready' || one.state === 'starting');
      const isWaitedFor = memory.demanded.has(revision.name) && !isComing;
      // A request waits for one replica, not for all that there shall be.
      for (const [index, id] of plan.start.entries())
        wanted.push({ revision, id, isWaitedFor: isWaitedFor && index === 0 });
    }
    for (const id of this.#startInTurn(wanted, view.isvc)) keep.add(id);
    const unavailable = this.#unavailable(view);
    const routed = routedService({
      isvc: view.isvc,
      hosts: view.hosts,
      pathPrefix: view.pathPrefix,
      options,
      shares: view.shares,
      revisions: [...view.running.values()].map(({ revision, replicas: own }) => ({
        revision,
        endpoints: own.filter((one) => one.state === 'ready' && keep.has(one.id)),
        failure: isFailing(own) && !comesBack(revision.isProven, own) ? firstFailure(own) : undefined,
      })),
      ...(unavailable === undefined ? {} : { unavailable }),
    });
    this.#parts.routes.publish(routed);
    for (const { revision, replicas: own } of view.running.values()) {
      if (own.some((one) => one.state === 'ready')) memory.demanded.delete(revision.name);
    }
    for (const one of replicas) {
      if (keep.has(one.id)) continue;
      this.#parts.departures.begin(one, memory, Math.min(MAX_DRAIN_MS, routed.timeoutMs + 5_000));
    }
    memory.routed = new Set(routed.revisions.flatMap(({ endpoints }) => endpoints.map((one) => one.id)));
    const present = new Set(this.#parts.substrate.replicas().map((one) => one.id));
    for (const set of [memory.leaving, memory.stopped]) for (const id of set) if (!present.has(id)) set.delete(id);
  }

  #unavailable(view: ServiceView): { reason: string; message: string } | undefined {
    if (view.stopped)
      return {
        reason: 'Stopped',
        message: `${view.isvc.metadata.name} is stopped (annotation serving.kserve.io/stop)`,
      };
    const { transformer } = view.isvc.spec;
    if (transformer !== undefined && transformer !== null) {
      const message = `spec.transformer of ${view.isvc.metadata.name} is not run yet, and without it the predictor would get requests it was not made for`;
      return { reason: 'TransformerNotSupported', message };
    }
    if (view.shares.length > 0 || view.targets.length > 0) return undefined;
    const { predictor } = view;
    const name = view.isvc.metadata.name;
    if (predictor.state === 'failed') {
      const [line = ''] = predictor.failure.message.split('\n', 1);
      return {
        reason: predictor.failure.reason,
        message: `${name} is not ready: ${predictor.failure.reason}: ${line.slice(0, 500)}`,
      };
    }
    return {
      reason: 'NotReady',
      message: `${name} is not ready yet${predictor.state === 'waiting' ? `: ${predictor.message.split('\n', 1)[0]}` : ''}`,
    };
  }

  /** Starts those whose turn it is; the others wait, and the service is looked at again when it is theirs. */
  #startInTurn(
    wanted: readonly { revision: Revision; id: string; isWaitedFor: boolean }[],
    isvc: InferenceService,
  ): string[] {
    const { starts, substrate } = this.#parts;
    const key = `${isvc.metadata.namespace ?? 'default'}/${isvc.metadata.name}`;
    const waited = starts.isWaiting(key);
    const granted = starts.ask(key, wanted);
    const started: string[] = [];
    for (const { revision, id } of wanted) {
      const made = granted.has(id) ? this.#workload(revision, id, isvc) : undefined;
      if (made === undefined || !('workload' in made)) continue;
      starts.started(key, id);
      substrate.start(id, made.workload);
      started.push(id);
    }
    // Its status says so.
    if (starts.isWaiting(key) !== waited) this.#parts.again(key);
    return started;
  }

  /** The workload of a replica, or why there can be none; `fetching` while its files are on their way. */
  #workload(revision: Revision, id: string, isvc: InferenceService): Startable {
    const { models, world } = this.#parts;
    const paths: string[] = [];
    for (const digest of revision.digests) {
      const path = models.find(digest);
      if (path !== undefined) paths.push(path);
    }
    if (paths.length < revision.digests.length) {
      // Cleaned away: the source may still have the very same bytes, and no others will do.
      const files = askFor(revision.plan, isvc.metadata.annotations ?? {}, `again ${revision.name}`, models);
      if (files.state === 'failed') return { failure: { ...files.failure, revision: revision.name } };
      if (files.state === 'fetching') return files;
      if (files.digests.join() !== revision.digests.join()) {
        const message = `the files of ${revision.name} are not on this machine any more, and their source has others now; roll out a revision of what is there`;
        const failure = { reason: 'RevisionFilesGone', kserveReason: 'ModelLoadFailed', message } as const;
        return { failure: { ...failure, revision: revision.name } };
      }
      paths.splice(0, paths.length, ...files.paths);
    }
    return makeWorkload(revision.plan, {
      revision: revision.name,
      pod: id,
      podUid: id,
      labels: {
        [REVISION_LABEL]: revision.name,
        [REVISION_UID_LABEL]: revision.uid,
        [EPOCH_LABEL]: revision.epoch,
        app: `isvc.${revision.workload}`,
      },
      paths,
      lookup: world.lookup,
    });
  }

  #forgetOld(view: ServiceView): void {
    const { store } = this.#parts;
    const { rollout, targets, running, isvc } = view;
    const needed = new Set([...running.keys(), ...targets.map((one) => one.revision)]);
    for (const name of [rollout.latestReady, rollout.rolledOut, rollout.previousRolledOut])
      if (name !== undefined) needed.add(name);
    const all = view.tracks.flatMap(({ track }) => track.revisions);
    for (const { track, current } of view.tracks)
      if (current !== undefined && track !== undefined) needed.add(current.name);
    for (const { name } of outdated(all, needed)) {
      store.delete({ kind: 'Revision', namespace: isvc.metadata.namespace ?? 'default', name });
    }
  }
}

/** What is to be said of a revision that has not proven itself; undefined where nothing is new. */
function readinessOf(
  revision: Revision,
  own: readonly ReplicaView[],
  isUnstarted: boolean,
): ReadyCondition | undefined {
  if (own.some((view) => view.state === 'ready')) return { type: 'Ready', status: 'True' };
  if (isUnstarted) return READY_UNSTARTED;
  // It takes requests already; that it fails is said of the service.
  if (revision.wasReady || !isFailing(own)) return undefined;
  const failure = firstFailure(own);
  if (failure === undefined) return undefined;
  return { type: 'Ready', status: 'False', reason: failure.reason, message: failure.message };
}

function waiting(reason: string, message: string): Progress {
  return { state: 'waiting', reason, message };
}

/** The revision that runs where only one can: the newest, unless a part of the requests is to stay with the one before it. */
function soleRevision(view: ServiceView): string | undefined {
  const current = view.tracks[0]?.current?.name;
  const percent = view.isvc.spec.predictor.canaryTrafficPercent ?? 100;
  return percent >= 100 ? (current ?? view.rollout.rolledOut) : (view.rollout.rolledOut ?? current);
}
