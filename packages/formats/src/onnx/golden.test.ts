import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Datatype, Tensor, TensorData } from '@berth/inference';
import { allocate } from '@berth/inference';
import { importPart, type Part } from '@berth/parts';
import { importEngine } from './engine.ts';
import { onnxFormat } from './format.ts';
import { readGraph } from './graph.ts';
import { needsIsolation } from './operators.ts';

interface GoldenTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
  readonly labels?: readonly string[];
}

interface GoldenCase {
  readonly name: string;
  readonly isolation: string;
  readonly inputs: readonly GoldenTensor[];
  readonly outputs: readonly GoldenTensor[];
}

const folder = fileURLToPath(new URL('./golden/', import.meta.url));
const cases = JSON.parse(readFileSync(`${folder}cases.json`, 'utf8')) as readonly GoldenCase[];

function toTensor({ name, datatype, shape, data }: GoldenTensor): Tensor {
  const elements = allocate(datatype, data.length) as { [index: number]: unknown };
  const big = datatype === 'INT64' || datatype === 'UINT64';
  data.forEach((value, index) => {
    elements[index] = big ? BigInt(value) : value;
  });
  return { name, datatype, shape, data: elements as TensorData };
}

describe('ONNX models answer as ONNX Runtime for Python does', () => {
  for (const golden of cases) {
    it(golden.name, async () => {
      const path = `${folder}${golden.name}.onnx`;
      const model = await onnxFormat.load(path, { flavour: 'triton' });
      try {
        const { outputs } = await model.infer({ inputs: golden.inputs.map(toTensor), layout: 'tensors', outputs: [] });
        assert.deepEqual(
          outputs.map((output) => output.name),
          golden.outputs.map((output) => output.name),
        );
        golden.outputs.forEach((expected, index) => {
          const { datatype, shape, data } = toTensor(expected);
          assert.equal(outputs[index].datatype, datatype);
          assert.deepEqual(outputs[index].shape, shape);
          if (datatype === 'FP32' && golden.name.match(/zipmap|mixed|regressor/)) closeTo(outputs[index].data, data);
          else assert.deepEqual(outputs[index].data, data);
          const spec = model.metadata.outputs[index];
          assert.deepEqual(spec.labels, expected.labels);
          if (spec.shape.length === shape.length) {
            const known = spec.shape.map((dim, axis) => (dim === -1 ? shape[axis] : dim));
            assert.deepEqual(known, shape);
          }
        });
      } finally {
        await model.close();
      }
    });

    it(`${golden.name} runs in a ${golden.isolation}`, () => {
      const graph = readGraph(readFileSync(`${folder}${golden.name}.onnx`));
      assert.equal(needsIsolation(graph) ? 'process' : 'thread', golden.isolation);
    });
  }
});

/** Two builds of ONNX Runtime may add in another order. */
function closeTo(actual: TensorData, expected: TensorData): void {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs((actual[index] as number) - (expected[index] as number));
    assert.ok(difference <= 1e-6 * Math.max(1, Math.abs(expected[index] as number)), `${actual[index]} at ${index}`);
  }
}

describe('an ONNX model', () => {
  it('says which command brings an engine that is not installed', async () => {
    await assert.rejects(
      importEngine(() => importPart('engine-that-is-not-there' as Part)),
      {
        name: 'LoadError',
        reason: 'EngineMissing',
        message: /run "npm ci"/,
      },
    );
  });

  it('tells classes and labels of a ZipMap that was cut', async () => {
    const model = await onnxFormat.load(`${folder}zipmap-text.onnx`, { flavour: 'triton' });
    assert.deepEqual(model.metadata.classes, ['setosa', 'versicolor', 'virginica']);
    assert.equal(model.metadata.platform, 'onnxruntime_onnx');
    await model.close();
  });

  it('computes the asked output alone, and refuses one it has not', async () => {
    const model = await onnxFormat.load(`${folder}zipmap-int.onnx`, { flavour: 'triton', name: 'iris' });
    const input: Tensor = { name: 'float_input', datatype: 'FP32', shape: [1, 4], data: new Float32Array(4) };
    const { outputs } = await model.infer({ inputs: [input], layout: 'tensors', outputs: ['output_probability'] });
    assert.deepEqual(
      outputs.map((output) => output.name),
      ['output_probability'],
    );
    await assert.rejects(async () => model.infer({ inputs: [input], layout: 'tensors', outputs: ['nope'] }), {
      code: 'INVALID_INPUT',
      message:
        "unexpected inference output 'nope' for model 'iris'; it has these outputs: output_label, output_probability",
    });
    await model.close();
  });

  it('takes the columns of a table by name, by position or as one matrix', async () => {
    const iris = await onnxFormat.load(`${folder}zipmap-int.onnx`, { flavour: 'kserve' });
    const numbers = [5, 3, 1, 0.2].map(
      (value, index): Tensor => ({ name: String(index), datatype: 'FP64', shape: [1], data: Float64Array.of(value) }),
    );
    const first = await iris.infer({ inputs: numbers, layout: 'positional', outputs: ['output_label'] });
    assert.deepEqual(first.outputs[0].data, new BigInt64Array([0n]));
    await iris.close();
    const mixed = await onnxFormat.load(`${folder}mixed-columns.onnx`, { flavour: 'kserve' });
    const columns: Tensor[] = [
      { name: 'size', datatype: 'INT64', shape: [2], data: new BigInt64Array([1n, 4n]) },
      { name: 'colour', datatype: 'BYTES', shape: [2], data: ['red', 'unknown'] },
    ];
    const second = await mixed.infer({ inputs: columns, layout: 'columns', outputs: [] });
    assert.deepEqual(second.outputs[1].shape, [2, 2]);
    const positions = columns.toReversed().map((column, index) => ({ ...column, name: String(index) }));
    const third = await mixed.infer({ inputs: positions, layout: 'positional', outputs: [] });
    assert.deepEqual(third.outputs, second.outputs);
    const text = [{ ...columns[0], datatype: 'BYTES' as const, data: ['1', '4'] }, columns[1]];
    await assert.rejects(async () => mixed.infer({ inputs: text, layout: 'columns', outputs: [] }), {
      code: 'INVALID_INPUT',
      message: /input "size" takes numbers \(FP32\), but text came/,
    });
    await mixed.close();
  });

  it('carries NUL characters in text, and U+F0000 where there is none', async () => {
    const model = await onnxFormat.load(`${folder}identity-bytes.onnx`, { flavour: 'triton' });
    const answer = async (...data: (string | Uint8Array)[]) => {
      const input: Tensor = { name: 'x', datatype: 'BYTES', shape: [data.length], data };
      const { outputs } = await model.infer({ inputs: [input], layout: 'tensors', outputs: [] });
      return outputs[0].data;
    };
    assert.deepEqual(await answer('a\0b', '\0', new Uint8Array([0, 97]), ''), ['a\0b', '\0', '\0a', '']);
    assert.deepEqual(await answer('\u{F0000}'), ['\u{F0000}']);
    await assert.rejects(answer('\u{F0000}', '\0'), {
      code: 'INVALID_INPUT',
      message: /"x" holds U\+F0000 in element 0/,
    });
    await model.close();
  });
});
