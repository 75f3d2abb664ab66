import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Datatype, Tensor } from '@berth/inference';
import { discoverModels, inspectModel, loadModel, readServerSettings } from './index.ts';

const golden = fileURLToPath(new URL('./onnx/golden/', import.meta.url));
const shared = join(
  process.env.BERTH_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url)),
  'models',
);

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-front-'));
});
after(() => rmSync(root, { recursive: true, force: true }));

function place(file: string, at: string): void {
  mkdirSync(join(root, at, '..'), { recursive: true });
  cpSync(join(golden, file), join(root, at));
}

describe('from a path to an answer', () => {
  it('serves a Triton repository with labels and a bound on the batch', async () => {
    place('zipmap-int.onnx', 'triton/iris/1/model.onnx');
    writeFileSync(join(root, 'triton/iris/labels.txt'), 'setosa\nversicolor\nvirginica\n');
    writeFileSync(
      join(root, 'triton/iris/config.pbtxt'),
      `name: "iris" max_batch_size: 2
       input { name: "float_input" data_type: TYPE_FP32 dims: 4 }
       output { name: "output_probability" data_type: TYPE_FP32 dims: 3 label_filename: "labels.txt" }`,
    );
    const [found] = await discoverModels(join(root, 'triton'));
    const model = await loadModel(found, { flavour: 'triton' });
    assert.deepEqual(model.metadata.outputs, [
      { name: 'output_probability', datatype: 'FP32', shape: [-1, 3], labels: ['setosa', 'versicolor', 'virginica'] },
    ]);
    assert.equal((model.config as { name: string }).name, 'iris');
    const input = (rows: number): Tensor => ({
      name: 'float_input',
      datatype: 'FP32',
      shape: [rows, 4],
      data: new Float32Array(rows * 4),
    });
    const { outputs } = await model.infer({ inputs: [input(2)], layout: 'tensors', outputs: [] });
    assert.deepEqual(outputs[0].shape, [2, 3]);
    await assert.rejects(async () => model.infer({ inputs: [input(3)], layout: 'tensors', outputs: [] }), {
      message: "inference request batch-size must be <= 2 for 'iris'",
    });
    await model.close();
  });

  it('closes a model whose config does not fit', async () => {
    place('regressor.onnx', 'bad/m/1/model.onnx');
    writeFileSync(join(root, 'bad/m/config.pbtxt'), 'input { name: "nope" data_type: TYPE_FP32 dims: 3 }');
    const [found] = await discoverModels(join(root, 'bad'));
    await assert.rejects(loadModel(found, { flavour: 'triton' }), { reason: 'ModelLayout', message: /"nope"/ });
  });

  it('completes metadata from model-settings.json', async () => {
    place('regressor.onnx', 'settings/model.onnx');
    const settings = {
      name: 'r',
      platform: 'mine',
      inputs: [{ name: 'rows', datatype: 'FP64', shape: [-1, 3] }],
      outputs: [{ name: 'nope', datatype: 'FP32', shape: [-1] }],
      warm_workers: true,
    };
    writeFileSync(join(root, 'settings/model-settings.json'), JSON.stringify(settings));
    const [found] = await discoverModels(join(root, 'settings'));
    const warnings: string[] = [];
    const model = await loadModel(found, { flavour: 'mlserver', onWarning: (text) => warnings.push(text) });
    assert.equal(model.metadata.declaredPlatform, 'mine');
    assert.equal(model.metadata.platform, 'onnxruntime_onnx');
    assert.deepEqual(model.metadata.inputs, [{ name: 'rows', datatype: 'FP64', shape: [-1, 3] }]);
    assert.match(warnings.join('\n'), /warm_workers is not acted on\n.*declares the outputs nope/);
    await model.close();
  });

  it('answers what model-settings.json says a request that asks for nothing gets', async () => {
    const file = fileURLToPath(new URL('./sklearn/fixtures/named-columns/unnamed.joblib', import.meta.url));
    mkdirSync(join(root, 'predict-fn'));
    cpSync(file, join(root, 'predict-fn/model.joblib'));
    const load = async (predictFn: string) => {
      const settings = { name: 'p', platform: 'mine', parameters: { extra: { predict_fn: predictFn } } };
      writeFileSync(join(root, 'predict-fn/model-settings.json'), JSON.stringify(settings));
      const [found] = await discoverModels(join(root, 'predict-fn'));
      return loadModel(found, { flavour: 'mlserver' });
    };
    const model = await load('predict_proba');
    assert.equal(model.metadata.platform, 'sklearn');
    assert.deepEqual(model.metadata.defaultOutputs, ['predict_proba']);
    const rows: Tensor = { name: 'x', datatype: 'FP64', shape: [1, 4], data: new Float64Array([5.1, 3.5, 1.4, 0.2]) };
    const names = async (outputs: string[]) => {
      const response = await model.infer({ inputs: [rows], layout: 'tensors', outputs });
      return response.outputs.map((output) => output.name);
    };
    assert.deepEqual(await names([]), ['predict_proba']);
    assert.deepEqual(await names(['predict']), ['predict']);
    await assert.rejects(load('nope'), { reason: 'ModelLayout', message: /predict_fn is "nope".*it has predict, / });
  });

  it('throws the problem of what was found', async () => {
    const [found] = await discoverModels(join(root, 'nowhere'));
    await assert.rejects(loadModel(found, { flavour: 'kserve' }), { reason: 'ModelUnreadable' });
    await assert.rejects(inspectModel(join(root, 'nowhere')), { reason: 'ModelUnreadable' });
  });
});

describe('inspection', () => {
  it('tells of a graph without ONNX Runtime', async () => {
    const inspected = await inspectModel(join(golden, 'zipmap-text.onnx'));
    assert.equal(inspected.format, 'onnx');
    assert.match(inspected.summary, /^graph of \d+ nodes by skl2onnx/);
    assert.equal(inspected.sizeBytes, readFileSync(join(golden, 'zipmap-text.onnx')).length);
    assert.deepEqual(inspected.model?.classes, ['setosa', 'versicolor', 'virginica']);
    assert.deepEqual(inspected.warnings, []);
    const loop = await inspectModel(join(golden, 'loop.onnx'));
    assert.match(loop.warnings.join(), /process of its own/);
    const sequence = await inspectModel(join(golden, 'sequence-construct.onnx'));
    assert.match(sequence.warnings.join(), /"s" is a sequence/);
  });

  it('asks for one of several models', async () => {
    place('regressor.onnx', 'several/a/model.onnx');
    place('regressor.onnx', 'several/b/model.onnx');
    await assert.rejects(inspectModel(join(root, 'several')), { message: /2 models \(a, b\); inspect one/ });
  });
});

describe('settings.json', () => {
  it('gives what a server acts on and names the rest', async () => {
    const folder = mkdtempSync(join(root, 'server-'));
    assert.equal(await readServerSettings(folder), undefined);
    writeFileSync(
      join(folder, 'settings.json'),
      JSON.stringify({ http_port: 1, grpc_port: 2, host: 'h', debug: false, kafka_enabled: true, __proto__: 1 }),
    );
    assert.deepEqual(await readServerSettings(folder), {
      httpPort: 1,
      grpcPort: 2,
      host: 'h',
      debug: false,
      ignored: ['kafka_enabled'],
    });
    writeFileSync(join(folder, 'settings.json'), '{"http_port": "x"}');
    await assert.rejects(readServerSettings(folder), { reason: 'ModelLayout', message: /http_port must be a number/ });
  });
});

describe("Triton's example models", {
  skip: !existsSync(join(shared, 'triton')) && 'the shared models are not here',
}, () => {
  const TYPES: ReadonlyMap<string, Datatype> = new Map([
    ['tensor(int32)', 'INT32'],
    ['tensor(int8)', 'INT8'],
    ['tensor(uint64)', 'UINT64'],
    ['tensor(string)', 'BYTES'],
  ]);
  const repository = join(shared, 'triton');

  it('have the names, types and shapes that ONNX Runtime tells', async () => {
    const expected = JSON.parse(readFileSync(join(shared, 'expected.json'), 'utf8'));
    const found = await discoverModels(repository);
    assert.equal(found.length, 5);
    for (const one of found) {
      const model = await loadModel(one, { flavour: 'triton' });
      const said = expected[`triton/${one.name}/1/model.onnx`];
      for (const side of ['inputs', 'outputs'] as const) {
        const specs = said[side].map(([name, type, shape]: [string, string, (number | null)[]]) => ({
          name,
          datatype: TYPES.get(type),
          shape: shape.map((dim) => dim ?? -1),
        }));
        assert.deepEqual(model.metadata[side], specs);
      }
      await model.close();
    }
  });

  it('add, subtract and follow sequences under their configs', async () => {
    const tensors = (side: string, type: string, size: number) =>
      `${side} [ { name: "${side.toUpperCase()}0" data_type: ${type} dims: ${size} }, { name: "${side.toUpperCase()}1" data_type: ${type} dims: ${size} } ]`;
    const control = (name: string, kind: string) =>
      `{ name: "${name}" control { kind: CONTROL_SEQUENCE_${kind} ${kind === 'CORRID' ? 'data_type: TYPE_UINT64' : 'int32_false_true: [ 0, 1 ]'} } }`;
    const sequence = (...controls: string[]) => `max_batch_size: 8
      input { name: "INPUT" data_type: TYPE_INT32 dims: 1 } output { name: "OUTPUT" data_type: TYPE_INT32 dims: 1 }
      sequence_batching { control_input [ ${controls.join(', ')} ] }`;
    const configs = new Map([
      ['simple', `max_batch_size: 8 ${tensors('input', 'TYPE_INT32', 16)} ${tensors('output', 'TYPE_INT32', 16)}`],
      ['simple_int8', `max_batch_size: 8 ${tensors('input', 'TYPE_INT8', 16)} ${tensors('output', 'TYPE_INT8', 16)}`],
      [
        'simple_string',
        `max_batch_size: 8 ${tensors('input', 'TYPE_STRING', 16)} ${tensors('output', 'TYPE_STRING', 16)}`,
      ],
      ['simple_sequence', sequence(control('START', 'START'), control('READY', 'READY'))],
      [
        'simple_dyna_sequence',
        sequence(
          control('START', 'START'),
          control('END', 'END'),
          control('READY', 'READY'),
          control('CORRID', 'CORRID'),
        ),
      ],
    ]);
    for (const [name, config] of configs) {
      cpSync(join(repository, name), join(root, 'examples', name), { recursive: true });
      writeFileSync(join(root, 'examples', name, 'config.pbtxt'), config);
    }
    const found = await discoverModels(join(root, 'examples'));
    assert.deepEqual(
      found.map((one) => [one.name, one.problem?.message]),
      [...configs.keys()].sort().map((name) => [name, undefined]),
    );
    const byName = new Map(
      await Promise.all(found.map(async (one) => [one.name, await loadModel(one, { flavour: 'triton' })] as const)),
    );
    const sixteen = Array.from({ length: 16 }, (_unused, index) => index);
    const text: Tensor[] = ['INPUT0', 'INPUT1'].map((name) => ({
      name,
      datatype: 'BYTES',
      shape: [1, 16],
      data: sixteen.map(String),
    }));
    const sums = await byName.get('simple_string')?.infer({ inputs: text, layout: 'tensors', outputs: ['OUTPUT0'] });
    assert.deepEqual(
      sums?.outputs[0].data,
      sixteen.map((value) => String(value * 2)),
    );
    const whole: Tensor[] = ['INPUT0', 'INPUT1'].map((name) => ({
      name,
      datatype: 'INT32',
      shape: [1, 16],
      data: Int32Array.from(sixteen),
    }));
    const added = await byName.get('simple')?.infer({ inputs: whole, layout: 'tensors', outputs: [] });
    assert.deepEqual(
      added?.outputs[0].data,
      Int32Array.from(sixteen, (value) => value * 2),
    );
    assert.deepEqual(added?.outputs[1].data, new Int32Array(16));
    const one: Tensor = { name: 'INPUT', datatype: 'INT32', shape: [1, 1], data: Int32Array.of(5) };
    for (const name of ['simple_sequence', 'simple_dyna_sequence']) {
      const parameters = new Map<string, number | boolean>([
        ['sequence_id', 1],
        ['sequence_start', true],
      ]);
      const answered = await byName.get(name)?.infer({ inputs: [one], layout: 'tensors', outputs: [], parameters });
      assert.deepEqual(answered?.outputs[0].shape, [1, 1], name);
    }
    await Promise.all([...byName.values()].map((model) => model.close()));
  });
});
