/** How a kind of the API is named and served. */
export interface KindInfo {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  readonly hasStatus: boolean;
  /** Written by Berth alone: clients read and watch it. */
  readonly isReadOnly: boolean;
  /** Kept in memory, gone after a restart. */
  readonly isEphemeral: boolean;
  /** Values are encrypted on disk and left out of the audit log. */
  readonly isSecret: boolean;
}

type Traits = Partial<Omit<KindInfo, 'group' | 'version' | 'kind' | 'plural'>>;

function define(group: string, version: string, kind: string, plural: string, traits: Traits = {}): KindInfo {
  return {
    group,
    version,
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    isNamespaced: true,
    hasStatus: false,
    isReadOnly: false,
    isEphemeral: false,
    isSecret: false,
    ...traits,
  };
}

const SERVING = 'serving.kserve.io';
const SERVED = { hasStatus: true, categories: ['all'] };

/** Every kind that the API serves, in the order of discovery. Kind names are unique. */
export const KINDS: readonly KindInfo[] = [
  define('', 'v1', 'Namespace', 'namespaces', { shortNames: ['ns'], isNamespaced: false, hasStatus: true }),
  define('', 'v1', 'Pod', 'pods', {
    shortNames: ['po'],
    categories: ['all'],
    hasStatus: true,
    isReadOnly: true,
    isEphemeral: true,
  }),
  define('', 'v1', 'Secret', 'secrets', { isSecret: true }),
  define('', 'v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  define('', 'v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }),
  define('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', { shortNames: ['pvc'], hasStatus: true }),
  define('', 'v1', 'Event', 'events', { shortNames: ['ev'] }),
  define(SERVING, 'v1beta1', 'InferenceService', 'inferenceservices', { ...SERVED, shortNames: ['isvc'] }),
  define(SERVING, 'v1alpha1', 'ServingRuntime', 'servingruntimes', { hasStatus: true }),
  define(SERVING, 'v1alpha1', 'ClusterServingRuntime', 'clusterservingruntimes', {
    hasStatus: true,
    isNamespaced: false,
  }),
  define(SERVING, 'v1alpha1', 'TrainedModel', 'trainedmodels', { ...SERVED, shortNames: ['tm'] }),
  define(SERVING, 'v1alpha1', 'InferenceGraph', 'inferencegraphs', { ...SERVED, shortNames: ['ig'] }),
  define(SERVING, 'v1alpha1', 'ClusterStorageContainer', 'clusterstoragecontainers', { isNamespaced: false }),
  define(SERVING, 'v1alpha1', 'LocalModelCache', 'localmodelcaches', { hasStatus: true, isNamespaced: false }),
  define(SERVING, 'v1alpha1', 'LocalModelNamespaceCache', 'localmodelnamespacecaches', { hasStatus: true }),
  define(SERVING, 'v1alpha1', 'LocalModelNodeGroup', 'localmodelnodegroups', { hasStatus: true, isNamespaced: false }),
  define('serving.knative.dev', 'v1', 'Revision', 'revisions', {
    hasStatus: true,
    shortNames: ['rev'],
    categories: ['all'],
    isReadOnly: true,
  }),
];

const BY_KIND: ReadonlyMap<string, KindInfo> = new Map(KINDS.map((info) => [info.kind, info]));

/** The kind of that name. */
export function kindInfo(kind: string): KindInfo | undefined {
  return BY_KIND.get(kind);
}
