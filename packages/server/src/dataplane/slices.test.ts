import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InferRequest, invalidInput, type Model, type Tensor } from '@berth/inference';
import { fakeModel } from '../wire/models.ts';
import { inferInSlices, rowsToSlice } from './slices.ts';

/** Doubles each row's first value, and spells the second. */
function doubling(calls: number[] = []): Model {
  return fakeModel({ platform: 'sklearn' }, (request: InferRequest): Tensor[] => {
    const [numbers, texts] = request.inputs;
    const rows = numbers.shape[0];
    calls.push(rows);
    const data = numbers.data as Float64Array;
    for (let row = 0; row < rows; row++) if (data[2 * row] < 0) throw invalidInput(`row ${row} is negative`);
    const doubled = Float64Array.from({ length: rows }, (_, row) => 2 * data[2 * row]);
    return [
      { name: 'double', datatype: 'FP64', shape: [rows], data: doubled },
      { name: 'text', datatype: 'BYTES', shape: [rows, 1], data: (texts.data as string[]).map((text) => `${text}!`) },
    ];
  });
}

function table(rows: number, negativeAt = -1): InferRequest {
  const data = Float64Array.from({ length: 2 * rows }, (_, index) => (index === 2 * negativeAt ? -1 : index));
  const texts = Array.from({ length: rows }, (_, row) => `t${row}`);
  return {
    inputs: [
      { name: 'n', datatype: 'FP64', shape: [rows, 2], data },
      { name: 't', datatype: 'BYTES', shape: [rows], data: texts },
    ],
    layout: 'columns',
    outputs: [],
  };
}

describe('slices of a table', () => {
  it('give what the whole gives', async () => {
    for (const rows of [2049, 5000, 10_240]) {
      const calls: number[] = [];
      let time = 0;
      const now = () => (time += 5);
      const sliced = await inferInSlices(doubling(calls), table(rows), rows, now);
      assert.deepEqual(sliced, doubling().infer(table(rows)));
      assert.ok(calls.length > 1);
      assert.equal(
        calls.reduce((sum, each) => sum + each, 0),
        rows,
      );
    }
  });

  it('shrink where they take long', async () => {
    const calls: number[] = [];
    let time = 0;
    await inferInSlices(doubling(calls), table(4000), 4000, () => (time += 500));
    assert.equal(calls[1], 64);
  });

  it('name the row of the whole table in an error', async () => {
    await assert.rejects(
      inferInSlices(doubling(), table(5000, 3000), 5000, () => 0),
      { message: 'row 3000 is negative' },
    );
  });

  it('let others have their turn', async () => {
    const order: string[] = [];
    const done = inferInSlices(doubling(), table(20_000), 20_000, () => 0).then(() => order.push('table'));
    await new Promise<void>((resolve) => setImmediate(() => resolve(void order.push('other'))));
    await done;
    assert.deepEqual(order, ['other', 'table']);
  });

  it('are for large tables of row by row models only', () => {
    assert.equal(rowsToSlice(doubling(), table(5000)), 5000);
    assert.equal(rowsToSlice(doubling(), table(100)), 0);
    assert.equal(
      rowsToSlice(
        fakeModel({ platform: 'onnxruntime_onnx' }, () => []),
        table(5000),
      ),
      0,
    );
    const uneven = { ...table(5000), inputs: [...table(5000).inputs, ...table(4000).inputs] };
    assert.equal(rowsToSlice(doubling(), uneven), 0);
  });
});
