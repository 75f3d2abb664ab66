import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ModelSpec } from '../inference-service/types.ts';
import { BUILT_IN_RUNTIMES } from './built-in/index.ts';
import { type SelectionContext, selectRuntime } from './selection.ts';
import type { ServingRuntime, SupportedModelFormat } from './types.ts';

function model(name: string, more: Partial<ModelSpec> = {}, version?: string): ModelSpec {
  return { modelFormat: { name, ...(version === undefined ? {} : { version }) }, ...more };
}

interface RuntimeFacts {
  kind?: ServingRuntime['kind'];
  namespace?: string;
  created?: string;
  formats?: SupportedModelFormat[];
  spec?: Partial<ServingRuntime['spec']>;
}

function runtime(name: string, facts: RuntimeFacts = {}): ServingRuntime {
  return {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: facts.kind ?? 'ClusterServingRuntime',
    metadata: {
      name,
      ...(facts.namespace === undefined ? {} : { namespace: facts.namespace }),
      ...(facts.created === undefined ? {} : { creationTimestamp: facts.created }),
    },
    spec: {
      supportedModelFormats: facts.formats ?? [{ name: 'sklearn', autoSelect: true }],
      protocolVersions: ['v1'],
      containers: [{ name: 'kserve-container', image: 'x' }],
      ...facts.spec,
    },
  };
}

function chosen(spec: ModelSpec, runtimes = BUILT_IN_RUNTIMES, more: Partial<SelectionContext> = {}) {
  const selection = selectRuntime(spec, { namespace: 'default', runtimes, ...more });
  return 'choice' in selection ? selection.choice.runtime.metadata.name : selection.failure.reason;
}

describe('stock runtimes', () => {
  const cases: [ModelSpec, string][] = [
    [model('sklearn'), 'kserve-sklearnserver'],
    [model('sklearn', { protocolVersion: 'v2' }), 'kserve-mlserver'],
    [model('sklearn', { protocolVersion: 'v2' }, '1'), 'kserve-mlserver'],
    [model('sklearn', {}, '1'), 'kserve-sklearnserver'],
    [model('sklearn', {}, '1.0'), 'NoSupportingRuntime'],
    [model('xgboost'), 'kserve-xgbserver'],
    [model('xgboost', { protocolVersion: 'v2' }), 'kserve-mlserver'],
    [model('lightgbm'), 'kserve-lgbserver'],
    [model('lightgbm', { protocolVersion: 'v2' }), 'kserve-mlserver'],
    [model('tensorflow'), 'kserve-tensorflow-serving'],
    [model('tensorflow', { protocolVersion: 'v2' }), 'kserve-tritonserver'],
    [model('pytorch'), 'kserve-torchserve'],
    [model('triton', { protocolVersion: 'v2' }), 'kserve-tritonserver'],
    [model('onnx', { protocolVersion: 'v2' }), 'kserve-tritonserver'],
    [model('huggingface', { protocolVersion: 'v2' }), 'kserve-huggingfaceserver'],
    [model('pmml'), 'kserve-pmmlserver'],
    [model('paddle'), 'kserve-paddleserver'],
    [model('vLLM', { protocolVersion: 'v2' }), 'kserve-vllmserver'],
    [model('SKLearn'), 'NoSupportingRuntime'],
    [model('sklearn', { runtime: 'kserve-predictiveserver' }), 'kserve-predictiveserver'],
    [model('pytorch', { runtime: 'kserve-tritonserver' }), 'kserve-tritonserver'],
    [model('sklearn', { runtime: 'kserve-tritonserver' }), 'NoSupportingRuntime'],
    [model('sklearn', { runtime: 'kserve-mlserver', protocolVersion: 'v1' }), 'NoSupportingRuntime'],
    [model('sklearn', { runtime: 'kserve-sklernserver' }), 'RuntimeNotRecognized'],
  ];
  for (const [spec, expected] of cases) {
    test(`${JSON.stringify(spec)} → ${expected}`, () => assert.equal(chosen(spec), expected));
  }
  test('a workerSpec wants the runtime for several nodes', () => {
    const spec = model('huggingface', { protocolVersion: 'v2' });
    assert.equal(chosen(spec, BUILT_IN_RUNTIMES, { isMultiNode: true }), 'kserve-huggingfaceserver-multinode');
  });
});

describe('the order', () => {
  test('a namespace goes before the cluster, and other namespaces do not count', () => {
    const runtimes = [
      runtime('cluster', { formats: [{ name: 'sklearn', autoSelect: true, priority: 9 }] }),
      runtime('other', { kind: 'ServingRuntime', namespace: 'other' }),
      runtime('mine', { kind: 'ServingRuntime', namespace: 'default' }),
    ];
    assert.equal(chosen(model('sklearn'), runtimes), 'mine');
  });
  test('the highest priority goes first, none last', () => {
    const priority = (value: number) => ({ formats: [{ name: 'sklearn', autoSelect: true, priority: value }] });
    assert.equal(chosen(model('sklearn'), [runtime('a'), runtime('b', priority(1)), runtime('c', priority(2))]), 'c');
  });
  test('then the lowest protocol, the newest, the name', () => {
    const both = { spec: { protocolVersions: ['grpc-v2', 'v1'] as const } } as unknown as RuntimeFacts;
    const v2 = { spec: { protocolVersions: ['v2'] } } as unknown as RuntimeFacts;
    assert.equal(
      chosen(model('sklearn', { protocolVersion: 'v2' }), [
        runtime('a', v2),
        runtime('b', { spec: { protocolVersions: ['v1', 'v2'] } }),
      ]),
      'b',
    );
    assert.equal(
      chosen(model('sklearn'), [
        runtime('old', { created: '2025-01-01T00:00:00Z' }),
        runtime('young', { created: '2026-01-01T00:00:00Z' }),
      ]),
      'young',
    );
    assert.equal(chosen(model('sklearn'), [runtime('b', both), runtime('a')]), 'a');
  });
  test('a disabled or multi-model runtime, or one without autoSelect, is passed over with its reason', () => {
    const runtimes = [
      runtime('off', { spec: { disabled: true } }),
      runtime('mms', { spec: { multiModel: true } }),
      runtime('shy', { formats: [{ name: 'sklearn' }] }),
      runtime('yes'),
    ];
    const selection = selectRuntime(model('sklearn'), { namespace: 'default', runtimes });
    assert.ok('choice' in selection);
    assert.equal(selection.choice.runtime.metadata.name, 'yes');
    assert.match(selection.choice.because, /chose yes because it serves sklearn over v1/);
    assert.deepEqual(
      selection.choice.rejected.map((one) => [one.runtime, one.reason]),
      [
        ['off', 'it is disabled'],
        ['mms', 'it is for multi-model serving'],
        ['shy', 'it serves sklearn only when it is named (no autoSelect)'],
      ],
    );
  });
});

test('without a protocol the search goes on after v1, with a warning that KServe would stop', () => {
  const selection = selectRuntime(model('onnx'), { namespace: 'default', runtimes: BUILT_IN_RUNTIMES });
  assert.ok('choice' in selection);
  assert.equal(selection.choice.runtime.metadata.name, 'kserve-tritonserver');
  assert.equal(selection.choice.protocol, 'v2');
  assert.match(selection.choice.warnings[0] ?? '', /NoSupportingRuntime/);
});

test('a failure suggests the nearest format and says who refused why', () => {
  const near = selectRuntime(model('sklern'), { namespace: 'default', runtimes: BUILT_IN_RUNTIMES });
  assert.ok('failure' in near);
  assert.match(near.failure.message, /did you mean "sklearn"\?/);
  const protocol = selectRuntime(model('pmml', { protocolVersion: 'grpc-v2' }), {
    namespace: 'default',
    runtimes: BUILT_IN_RUNTIMES,
  });
  assert.ok('failure' in protocol);
  assert.match(protocol.failure.message, /kserve-pmmlserver: it speaks v1, v2, not grpc-v2/);
});
