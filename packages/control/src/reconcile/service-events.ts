import { scalingPolicy } from '../autoscaler/policy.ts';
import { missingRequest } from '../autoscaler/resource-request.ts';
import type { EventFacts, EventRecorder } from '../events/event-recorder.ts';
import type { ModelSource } from '../models/model-source.ts';
import type { ServiceOptions } from '../plan/annotations.ts';
import { runtimeVersionOf } from '../status/runtime-version.ts';
import type { ApiObject, ResourceStore } from '../store/resource-store.ts';
import type { ServiceMemory } from './memory.ts';
import type { ServiceView } from './service-view.ts';
import { writtenObjects, writtenWarnings } from './written-warnings.ts';

interface EventParts {
  readonly events: EventRecorder;
  readonly models: ModelSource;
  readonly store: ResourceStore;
}

/** Tells of each step of a service, each thing once while it stays so. */
export function saySteps(
  object: ApiObject,
  view: ServiceView,
  options: ServiceOptions,
  memory: ServiceMemory,
  parts: EventParts,
): void {
  const say = (subject: string, event: EventFacts | undefined) => {
    const text = event === undefined ? '' : `${event.reason}: ${event.message}`;
    if ((memory.said.get(subject) ?? '') === text) return;
    memory.said.set(subject, text);
    if (event !== undefined) parts.events.once(object, event);
  };
  const normal = (reason: string, message: string): EventFacts => ({ type: 'Normal', reason, message });
  const warning = (reason: string, message: string): EventFacts => ({ type: 'Warning', reason, message });
  for (const { track, source, current } of view.tracks) {
    const { outcome, workload } = track;
    if (outcome.runtime !== undefined && outcome.explanation !== '') {
      say(`${workload} runtime`, normal('RuntimeSelected', outcome.explanation));
    }
    for (const text of outcome.warnings) say(`${workload} warning ${text}`, warning('SpecWarning', text));
    const without = outcome.withoutEffect.map((one) => `${one.field} (${one.why})`);
    if (without.length > 0)
      say(
        `${workload} without effect`,
        warning('FieldWithoutEffect', `has no effect on one machine: ${without.join('; ')}`),
      );
    if (source?.state === 'fetching')
      say(`${workload} fetch`, normal('ModelDownloading', 'the model is being fetched'));
    if (source?.state === 'failed') say(`${workload} fetch`, warning(source.failure.reason, source.failure.message));
    if (source?.state === 'new' && source.files.digests.length > 0) {
      const from = source.fromCache ? 'was here already' : `came in ${Math.round(source.milliseconds)} ms`;
      say(`${workload} fetch`, normal('ModelDownloaded', `${size(source.files.bytes)} ${from}`));
    }
    if (current !== undefined)
      say(`${workload} revision`, normal('RevisionCreated', `revision ${current.name} is what the spec asks for`));
    const version = runtimeVersionWarning(
      view,
      current?.name,
      track.outcome.plan?.runtimeVersion,
      track.outcome.plan?.runner.kind,
    );
    if (version !== undefined) say(`${workload} version`, warning('RuntimeVersion', version));
    const { policy, warnings } = scalingPolicy(track.predictor, view.isvc.metadata.annotations ?? {});
    for (const text of warnings) say(`${workload} scaling ${text}`, warning('ScalingWarning', text));
    const missing = policy.class === 'hpa' && outcome.plan !== undefined && missingRequest(outcome.plan, policy.metric);
    // HPA's own name of it.
    say(`${workload} metric`, missing ? warning('FailedGetResourceMetric', missing) : undefined);
  }
  const written = writtenObjects(object, parts.store);
  const version = written.map(({ kind, metadata }) => `${kind} ${metadata.uid} ${metadata.generation}`).join();
  const annotations = written.map(({ metadata }) => JSON.stringify(metadata.annotations ?? {})).join();
  // Looked at once for each way in which they are written.
  if (memory.written !== version + annotations) {
    memory.written = version + annotations;
    for (const text of writtenWarnings(written)) say(`written ${text}`, warning('SpecWarning', text));
  }
  for (const text of [...options.warnings, ...view.config.warnings])
    say(`warning ${text}`, warning('ConfigWarning', text));
  const service = { namespace: view.isvc.metadata.namespace ?? 'default', service: view.isvc.metadata.name };
  const told = [...memory.said.keys()].flatMap(
    (subject) => /^written .*("[^"]+" is not read)/s.exec(subject)?.[1] ?? [],
  );
  const news = parts.models.warnings(service).filter((text) => !told.some((one) => text.includes(one)));
  for (const text of news) say(`storage ${text}`, warning('StorageWarning', text));
  for (const { replicas } of view.running.values()) {
    for (const replica of replicas) {
      if (replica.state === 'ready') {
        const load = replica.models[0]?.loadMilliseconds;
        const first = replica.models[0]?.firstAnswerMilliseconds;
        const times = [
          load === undefined ? '' : `loaded in ${Math.round(load)} ms`,
          first === undefined ? '' : `first answer in ${round(first)} ms`,
        ].filter((one) => one !== '');
        say(
          `replica ${replica.id}`,
          normal('ReplicaReady', `${replica.id} is ready${times.length === 0 ? '' : ` (${times.join(', ')})`}`),
        );
      } else if (replica.failure !== undefined) {
        say(`replica ${replica.id}`, warning(replica.failure.reason, `${replica.id}: ${replica.failure.message}`));
      }
      if (replica.isExclusive) {
        const text = `${replica.id} binds a port of its own choosing: one replica runs at a time, and the next revision starts when this one has ended`;
        say(`exclusive ${replica.id}`, warning('OneReplicaAtATime', text));
      }
      for (const note of replica.notes)
        say(`note ${replica.id} ${note}`, normal('ReplicaNote', `${replica.id}: ${note}`));
    }
  }
  if (view.shares.length > 0) {
    const text = view.shares.map((one) => `${one.revision} ${one.percent} %`).join(', ');
    say('traffic', normal('TrafficShifted', `requests go to ${text}`));
  }
  for (const { revision, desired } of view.running.values()) {
    const before = memory.said.get(`scale ${revision.name}`);
    const text = String(desired);
    if (before !== undefined && before !== text) {
      parts.events.record(
        object,
        normal(
          desired === 0 ? 'ScaledToZero' : Number(before) < desired ? 'ScaledUp' : 'ScaledDown',
          `${revision.name} from ${before} to ${desired} replicas`,
        ),
      );
    }
    memory.said.set(`scale ${revision.name}`, text);
  }
  sayReady(view, say, normal, warning);
}

function sayReady(
  view: ServiceView,
  say: (subject: string, event: EventFacts | undefined) => void,
  normal: (reason: string, message: string) => EventFacts,
  warning: (reason: string, message: string) => EventFacts,
): void {
  const { name } = view.isvc.metadata;
  if (view.stopped) say('ready', normal('Stopped', `${name} is stopped`));
  else if (view.predictor.state === 'ready' && view.ingress.state === 'ready')
    say('ready', normal('InferenceServiceReady', `InferenceService [${name}] is Ready`));
  else if (view.predictor.state === 'failed') {
    const { reason, message } = view.predictor.failure;
    say(
      'ready',
      warning('InferenceServiceNotReady', `InferenceService [${name}] is not Ready because of: ${reason}: ${message}`),
    );
  }
}

/** A model that a newer library saved than the version that was asked for. */
function runtimeVersionWarning(
  view: ServiceView,
  revision: string | undefined,
  asked: string | undefined,
  runner: string | undefined,
): string | undefined {
  if (asked === undefined || runner !== 'native' || revision === undefined) return undefined;
  const models = view.running.get(revision)?.replicas.flatMap((replica) => replica.models) ?? [];
  const version = runtimeVersionOf(asked, models);
  if (version.satisfied !== false) return undefined;
  return `runtimeVersion ${version.requested} is older than the ${version.library} that saved the model`;
}

function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
