import type { ApiObject } from '@berth/control';
import type { KindInfo } from '../kinds/kind-info.ts';
import type { Column } from './column.ts';
import { AGE, NAME } from './common-columns.ts';
import { CONFIG_MAP, NAMESPACE, SECRET, SERVICE_ACCOUNT, VOLUME_CLAIM } from './core-columns.ts';
import { EVENT } from './event-columns.ts';
import { POD } from './pod-columns.ts';
import { INFERENCE_SERVICE, MODEL_CACHE, REVISION, SERVING_RUNTIME, WITH_URL } from './serving-columns.ts';

const COLUMNS: ReadonlyMap<string, readonly Column[]> = new Map([
  ['Namespace', NAMESPACE],
  ['Pod', POD],
  ['Secret', SECRET],
  ['ConfigMap', CONFIG_MAP],
  ['ServiceAccount', SERVICE_ACCOUNT],
  ['PersistentVolumeClaim', VOLUME_CLAIM],
  ['Event', EVENT],
  ['InferenceService', INFERENCE_SERVICE],
  ['ServingRuntime', SERVING_RUNTIME],
  ['ClusterServingRuntime', SERVING_RUNTIME],
  ['TrainedModel', WITH_URL],
  ['InferenceGraph', WITH_URL],
  ['LocalModelCache', MODEL_CACHE],
  ['LocalModelNamespaceCache', MODEL_CACHE],
  ['Revision', REVISION],
]);
const OTHERS: readonly Column[] = [NAME, AGE];

/** How a table is asked for. */
export interface TableOptions {
  /** Of the list, or of the one object. */
  readonly resourceVersion: string;
  /** Where the next page of the list starts. */
  readonly continue?: string;
  /** Objects that the list has after this page. */
  readonly remainingItemCount?: number;
  /** How much of each object stands beside its cells. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** `meta.k8s.io/v1`, or the version before it. */
  readonly apiVersion: string;
  /** What ages are counted to. */
  readonly now: Date;
}

/** Objects of one kind as a `meta.k8s.io/v1` Table, with the columns that Kubernetes and KServe give the kind. */
export function toTable(kind: KindInfo, objects: readonly ApiObject[], options: TableOptions): object {
  const columns = COLUMNS.get(kind.kind) ?? OTHERS;
  return {
    kind: 'Table',
    apiVersion: options.apiVersion,
    metadata: {
      resourceVersion: options.resourceVersion,
      ...(options.continue !== undefined && { continue: options.continue }),
      ...(options.remainingItemCount !== undefined && { remainingItemCount: options.remainingItemCount }),
    },
    columnDefinitions: columns.map(definition),
    rows: objects.map((object) => ({
      cells: columns.map((one) => one.read(object, options.now)),
      object: options.includeObject === 'None' ? null : rowObject(object, options.includeObject, options.apiVersion),
    })),
  };
}

function definition({ name, type, format, description, priority }: Column): object {
  return { name, type, format: format ?? '', description, priority };
}

function rowObject(object: ApiObject, include: 'Metadata' | 'Object', apiVersion: string): object {
  if (include === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
}
