/**
 * Writes docs/first-hours/files/platform-engineer/exported.yaml: forty InferenceServices as `kubectl get isvc -A -o yaml`
 * prints them, with what a cluster adds (managedFields, status, annotations of kubectl). The mix is made up.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

type Model = Record<string, unknown>;
interface Wanted {
  readonly names: readonly string[];
  readonly namespace: string;
  readonly predictor: (name: string) => Record<string, unknown>;
  readonly more?: Record<string, unknown>;
  readonly annotations?: Record<string, string>;
}

const model =
  (format: string, uri: (name: string) => string, more: Model = {}) =>
  (name: string) => ({
    model: { modelFormat: { name: format }, storageUri: uri(name), ...more },
  });
const bucket = (name: string) => `s3://models/${name}`;
const resources = { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } };

const GROUPS: readonly Wanted[] = [
  {
    names: ['churn', 'credit-score', 'fraud', 'lead-score', 'returns', 'upsell', 'next-order', 'basket'],
    namespace: 'sales',
    predictor: model('sklearn', bucket, { resources }),
  },
  {
    names: ['demand-north', 'demand-south', 'demand-east', 'demand-west'],
    namespace: 'supply',
    predictor: model('sklearn', bucket, { protocolVersion: 'v2' }),
  },
  {
    names: ['ranking', 'bids', 'clicks', 'spam', 'price', 'delay'],
    namespace: 'ads',
    predictor: (name) => ({
      minReplicas: 0,
      maxReplicas: 4,
      scaleTarget: 50,
      scaleMetric: 'concurrency',
      ...model('xgboost', bucket)(name),
    }),
  },
  {
    names: ['energy', 'wind', 'solar', 'load'],
    namespace: 'grid',
    predictor: model('lightgbm', (name) => `gs://grid-models/${name}`),
  },
  {
    names: ['tickets', 'topics', 'language'],
    namespace: 'text',
    predictor: (name) => ({ sklearn: { storageUri: `pvc://models/${name}`, resources } }),
  },
  {
    names: ['defects', 'labels', 'counts'],
    namespace: 'vision',
    predictor: model('onnx', bucket, { runtime: 'kserve-tritonserver', protocolVersion: 'v2' }),
  },
  {
    names: ['flowers', 'digits'],
    namespace: 'vision',
    predictor: model('tensorflow', (name) => `gs://vision/${name}`),
  },
  { names: ['cifar', 'mnist'], namespace: 'vision', predictor: model('pytorch', (name) => `gs://vision/${name}`) },
  { names: ['approval'], namespace: 'risk', predictor: model('pmml', bucket) },
  {
    names: ['summaries', 'chat'],
    namespace: 'text',
    predictor: model('huggingface', (name) => `hf://acme/${name}`, { args: ['--model_name=llm'] }),
  },
  {
    names: ['routing'],
    namespace: 'supply',
    predictor: () => ({
      containers: [
        { name: 'kserve-container', image: 'registry.acme.example/routing:1.4', ports: [{ containerPort: 8080 }] },
      ],
    }),
  },
  {
    names: ['images'],
    namespace: 'vision',
    predictor: model('onnx', bucket),
    more: {
      transformer: {
        containers: [
          { name: 'kserve-container', image: 'registry.acme.example/images:2', command: ['python', '-m', 'images'] },
        ],
      },
    },
  },
  {
    names: ['pilot'],
    namespace: 'sales',
    predictor: (name) => ({
      canaryTrafficPercent: 10,
      nodeSelector: { pool: 'models' },
      serviceAccountName: 'models',
      ...model('xgboost', bucket)(name),
    }),
  },
  {
    names: ['gpu-ranking'],
    namespace: 'ads',
    predictor: (name) => model('xgboost', bucket, { resources: { limits: { 'nvidia.com/gpu': '1' } } })(name),
  },
  {
    names: ['legacy'],
    namespace: 'risk',
    predictor: (name) => ({ xgboost: { storageUri: bucket(name), runtimeVersion: 'v0.9.0' } }),
    annotations: { 'serving.kserve.io/deploymentMode': 'ModelMesh' },
  },
];

let index = 0;
const items = GROUPS.flatMap(({ names, namespace, predictor, more, annotations }) =>
  names.map((name) => {
    const spec = { predictor: predictor(name), ...more };
    const created = new Date(Date.UTC(2026, 3, 1 + (index % 28), 8, index)).toISOString().replace('.000', '');
    const written = {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: { name, namespace },
      spec,
    };
    return {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: {
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(written)}\n`,
          ...annotations,
        },
        creationTimestamp: created,
        finalizers: ['inferenceservice.finalizers'],
        generation: 1 + (index % 5),
        managedFields: [
          {
            apiVersion: 'serving.kserve.io/v1beta1',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:spec': { '.': {}, 'f:predictor': {} } },
            manager: 'kubectl-client-side-apply',
            operation: 'Update',
            time: created,
          },
        ],
        name,
        namespace,
        resourceVersion: String(810_000 + 37 * index),
        uid: `5b1f${String(index).padStart(4, '0')}-0c2e-4a35-9d63-${String(7 * index++).padStart(12, '0')}`,
      },
      spec,
      status: {
        conditions: [{ lastTransitionTime: created, status: 'True', type: 'Ready' }],
        url: `http://${name}-${namespace}.acme.example`,
      },
    };
  }),
);
if (items.length !== 40) throw new Error(`${items.length} services`);
const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
const path = join(
  import.meta.dirname,
  '..',
  '..',
  'docs',
  'first-hours',
  'files',
  'platform-engineer',
  'exported.yaml',
);
await writeFile(path, stringify(list, { lineWidth: 0, aliasDuplicateObjects: false }));
console.log(`${path}: ${items.length} services`);
