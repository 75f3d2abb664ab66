import type { InferenceService, RevisionLoad } from '@berth/api';
import { decideHpa, type HpaState, SYNC_MS } from '../autoscaler/hpa.ts';
import { decideKpa, KPA_START, type KpaState, withinBounds } from '../autoscaler/kpa.ts';
import { scalingPolicy } from '../autoscaler/policy.ts';
import { type PlannedResources, resourceRequest } from '../autoscaler/resource-request.ts';
import { type Activity, toZero } from '../autoscaler/to-zero.ts';
import type { ScaleDecision, ScalingPolicy } from '../autoscaler/types.ts';
import { LoadWindow, ReportTimeline } from '../autoscaler/window.ts';
import type { Revision } from '../revisions/revision.ts';
import type { ReplicaUsage, ReplicaView } from '../substrate/substrate.ts';
import type { Clock } from '../time/clock.ts';
import { type Track, variantReplicas } from './tracks.ts';

/** What the number of replicas is asked with. */
export interface ScaleQuestion {
  readonly isvc: InferenceService;
  readonly track: Track;
  readonly revision: Revision;
  readonly replicas: readonly ReplicaView[];
  /** Whether it was never ready yet: it has to start once to be known as good. */
  readonly isNew: boolean;
  /** Whether a request waits for it. */
  readonly demanded: boolean;
}

interface Entry {
  readonly service: string;
  /** Whether it began under this controller; of another one, nobody knows what was asked before. */
  readonly isBorn: boolean;
  policy: ScalingPolicy;
  readonly load: LoadWindow;
  kpa: KpaState;
  hpa: HpaState;
  activity: Activity;
  decision: ScaleDecision;
  ready: number;
  hadRequests: boolean;
  replicas: readonly ReplicaView[];
  plan: PlannedResources;
  /** CPU seconds of its replicas when they were looked at last, by their names. */
  cpuSeconds: ReadonlyMap<string, number>;
  usageAt: number;
}

/** Keeps the autoscaler's state of every revision, and answers how many replicas each shall have. */
export class Scaler {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #timeline = new ReportTimeline();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the gateway measured: a report names every revision that had requests, and no other had any. */
  observe(loads: readonly RevisionLoad[]): void {
    const now = this.#clock.monotonic();
    this.#timeline.add(
      now,
      loads.map((load) => load.windowMs),
    );
    for (const load of loads) {
      const entry = this.#entries.get(`${load.namespace}/${load.revision}`);
      if (entry === undefined) continue;
      if (load.requests > 0 || load.running > 0 || load.waiting > 0) asked(entry, now);
      const perSecond = (load.requests * 1000) / load.windowMs;
      entry.load.add(now, load.windowMs, entry.policy.metric === 'rps' ? perSecond : load.averageConcurrency);
    }
  }

  /** A request waits for a revision that has no replica. */
  demand(namespace: string, revision: string): void {
    const entry = this.#entries.get(`${namespace}/${revision}`);
    if (entry === undefined) return;
    const now = this.#clock.monotonic();
    asked(entry, now);
    if (entry.decision.replicas > 0) return;
    entry.activity = { kind: 'activating', since: now };
    const replicas = withinBounds(entry.policy.activationScale, entry.policy);
    entry.decision = { replicas, isPanicking: false, explanation: 'a request waits for it' };
  }

  /** Decides anew for every revision; gives the services whose number changed. `usage` is asked only where it is needed. */
  tick(usage: () => readonly ReplicaUsage[]): Set<string> {
    const changed = new Set<string>();
    const now = this.#clock.monotonic();
    let known: ReadonlyMap<string, ReplicaUsage> | undefined;
    const byId = () => {
      known ??= new Map(usage().map((one) => [one.id, one]));
      return known;
    };
    for (const [key, entry] of this.#entries) {
      const before = entry.decision.replicas;
      entry.decision = this.#decide(entry, byId, now);
      if (entry.decision.replicas !== before) changed.add(key);
    }
    return changed;
  }

  desired(question: ScaleQuestion): number {
    const { isvc, track, revision, replicas, isNew, demanded } = question;
    const { policy } = scalingPolicy(track.predictor, isvc.metadata.annotations ?? {});
    const key = keyOf(revision);
    const bounds = boundsOf(policy, track);
    const own = { ...policy, ...bounds };
    const ready = replicas.filter((view) => view.state === 'ready').length;
    const known = this.#entries.get(key);
    if (known === undefined) {
      const now = this.#clock.monotonic();
      this.#entries.set(key, {
        service: isvc.metadata.name,
        isBorn: isNew,
        policy: own,
        load: new LoadWindow(now, own.stableWindowMs),
        kpa: KPA_START,
        hpa: [],
        activity: { kind: ready > 0 ? 'active' : 'activating', since: now },
        // A controller that starts finds replicas that had their reasons.
        decision: {
          replicas: Math.max(replicas.length, isNew ? firstReplicas(own) : own.minScale),
          isPanicking: false,
          explanation: 'at the start',
        },
        ready,
        hadRequests: demanded,
        replicas,
        plan: revision.plan,
        cpuSeconds: new Map(),
        usageAt: Number.NEGATIVE_INFINITY,
      });
    } else {
      if (known.policy.metric !== own.metric) known.load.restart(this.#clock.monotonic());
      known.load.resize(own.stableWindowMs);
      known.policy = own;
      known.ready = ready;
      known.replicas = replicas;
      known.plan = revision.plan;
    }
    const entry = this.#entries.get(key) as Entry;
    if (isNew) return firstReplicas(own);
    if (demanded && entry.decision.replicas === 0) return withinBounds(own.activationScale, own);
    return withinBounds(entry.decision.replicas, own);
  }

  /**
   * The replicas that a revision needs before it takes over requests: those it starts with, and as many as serve them now.
   * They are what its autoscaler starts from.
   */
  toTakeOver(question: ScaleQuestion, serving: number): number {
    const first = this.desired(question);
    const entry = this.#entries.get(keyOf(question.revision)) as Entry;
    const replicas = withinBounds(Math.max(first, serving), entry.policy);
    if (entry.decision.replicas < replicas) {
      entry.decision = {
        replicas,
        isPanicking: false,
        explanation: 'as many as serve the requests that it takes over',
      };
    }
    return replicas;
  }

  /** Whether a revision has no replica by choice: it serves as soon as it is asked. */
  isAtZero(isvc: InferenceService, revision: string): boolean {
    const entry = this.#entries.get(`${isvc.metadata.namespace ?? 'default'}/${revision}`);
    return entry !== undefined && entry.policy.minScale === 0 && entry.ready === 0 && entry.decision.replicas <= 1;
  }

  /** Whether a revision may be at zero, so that having no replica for a moment is no failure. */
  isWaking(revision: Revision): boolean {
    return this.#entries.get(keyOf(revision))?.policy.minScale === 0;
  }

  decisionOf(revision: Revision): ScaleDecision | undefined {
    return this.#entries.get(keyOf(revision))?.decision;
  }

  forgetRevision(namespace: string, revision: string): void {
    this.#entries.delete(`${namespace}/${revision}`);
  }

  forget(namespace: string, service: string): void {
    for (const [key, entry] of this.#entries) {
      if (entry.service === service && key.startsWith(`${namespace}/`)) this.#entries.delete(key);
    }
  }

  #decide(entry: Entry, usage: () => ReadonlyMap<string, ReplicaUsage>, now: number): ScaleDecision {
    const { policy } = entry;
    if (policy.class === 'none' || policy.class === 'external') {
      return { replicas: Math.max(policy.minScale, 1), isPanicking: false, explanation: 'a fixed number' };
    }
    if (policy.class === 'hpa') return this.#byUsage(entry, usage, now);
    const panicMs = (policy.stableWindowMs * policy.panicWindowPercentage) / 100;
    const stable = entry.load.average(now, policy.stableWindowMs, this.#timeline);
    const panic = entry.load.average(now, panicMs, this.#timeline);
    // No data is not no load (Knative's ErrNoData): everything stays as it is.
    if (stable === undefined || panic === undefined) return hold(entry, 'the gateway has not reported');
    const made = decideKpa({ policy, stable, panic, ready: entry.ready, now }, entry.kpa);
    entry.kpa = made.state;
    const current = entry.decision.replicas;
    const wasAsked = !entry.isBorn || entry.hadRequests;
    const wanted = made.decision.replicas;
    if (wasAsked && wanted < current && !entry.load.isFull(now, policy.stableWindowMs, this.#timeline)) {
      return hold(entry, 'no fewer before a whole stable window was measured');
    }
    const { replicas, activity } = toZero(
      { policy, wanted, current, ready: entry.ready, wasAsked, now },
      entry.activity,
    );
    entry.activity = activity;
    if (replicas === wanted) return made.decision;
    return { ...made.decision, replicas, explanation: 'waits before it goes to zero' };
  }

  #byUsage(entry: Entry, usage: () => ReadonlyMap<string, ReplicaUsage>, now: number): ScaleDecision {
    const { policy } = entry;
    const resource = policy.metric === 'memory' ? 'memory' : 'cpu';
    const request = resourceRequest(entry.plan, resource);
    if (request === undefined) return hold(entry, `there is no request for ${resource}`);
    const seconds = (now - entry.usageAt) / 1000;
    if (seconds < SYNC_MS / 1000) return hold(entry, `${resource} was looked at ${Math.round(seconds)} s ago`);
    const found = usage();
    const own = entry.replicas.flatMap((view) => found.get(view.id) ?? []);
    const before = entry.cpuSeconds;
    entry.cpuSeconds = new Map(own.map((one) => [one.id, one.cpuSeconds]));
    entry.usageAt = now;
    const cores = (one: ReplicaUsage) => {
      const since = before.get(one.id);
      return since === undefined || since > one.cpuSeconds ? undefined : (one.cpuSeconds - since) / seconds;
    };
    const ready = entry.replicas.filter((view) => view.state === 'ready');
    const used = ready.map(({ id }) => {
      const one = found.get(id);
      if (one === undefined) return undefined;
      return resource === 'memory' ? one.memoryBytes : cores(one);
    });
    const unready = entry.replicas.length - ready.length;
    const current = Math.max(1, entry.decision.replicas);
    const made = decideHpa({ policy, used, unready, request, target: policy.target, current, now }, entry.hpa);
    if (made === undefined) return hold(entry, `${resource} has not been measured`);
    entry.hpa = made.state;
    const explanation = `${Math.round(made.percent)} % ${resource} for a target of ${policy.target} %: ${made.replicas}`;
    return { replicas: made.replicas, isPanicking: false, explanation };
  }
}

/** Somebody asks it: the first time its measurement begins, since what was before says nothing of the load to come. */
function asked(entry: Entry, now: number): void {
  if (!entry.hadRequests) entry.load.restart(now);
  entry.hadRequests = true;
}

function hold(entry: Entry, why: string): ScaleDecision {
  const { replicas, isPanicking } = entry.decision;
  return { replicas: withinBounds(replicas, entry.policy), isPanicking, explanation: `${why}: ${replicas} stay` };
}

/** The replicas that show that a new revision works; none where `initial-scale` is 0 and the service may sleep. */
function firstReplicas(policy: ScalingPolicy): number {
  const least = policy.class === 'kpa' ? policy.initialScale : Math.max(1, policy.initialScale);
  return withinBounds(least, policy);
}

function keyOf(revision: Revision): string {
  return `${revision.namespace}/${revision.name}`;
}

/** A variant has its share of the predictor's replicas, and is not scaled by requests (KServe allows it no bounds of its own). */
function boundsOf(policy: ScalingPolicy, track: Track): Pick<ScalingPolicy, 'minScale' | 'maxScale'> {
  if (track.variant === undefined) return { minScale: policy.minScale, maxScale: policy.maxScale };
  const asked = track.predictor.minReplicas;
  const replicas = typeof asked === 'number' ? asked : variantReplicas(1, track.variant.percent);
  return { minScale: replicas, maxScale: Math.max(1, replicas) };
}
