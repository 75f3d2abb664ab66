import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseManifests } from '../manifest/parse-manifests.ts';

interface Shape {
  readonly predictor?: Record<string, unknown>;
  readonly spec?: Record<string, unknown>;
  readonly annotations?: Record<string, string>;
}

const SKLEARN = { sklearn: { storageUri: '/m' } };
const MODE = 'serving.kserve.io/deploymentMode';
const AUTOSCALER = 'serving.kserve.io/autoscalerClass';

function errorsOf({ predictor, spec, annotations }: Shape): string[] {
  const object = {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'iris', ...(annotations === undefined ? {} : { annotations }) },
    spec: { predictor: { ...SKLEARN, ...predictor }, ...spec },
  };
  const { issues } = parseManifests(JSON.stringify(object));
  return issues.filter((issue) => issue.severity === 'error').map((issue) => issue.message);
}

const canary = (...entries: Record<string, unknown>[]) => ({ spec: { canary: entries } });
const one = (name: string, trafficPercent: number, more: object = {}) => ({
  predictor: { name, ...SKLEARN, ...more },
  trafficPercent,
});
const KEDA = { [MODE]: 'Standard', [AUTOSCALER]: 'keda' };
const HPA = { [MODE]: 'Standard', [AUTOSCALER]: 'hpa' };
const metrics = (...list: object[]) => ({ autoScaling: { metrics: list } });
const resource = (name: string, target: object) => ({ type: 'Resource', resource: { name, target } });

/** KServe's admission rules (section by section) and the message each gives; without one the service is fine. */
const RULES: readonly (readonly [string, Shape, RegExp | undefined])[] = [
  ['a model of nothing', { predictor: { sklearn: null, model: {} } }, /modelFormat is required/],
  ['a canary', canary(one('v2', 10)), undefined],
  [
    'a canary without a name',
    canary({ predictor: SKLEARN, trafficPercent: 10 }),
    /canary\[0\] predictor\.name is required/,
  ],
  ['two canaries of one name', canary(one('a', 1), one('a', 1)), /canary predictor\.name "a" is duplicated/],
  [
    'a canary named as the predictor',
    { ...canary(one('a', 1)), predictor: { name: 'a' } },
    /conflicts with stable predictor name/,
  ],
  [
    'canaries of 120 percent',
    canary(one('a', 60), one('b', 60)),
    /sum of canary trafficPercent values \(120\) must be <= 100/,
  ],
  ['a canary of 101 percent', canary(one('a', 101)), /101/],
  ['a canary with an autoscaler', canary(one('a', 1, { scaleTarget: 3 })), /canary "a" must not set scaleTarget/],
  ['a canary with more replicas', canary(one('a', 1, { minReplicas: 2 })), /minReplicas \(2\) must not exceed/],
  [
    'a canary on Knative',
    { ...canary(one('a', 1)), annotations: { [MODE]: 'Knative' } },
    /canary is only supported in Standard/,
  ],
  ['replicas that fit', { predictor: { minReplicas: 0, maxReplicas: 3 } }, undefined],
  ['negative replicas', { predictor: { minReplicas: -1 } }, /'MinReplicas' cannot be less than 0/],
  ['negative maximal replicas', { predictor: { maxReplicas: -1 } }, /'MaxReplicas' cannot be less than 0/],
  ['negative concurrency', { predictor: { containerConcurrency: -1 } }, /parallelism cannot be less than 0/],
  ['a metric that is none', { predictor: { scaleMetric: 'gpu' } }, /is not one of cpu, memory, concurrency, rps/],
  [
    'KEDA with scaleMetric',
    { annotations: KEDA, predictor: { scaleMetric: 'cpu' } },
    /ScaleMetric is not supported for KEDA/,
  ],
  [
    'KEDA on cpu by value',
    { annotations: KEDA, predictor: metrics(resource('cpu', { type: 'AverageValue' })) },
    /cpu target value type should be Utilization/,
  ],
  [
    'KEDA on cpu',
    { annotations: KEDA, predictor: metrics(resource('cpu', { type: 'Utilization', averageUtilization: 50 })) },
    undefined,
  ],
  [
    'KEDA on little memory',
    { annotations: KEDA, predictor: metrics(resource('memory', { type: 'AverageValue', averageValue: '1Ki' })) },
    /greater than 1 MiB/,
  ],
  [
    'HPA on a query',
    { annotations: HPA, predictor: metrics({ type: 'External' }) },
    /invalid HPA metric source type with value \[External\]/,
  ],
  ['HPA on rps', { annotations: HPA, predictor: { scaleMetric: 'rps' } }, /\[rps\] is not a supported metric/],
  ['HPA above 100', { annotations: HPA, predictor: { scaleTarget: 101 } }, /\[1-100\] integer/],
  [
    'a strategy on Knative',
    { annotations: { [MODE]: 'Serverless' }, predictor: { deploymentStrategy: { type: 'Recreate' } } },
    /only supported for raw deployment mode/,
  ],
  [
    'storageUri and storageUris',
    { predictor: { storageUris: [{ uri: 's3://a/b', mountPath: '/mnt/x' }] } },
    /Setting both StorageURI and StorageURIs/,
  ],
  [
    'storageUris without a common folder',
    {
      predictor: {
        sklearn: {},
        storageUris: [
          { uri: 's3://a', mountPath: '/a/x' },
          { uri: 's3://b', mountPath: '/b/x' },
        ],
      },
    },
    /common parent directory/,
  ],
  [
    'storageUris at the root',
    { predictor: { sklearn: {}, storageUris: [{ uri: 's3://a', mountPath: '/' }] } },
    /storage path cannot be empty/,
  ],
  [
    'storageUris that climb',
    { predictor: { sklearn: {}, storageUris: [{ uri: 's3://a', mountPath: '/a/../b' }] } },
    /cannot contain '\.\.'/,
  ],
  [
    'two claims at one place',
    {
      predictor: {
        sklearn: {},
        storageUris: [
          { uri: 'pvc://a', mountPath: '/a' },
          { uri: 'pvc://b', mountPath: '/a' },
        ],
      },
    },
    /PVC storage paths must be unique/,
  ],
  [
    'confidential without a URI',
    { predictor: { sklearn: { confidential: { enabled: true, resourceId: 'kbs:///a/b/c' } } } },
    /confidential model serving requires storageUri/,
  ],
  [
    'a storage type that is none',
    { predictor: { sklearn: { storage: { parameters: { type: 'ftp' } } } } },
    /storage\.spec\.type \[ftp\] is not supported/,
  ],
  [
    'workers without a URI',
    { predictor: { sklearn: undefined, model: { modelFormat: { name: 'huggingface' } }, workerSpec: {} } },
    /StorageURI must be set for multinode/,
  ],
  [
    'workers on s3',
    {
      predictor: {
        sklearn: undefined,
        model: { modelFormat: { name: 'huggingface' }, storageUri: 's3://a' },
        workerSpec: {},
      },
    },
    /Multinode only supports 'pvc' and 'oci' Storage Protocol\(s3\)/,
  ],
  [
    'workers of size 0',
    { predictor: { workerSpec: { tensorParallelSize: 0 } } },
    /TensorParallelSize cannot be less than 1\(0\)/,
  ],
  ['a transformer', { spec: { transformer: { containers: [{ name: 'a', image: 'b' }] } } }, undefined],
  ['an empty transformer', { spec: { transformer: {} } }, /spec\.transformer needs containers/],
  ['an ART explainer', { spec: { explainer: { art: { type: 'SquareAttack' } } } }, undefined],
  [
    'a blocked variable in a transformer',
    { spec: { transformer: { containers: [{ name: 'a', image: 'b', env: [{ name: 'PYTHONPATH', value: '/x' }] }] } } },
    /PYTHONPATH is not allowed/,
  ],
  [
    'STORAGE_URI on a transformer beside it',
    {
      predictor: {
        containers: [{ name: 'transformer-container', image: 'a', env: [{ name: 'STORAGE_URI', value: 'x' }] }],
      },
    },
    /storage uri should not be specified in transformer container/,
  ],
  ['a logger without a mode', { predictor: { logger: { url: 'http://x' } } }, undefined],
  [
    'a logger of a mode that is none',
    { predictor: { logger: { mode: 'some' } } },
    /is not one of all, request, response/,
  ],
  [
    'a logger with half a storage',
    { predictor: { logger: { mode: 'all', storage: { path: 'p' } } } },
    /invalid logger storage configuration/,
  ],
  [
    'a probe of two kinds',
    {
      predictor: {
        sklearn: { storageUri: '/m', readinessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } } },
      },
    },
    /exec and tcpSocket; keep one/,
  ],
  [
    'a port out of range',
    { predictor: { sklearn: { storageUri: '/m', ports: [{ containerPort: 70000, protocol: 'TCP' }] } } },
    /between 1 and 65535/,
  ],
];

describe('admission rules', () => {
  for (const [name, shape, message] of RULES) {
    test(name, () => {
      const errors = errorsOf(shape);
      if (message === undefined) assert.deepEqual(errors, []);
      else
        assert.ok(
          errors.some((error) => message.test(error)),
          JSON.stringify(errors),
        );
    });
  }
});
