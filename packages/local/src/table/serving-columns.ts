import type { ApiObject } from '@berth/control';
import { at, type Column, cell, column, listAt, wide } from './column.ts';
import { AGE_AS_DATE, condition, NAME, READY, URL } from './common-columns.ts';

const GENERATION = 'serving.knative.dev/configurationGeneration';

const REASON = wide('Reason', 'Why it is not ready.', (object) => cell(condition(object, 'Ready')?.reason));

function share(object: ApiObject, which: 'prev' | 'latest'): Readonly<Record<string, unknown>> | undefined {
  const traffic = listAt(object, 'status', 'components', 'predictor', 'traffic');
  return traffic.find((one) => (which === 'prev' ? one.tag === 'prev' : one.latestRevision === true));
}

/** The columns that KServe's own definition gives an InferenceService. */
export const INFERENCE_SERVICE: readonly Column[] = [
  NAME,
  URL,
  READY,
  column('Prev', 'Percent of traffic for the previous revision.', (o) => cell(share(o, 'prev')?.percent), 'integer'),
  column('Latest', 'Percent of traffic for the latest one.', (o) => cell(share(o, 'latest')?.percent), 'integer'),
  column('PrevRolledoutRevision', 'The revision before.', (o) => cell(share(o, 'prev')?.revisionName)),
  column('LatestReadyRevision', 'The newest that is ready.', (o) => cell(share(o, 'latest')?.revisionName)),
  AGE_AS_DATE,
  REASON,
];

/** ServingRuntime and ClusterServingRuntime. */
export const SERVING_RUNTIME: readonly Column[] = [
  NAME,
  column('Disabled', 'Whether it is left out.', (o) => cell(at(o, 'spec', 'disabled')), 'boolean'),
  column('ModelType', 'The first format that it serves.', (o) =>
    cell(listAt(o, 'spec', 'supportedModelFormats')[0]?.name),
  ),
  column('Containers', 'Its first container.', (o) => cell(listAt(o, 'spec', 'containers')[0]?.name)),
  AGE_AS_DATE,
  wide('Formats', 'Every format that it serves.', (o) => namesOf(o, 'supportedModelFormats')),
];

/** TrainedModel and InferenceGraph. */
export const WITH_URL: readonly Column[] = [NAME, URL, READY, AGE_AS_DATE, REASON];

/** Knative's columns of a revision, as far as one machine has them. */
export const REVISION: readonly Column[] = [
  NAME,
  column('Config Name', 'What it is a revision of.', (o) => cell(ownerOf(o))),
  column('Generation', 'The number of the revision.', (o) => cell(o.metadata.labels?.[GENERATION])),
  READY,
  column('Reason', 'Why it is not ready.', (o) => cell(condition(o, 'Ready')?.reason)),
  column('Actual Replicas', 'Replicas that run.', (o) => cell(at(o, 'status', 'actualReplicas')), 'integer'),
  column('Desired Replicas', 'Replicas that are wanted.', (o) => cell(at(o, 'status', 'desiredReplicas')), 'integer'),
  AGE_AS_DATE,
];

function ownerOf(revision: ApiObject): string | undefined {
  const { labels, ownerReferences } = revision.metadata;
  return labels?.['serving.knative.dev/configuration'] ?? ownerReferences?.[0]?.name;
}

function namesOf(object: ApiObject, field: string): string {
  return [...new Set(listAt(object, 'spec', field).map((one) => String(one.name)))].join(',');
}

/** LocalModelCache and LocalModelNamespaceCache. */
export const MODEL_CACHE: readonly Column[] = [
  NAME,
  column('Model URI', 'Where the model comes from.', (o) => cell(at(o, 'spec', 'sourceModelUri'))),
  column('Available', 'Copies that are complete.', (o) => cell(at(o, 'status', 'copies', 'available')), 'integer'),
  AGE_AS_DATE,
];
