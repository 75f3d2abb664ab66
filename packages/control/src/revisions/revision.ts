import { isObject } from '@berth/api';
import type { ComponentPlan } from '../plan/component-plan.ts';
import type { ApiObject, DraftObject } from '../store/resource-store.ts';

export const REVISION_API = 'serving.knative.dev/v1';
export const SERVICE_LABEL = 'serving.kserve.io/inferenceservice';
export const COMPONENT_LABEL = 'component';
export const REVISION_LABEL = 'serving.knative.dev/revision';
export const REVISION_UID_LABEL = 'serving.knative.dev/revisionUID';
export const GENERATION_LABEL = 'serving.knative.dev/configurationGeneration';
/** With which mark of a restart or a poll its source was last found unchanged. */
const CHECKED = 'berth.dev/source-checked';
/** Replicas of another epoch are replaced. */
const EPOCH = 'berth.dev/replica-epoch';

/** An immutable version of a component, as the controller reads it. */
export interface Revision {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly number: number;
  readonly createdAt: string;
  readonly generation: number;
  /** Name of its workload, e.g. `iris-predictor`. */
  readonly workload: string;
  readonly plan: ComponentPlan;
  /** Of the files of each planned model. */
  readonly digests: readonly string[];
  readonly bytes: number;
  readonly specHash: string;
  readonly runtimeHash: string;
  readonly checked: string;
  readonly epoch: string;
  /** Whether a replica of it was ever ready, or none has to be before it takes requests (`initial-scale: "0"`). */
  readonly wasReady: boolean;
  /** Whether a replica of it was ever ready. */
  readonly isProven: boolean;
  readonly object: ApiObject;
}

/** What a new revision is made of. */
export interface RevisionFacts {
  readonly name: string;
  readonly workload: string;
  readonly generation: number;
  readonly owner: ApiObject;
  readonly plan: ComponentPlan;
  readonly digests: readonly string[];
  readonly bytes: number;
  readonly specHash: string;
  readonly runtimeHash: string;
  readonly checked: string;
  readonly epoch: string;
  /** As it was written, for going back to it. */
  readonly predictor: Readonly<Record<string, unknown>>;
}

/** The object to store. Its spec has no value of any Secret. */
export function draftRevision(facts: RevisionFacts): DraftObject {
  const { plan, owner } = facts;
  const { runner } = plan;
  const container = {
    name: 'kserve-container',
    ...(runner.kind === 'container' ? { image: runner.image } : {}),
    ...(runner.kind === 'command' ? { command: runner.command } : {}),
    args: runner.args,
  };
  return {
    apiVersion: REVISION_API,
    kind: 'Revision',
    metadata: {
      name: facts.name,
      namespace: plan.namespace,
      labels: {
        [SERVICE_LABEL]: plan.service,
        [COMPONENT_LABEL]: plan.component,
        [GENERATION_LABEL]: String(facts.generation),
      },
      annotations: { [CHECKED]: facts.checked, [EPOCH]: facts.epoch },
      ownerReferences: [
        {
          apiVersion: owner.apiVersion,
          kind: owner.kind,
          name: owner.metadata.name,
          uid: owner.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      containerConcurrency: plan.containerConcurrency,
      containers: [container],
      predictor: facts.predictor,
      ...(facts.digests[0] === undefined ? {} : { modelDigest: facts.digests[0] }),
      berth: {
        workload: facts.workload,
        digests: facts.digests,
        bytes: facts.bytes,
        specHash: facts.specHash,
        runtimeHash: facts.runtimeHash,
        plan,
      },
    },
  };
}

/** Reads a stored revision; undefined where it is none that this build wrote. */
export function readRevision(object: ApiObject): Revision | undefined {
  const spec = object.spec;
  const berth = isObject(spec) ? spec.berth : undefined;
  if (!isObject(berth) || !isObject(berth.plan) || !Array.isArray(berth.digests)) return undefined;
  const { metadata } = object;
  const annotations = new Map(Object.entries(metadata.annotations ?? {}));
  const labels = new Map(Object.entries(metadata.labels ?? {}));
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    uid: metadata.uid,
    number: Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? '0'),
    createdAt: metadata.creationTimestamp,
    generation: Number(labels.get(GENERATION_LABEL) ?? '0'),
    workload: String(berth.workload),
    plan: berth.plan as unknown as ComponentPlan,
    digests: berth.digests.map(String),
    bytes: Number(berth.bytes ?? 0),
    specHash: String(berth.specHash),
    runtimeHash: String(berth.runtimeHash),
    checked: annotations.get(CHECKED) ?? '',
    epoch: annotations.get(EPOCH) ?? '',
    wasReady: readyConditionOf(object)?.status === 'True',
    isProven: isProvenBy(readyConditionOf(object)),
    object,
  };
}

/** The revision's object with another mark of when its source was last asked, and another epoch of its replicas. */
export function withMarks(revision: Revision, checked: string, epoch: string): ApiObject {
  const { object } = revision;
  const annotations = { ...object.metadata.annotations, [CHECKED]: checked, [EPOCH]: epoch };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Reason of a revision that is ready without a start, as its initial scale says. */
const UNSTARTED = 'InitialScaleZero';

/** The condition `Ready` of a revision. */
export interface ReadyCondition {
  readonly type: 'Ready';
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** Ready without a start. */
export const READY_UNSTARTED: ReadyCondition = {
  type: 'Ready',
  status: 'True',
  reason: UNSTARTED,
  message: 'it was not started to see that it works: autoscaling.knative.dev/initial-scale is 0',
};

/** The condition `Ready` of a stored revision; undefined where it has none yet. */
export function readyConditionOf(object: ApiObject): ReadyCondition | undefined {
  const { status } = object;
  if (!isObject(status) || !Array.isArray(status.conditions)) return undefined;
  return status.conditions.find((one) => isObject(one) && one.type === 'Ready');
}

function isProvenBy(condition: ReadyCondition | undefined): boolean {
  return condition?.status === 'True' && condition.reason !== UNSTARTED;
}
