/** Where a key of an annotation or label is read: kinds of resources. */
type Readers = readonly string[];

const SERVICE: Readers = ['InferenceService'];
const GRAPH: Readers = ['InferenceService', 'InferenceGraph'];
const RUNTIME: Readers = ['ServingRuntime', 'ClusterServingRuntime'];
const CREDENTIALS: Readers = ['Secret', 'ServiceAccount'];

function names(readers: Readers, ...keys: string[]): [string, Readers][] {
  return keys.map((key) => [key, readers]);
}

/** Annotations by domain and name: KServe's (pkg/constants, pkg/credentials), Knative's, and those of cloud identities. */
export const ANNOTATIONS: ReadonlyMap<string, ReadonlyMap<string, Readers>> = new Map([
  [
    'serving.kserve.io',
    new Map([
      ...names(
        GRAPH,
        'deploymentMode',
        'autoscalerClass',
        'metrics',
        'targetUtilizationPercentage',
        'stop',
        'enable-tag-routing',
        'disable-auto-update',
        'enable-metric-aggregation',
        'enable-prometheus-scraping',
      ),
      ...names(
        SERVICE,
        'storageSecretName',
        'disable-localmodel',
        'nodegroup',
        'gke-accelerator',
        'gpu-resource-types',
        'exp-dra-device-class',
        'exp-dra-cel-selector',
        'exp-dra-device-count',
        'exp-dra-container-name',
        'logger-secret-name',
        'logger-secret-path',
        'logger-secret-file',
        'storage-initializer-uid',
        'inferencepool-migrated',
        'secretName',
      ),
      ...names(RUNTIME, 'server-type'),
      ...names(
        CREDENTIALS,
        's3-endpoint',
        's3-region',
        's3-usehttps',
        's3-verifyssl',
        's3-usevirtualbucket',
        's3-useaccelerate',
        's3-useanoncredential',
        's3-cabundle',
        's3-cabundle-configmap',
      ),
    ]),
  ],
  ['storage.kserve.io', new Map(names(SERVICE, 'readonly'))],
  [
    // Berth's own; docs/annotations.md says what each does.
    'berth.dev',
    new Map([
      ...names(
        SERVICE,
        'cors-origins',
        'sticky-header',
        'retries',
        'retry-max-body',
        'hold-max-requests',
        'hold-max-bytes',
        'max-concurrency',
        'model-sha256',
        'poll-interval',
        'strict-egress',
        'restarted-at',
        'rollback-to',
      ),
      ...names(['PersistentVolumeClaim'], 'folder'),
    ]),
  ],
  ['prometheus.kserve.io', new Map(names([...RUNTIME, ...SERVICE], 'port', 'path'))],
  ['prometheus.io', new Map(names([...RUNTIME, ...SERVICE], 'scrape', 'port', 'path', 'scheme'))],
  [
    'serving.knative.dev',
    new Map(names(GRAPH, 'rollout-duration', 'creator', 'lastModifier', 'rolloutDuration', 'progress-deadline')),
  ],
  [
    'autoscaling.knative.dev',
    new Map(
      names(
        GRAPH,
        'class',
        'metric',
        'target',
        'target-utilization-percentage',
        'targetUtilizationPercentage',
        'target-burst-capacity',
        'targetBurstCapacity',
        'min-scale',
        'minScale',
        'max-scale',
        'maxScale',
        'initial-scale',
        'initialScale',
        'activation-scale',
        'scale-down-delay',
        'scaleDownDelay',
        'scale-to-zero-pod-retention-period',
        'scaleToZeroPodRetentionPeriod',
        'window',
        'panic-window-percentage',
        'panicWindowPercentage',
        'panic-threshold-percentage',
        'panicThresholdPercentage',
        'metric-aggregation-algorithm',
      ),
    ),
  ],
  ['eks.amazonaws.com', new Map(names(['ServiceAccount'], 'role-arn', 'audience', 'sts-regional-endpoints'))],
  ['iam.gke.io', new Map(names(['ServiceAccount'], 'gcp-service-account'))],
  ['azure.workload.identity', new Map(names(['ServiceAccount'], 'client-id', 'tenant-id'))],
]);

/** Labels by domain and name. */
export const LABELS: ReadonlyMap<string, ReadonlyMap<string, Readers>> = new Map([
  ['networking.kserve.io', new Map(names(GRAPH, 'visibility'))],
  ['networking.knative.dev', new Map(names(GRAPH, 'visibility'))],
  ['serving.kserve.io', new Map(names(GRAPH, 'inferenceservice', 'inferencegraph', 'kind', 'trainedmodel-allocated'))],
]);

/** Annotations and labels of an InferenceService that have no domain. */
export const BARE_ANNOTATIONS: readonly string[] = ['modelFormat'];
export const BARE_LABELS: readonly string[] = ['modelClass', 'serviceEnvelope'];

/** The keys of a Secret that a storage reads, by storage (pkg/credentials). */
export const SECRET_KEYS: readonly string[] = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'awsAccessKeyID',
  'awsSecretAccessKey',
  'gcloud-application-credentials.json',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_TENANT_ID',
  'AZURE_SUBSCRIPTION_ID',
  'AZ_CLIENT_ID',
  'AZ_CLIENT_SECRET',
  'AZ_TENANT_ID',
  'AZ_SUBSCRIPTION_ID',
  'AZURE_STORAGE_ACCESS_KEY',
  'AZURE_ACCESS_TOKEN',
  'https-host',
  'headers',
  'HDFS_NAMENODE',
  'HDFS_ROOTPATH',
  'USER_PROXY',
  'KERBEROS_PRINCIPAL',
  'KERBEROS_KEYTAB',
  'TLS_CERT',
  'TLS_KEY',
  'TLS_CA',
  'TLS_SKIP_VERIFY',
  'HEADERS',
  'N_THREADS',
  'HF_TOKEN',
  'MODELSCOPE_API_TOKEN',
  'GIT_USERNAME',
  'GIT_PASSWORD',
  'cabundle.crt',
  'ca.crt',
];
