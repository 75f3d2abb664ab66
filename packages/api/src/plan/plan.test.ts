import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isReady, makeStatus } from '../inference-service/make-status.ts';
import { parseManifests } from '../manifest/parse-manifests.ts';
import { inferenceServices, servingRuntimes } from '../manifest/resource.ts';
import { BUILT_IN_RUNTIMES } from '../serving-runtime/built-in/index.ts';
import { planService, type ServicePlan } from './plan.ts';

const storageProblem = (uri: string) => (uri.startsWith('gs://') ? 'gs:// is not yet supported' : undefined);

function plan(yaml: string): ServicePlan {
  const { resources, issues } = parseManifests(yaml);
  assert.deepEqual(
    issues.filter((issue) => issue.severity === 'error'),
    [],
  );
  const [isvc] = inferenceServices(resources);
  assert.ok(isvc !== undefined);
  return planService(isvc, { runtimes: [...servingRuntimes(resources), ...BUILT_IN_RUNTIMES], storageProblem });
}

const service = (predictor: string, metadata = 'name: iris') =>
  `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {${metadata}}\nspec:\n  predictor: ${predictor}\n`;

describe('what is served', () => {
  test('a legacy key is planned as a model, and the stored spec stays', () => {
    const text = service(
      '{sklearn: {storageUri: /m, args: [--nthread=4], env: [{name: PREDICT_PROBA, value: "true"}]}}',
    );
    const planned = plan(text);
    assert.equal(planned.runtime?.name, 'kserve-sklearnserver');
    assert.deepEqual(
      { ...planned.serving, env: undefined },
      {
        format: 'sklearn',
        flavour: 'kserve',
        protocol: 'v1',
        storageUri: '/m',
        modelName: 'iris',
        predictProba: true,
        threads: 4,
        args: ['--model_name=iris', '--model_dir=/mnt/models', '--http_port=8080', '--nthread=4'],
        env: undefined,
      },
    );
    const { resources } = parseManifests(text);
    assert.deepEqual(resources[0]?.object.spec, {
      predictor: {
        sklearn: { storageUri: '/m', args: ['--nthread=4'], env: [{ name: 'PREDICT_PROBA', value: 'true' }] },
      },
    });
  });
  test('MLServer gets its name, URI and class by environment', () => {
    const serving = plan(
      service('{model: {modelFormat: {name: xgboost}, protocolVersion: v2, storageUri: /m}}'),
    ).serving;
    assert.equal(serving?.flavour, 'mlserver');
    assert.equal(serving?.env.get('MLSERVER_MODEL_NAME'), 'iris');
    assert.equal(serving?.env.get('MLSERVER_MODEL_IMPLEMENTATION'), 'mlserver_xgboost.XGBoostModel');
  });
  test('the model name follows --model_name and MLSERVER_MODEL_NAME', () => {
    const byArgument = plan(
      service('{sklearn: {storageUri: /m, args: ["--model_name", "$(NAME)"], env: [{name: NAME, value: other}]}}'),
    );
    assert.equal(byArgument.serving?.modelName, 'other');
    const byVariable = plan(
      service('{sklearn: {protocolVersion: v2, storageUri: /m, env: [{name: MLSERVER_MODEL_NAME, value: other}]}}'),
    );
    assert.equal(byVariable.serving?.modelName, 'other');
  });
  test('Triton names its models by folder', () => {
    const serving = plan(service('{onnx: {storageUri: /m}}')).serving;
    assert.deepEqual([serving?.flavour, serving?.modelName, serving?.protocol], ['triton', undefined, 'v2']);
  });
  test('hosts are those of KServe and of localhost', () => {
    const { hosts, pathPrefix } = plan(service('{sklearn: {storageUri: /m}}', 'name: iris, namespace: team'));
    for (const host of [
      'iris-team.example.com',
      'iris.team.example.com',
      'iris-team.localhost',
      'iris-predictor.team.svc.cluster.local',
    ]) {
      assert.ok(hosts.includes(host), host);
    }
    assert.equal(pathPrefix, '/serving/team/iris');
  });
  test('a runtime of the user is filled in from the service', () => {
    const runtime = `apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata: {name: mine, namespace: default}
spec:
  supportedModelFormats: [{name: sklearn, autoSelect: true}]
  protocolVersions: [v1]
  containers: [{name: kserve-container, image: "kserve/sklearnserver:v1", args: ["--model_name={{ .Labels.model }}-{{.Namespace}}"]}]
---
`;
    const planned = plan(runtime + service('{sklearn: {storageUri: /m}}', 'name: iris, labels: {model: churn}'));
    assert.equal(planned.runtime?.name, 'mine');
    assert.equal(planned.serving?.modelName, 'churn-default');
    const wrong = plan(runtime.replace('.Labels.model', '.Spec.x') + service('{sklearn: {storageUri: /m}}'));
    assert.equal(wrong.failure?.kserveReason, 'InvalidPredictorSpec');
  });
});

describe('what is not', () => {
  test("KServe's Triton example names all that is missing", () => {
    const planned = plan(
      service('{triton: {storageUri: "gs://kfserving-examples/models/torchscript", runtimeVersion: 21.08-py3}}'),
    );
    assert.equal(planned.runtime?.name, 'kserve-tritonserver');
    assert.match(planned.failure?.message ?? '', /gs:\/\/ is not yet supported/);
    assert.match(planned.failure?.message ?? '', /TorchScript/);
  });
  const cases: [string, string, RegExp][] = [
    ['no engine', '{tensorflow: {storageUri: /m}}', /TensorFlow SavedModel.*no engine/],
    ['a container of one own', '{containers: [{name: kserve-container, image: a}]}', /can not run containers/],
    ['no storage', '{sklearn: {}}', /no storageUri/],
    ['a storage block', '{sklearn: {storage: {key: k, path: p}}}', /storage-config/],
    [
      'a transformer beside it',
      '{sklearn: {storageUri: /m}, containers: [{name: transformer-container, image: a}]}',
      /transformer-container/,
    ],
  ];
  for (const [name, predictor, message] of cases) {
    test(name, () => {
      const planned = plan(service(predictor));
      assert.equal(planned.serving, undefined);
      assert.match(planned.failure?.message ?? '', message);
    });
  }
  test('what is accepted and not acted on is a warning', () => {
    const planned = plan(
      service(
        '{sklearn: {storageUri: /m}, batcher: {}, logger: {url: "http://x"}, canaryTrafficPercent: 10, minReplicas: 2, timeout: 5}',
      ),
    );
    assert.equal(planned.failure, undefined);
    for (const field of ['batcher', 'logger', 'canaryTrafficPercent', 'minReplicas', 'timeout']) {
      assert.ok(
        planned.warnings.some((warning) => warning.includes(field)),
        field,
      );
    }
  });
});

describe('status', () => {
  const now = new Date('2026-01-02T03:04:05.678Z');
  const planned = plan(service('{sklearn: {storageUri: /m}}'));

  test('of a service that serves', () => {
    const status = makeStatus({ plan: planned, phase: { phase: 'Ready' }, now, httpAddress: '127.0.0.1:8080' });
    assert.ok(isReady(status));
    assert.deepEqual(
      status.conditions?.map((one) => [one.type, one.status, one.lastTransitionTime]),
      ['IngressReady', 'PredictorReady', 'Ready'].map((type) => [type, 'True', '2026-01-02T03:04:05Z']),
    );
    assert.equal(status.url, 'http://iris-default.localhost:8080');
    assert.equal(status.address?.url, 'http://127.0.0.1:8080/serving/default/iris');
    assert.equal(status.modelStatus?.transitionStatus, 'UpToDate');
    assert.equal(status.clusterServingRuntimeName, 'kserve-sklearnserver');
  });

  test('a condition keeps its time while it stays the same', () => {
    const first = makeStatus({ plan: planned, phase: { phase: 'Loading' }, now });
    const later = new Date('2026-01-02T04:00:00Z');
    const second = makeStatus({ plan: planned, phase: { phase: 'Ready' }, now: later, previous: first });
    const time = (type: string) => second.conditions?.find((one) => one.type === type)?.lastTransitionTime;
    assert.equal(time('IngressReady'), '2026-01-02T03:04:05Z');
    assert.equal(time('Ready'), '2026-01-02T04:00:00Z');
  });

  test('of a failed load carries reason and message in all its places', () => {
    const failure = { reason: 'CorruptModel', kserveReason: 'ModelLoadFailed', message: 'the file is cut' } as const;
    const status = makeStatus({ plan: planned, phase: { phase: 'Failed', failure }, now });
    const ready = status.conditions?.find((one) => one.type === 'Ready');
    assert.deepEqual([ready?.status, ready?.reason, ready?.message], ['False', 'CorruptModel', 'the file is cut']);
    assert.equal(status.modelStatus?.transitionStatus, 'BlockedByFailedLoad');
    assert.equal(status.modelStatus?.lastFailureInfo?.reason, 'ModelLoadFailed');
  });

  test('of a stopped service', () => {
    const stopped = plan(
      service('{sklearn: {storageUri: /m}}', 'name: iris, annotations: {serving.kserve.io/stop: "true"}'),
    );
    const status = makeStatus({ plan: stopped, phase: { phase: 'Pending' }, now });
    assert.equal(status.conditions?.find((one) => one.type === 'Stopped')?.status, 'True');
    assert.equal(status.conditions?.find((one) => one.type === 'Ready')?.reason, 'Stopped');
  });

  test('an explainer that is not run keeps the service from being Ready', () => {
    const explained = plan(
      `${service('{sklearn: {storageUri: /m}}')}  explainer: {containers: [{name: a, image: b}]}\n`,
    );
    const status = makeStatus({ plan: explained, phase: { phase: 'Ready' }, now });
    assert.equal(isReady(status), false);
    assert.match(status.conditions?.find((one) => one.type === 'Ready')?.message ?? '', /explain/);
  });
});
