import { CONTAINER_FIELDS } from './container-fields.ts';
import { CORE_FIELDS } from './core-fields.ts';
import { SERVING_FIELDS } from './serving-fields.ts';

/** What the kinds are for; `kubectl explain` prints these. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['Namespace', 'A scope for names. Deleting it deletes what is in it.'],
  ['Pod', 'A replica of a service: one process on this machine. Berth writes pods; clients read them and their logs.'],
  ['Secret', 'Credentials for storage and environment variables. Stored encrypted.'],
  ['ConfigMap', 'Settings by name. `inferenceservice-config` in the namespace `kserve` configures the platform.'],
  ['ServiceAccount', 'Names the Secrets that a predictor may use for its storage.'],
  ['PersistentVolumeClaim', 'A folder of this machine that models are read from (`pvc://name/path`).'],
  ['Event', 'Something that happened to an object. Kept for an hour.'],
  ['InferenceService', 'A model to serve: which model, with which runtime, how many replicas, which share of traffic.'],
  ['ServingRuntime', 'How to serve certain model formats, for the services of one namespace.'],
  ['ClusterServingRuntime', 'How to serve certain model formats, for the services of every namespace.'],
  ['TrainedModel', 'One model of many in a predictor that loads and unloads them.'],
  ['InferenceGraph', 'A route through several models: sequence, switch, ensemble, splitter.'],
  ['ClusterStorageContainer', 'Which container fetches the models of which storage URIs.'],
  ['LocalModelCache', 'A model whose bytes stay in the cache of the named nodes.'],
  ['LocalModelNamespaceCache', 'A model whose bytes stay in the cache, for one namespace.'],
  ['LocalModelNodeGroup', 'Nodes that share a cache of models, and its size.'],
  ['Revision', 'One immutable version of a component: model digest, runtime and spec. Berth writes revisions.'],
]);

/** What the fields of every kind mean. */
const TOP: ReadonlyMap<string, string> = new Map([
  ['apiVersion', "The group and version of the object's kind."],
  ['kind', "The name of the object's kind."],
  ['metadata', 'Name, namespace, labels, annotations, and what the server keeps about the object.'],
  ['spec', 'What is wanted. Stored as it was written.'],
  ['status', 'What is so. Written by the platform.'],
]);

/** What fields mean, by `Definition.field` or, where every place means the same, by `field` alone. */
const FIELDS: ReadonlyMap<string, string> = new Map([...SERVING_FIELDS, ...CONTAINER_FIELDS, ...CORE_FIELDS]);

/** What a kind is for, or undefined where nobody wrote it down. */
export function describeKind(kind: string): string | undefined {
  return KINDS.get(kind);
}

/** What a field of a definition means; `definition` is the last part of its name. */
export function describeField(definition: string, field: string): string | undefined {
  const ofKind = KINDS.has(definition) ? TOP.get(field) : undefined;
  return ofKind ?? FIELDS.get(`${definition}.${field}`) ?? FIELDS.get(field);
}
