import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Datatype,
  InferenceError,
  type InferRequest,
  numberToBfloat16,
  numberToHalf,
  type Tensor,
} from '@berth/inference';
import { categoryCodes } from './category-codes.ts';
import { denseRows } from './dense-rows.ts';
import type { RowsSpec } from './rows-spec.ts';

const four: RowsSpec = {
  numFeatures: 4,
  names: ['f0', 'f1', 'f2', 'f3'],
  namesInvented: true,
  absentIsMissing: false,
};
const named: RowsSpec = { numFeatures: 2, names: ['a', 'b'], namesInvented: false, absentIsMissing: true };

function tensor(name: string, shape: number[], data: Tensor['data'], datatype: Datatype): Tensor {
  return { name, shape, data, datatype };
}

function request(inputs: Tensor[], layout: InferRequest['layout'] = 'tensors'): InferRequest {
  return { inputs, layout, outputs: [] };
}

function rowsOf(spec: RowsSpec, asked: InferRequest): number[] {
  return [...denseRows(asked, spec, (length) => new Float64Array(length)).data];
}

function refused(spec: RowsSpec, asked: InferRequest, ...texts: RegExp[]): void {
  assert.throws(
    () => rowsOf(spec, asked),
    (error) => {
      assert.ok(error instanceof InferenceError && error.code === 'INVALID_INPUT', String(error));
      for (const text of texts) assert.match(error.message, text);
      return true;
    },
  );
}

describe('rows of a request', () => {
  it('takes a matrix of every numeric datatype', () => {
    const matrices: [Datatype, Tensor['data']][] = [
      ['FP64', Float64Array.of(0, 1, 2, 1)],
      ['FP32', Float32Array.of(0, 1, 2, 1)],
      ['FP16', Uint16Array.of(0, 1, 2, 1).map(numberToHalf)],
      ['BF16', Uint16Array.of(0, 1, 2, 1).map(numberToBfloat16)],
      ['INT64', BigInt64Array.of(0n, 1n, 2n, 1n)],
      ['UINT64', BigUint64Array.of(0n, 1n, 2n, 1n)],
      ['INT32', Int32Array.of(0, 1, 2, 1)],
      ['UINT8', Uint8Array.of(0, 1, 2, 1)],
      ['BOOL', Uint8Array.of(0, 1, 2, 1)],
    ];
    for (const [datatype, data] of matrices) {
      assert.deepEqual(rowsOf(named, request([tensor('x', [2, 2], data, datatype)])), [0, 1, 2, 1], datatype);
    }
  });

  it('gives a float32 matrix to a float32 model as it is, and rounds a float64 one', () => {
    const data = Float32Array.of(1, 2);
    const allocate = (length: number) => new Float32Array(length);
    assert.equal(denseRows(request([tensor('x', [1, 2], data, 'FP32')]), named, allocate).data, data);
    const wide = request([tensor('x', [1, 2], Float64Array.of(20180131, NaN), 'FP64')]);
    assert.deepEqual([...denseRows(wide, named, allocate).data], [20180132, NaN]);
  });

  it('explains a flat list, rows of another width and a cube', () => {
    refused(four, request([tensor('x', [4], new Float64Array(4), 'FP64')]), /4/, /\[\[/);
    refused(four, request([tensor('x', [1, 5], new Float64Array(5), 'FP64')]), /rows of 5 values/, /rows of 4 numbers/);
    refused(four, request([tensor('x', [1, 2, 2], new Float64Array(4), 'FP64')]), /shape \[1, 2, 2\]/);
    refused(four, request([]), /no input/);
  });

  it('takes a flat list for the one column of a model', () => {
    const one: RowsSpec = { ...four, numFeatures: 1, names: ['f0'] };
    assert.deepEqual(rowsOf(one, request([tensor('x', [3], Float64Array.of(1, 2, 3), 'FP64')])), [1, 2, 3]);
  });

  it('names row and column of a text', () => {
    refused(
      four,
      request([tensor('x', [1, 4], ['1', '2', 'three', '4'], 'BYTES')]),
      /row 0, column 0 holds the text "1"/,
    );
    const cells = ['0', '1', '3'].map((name) => tensor(name, [1], Float64Array.of(5), 'FP64'));
    const word = tensor('2', [1], ['small'], 'BYTES');
    const mixed = request([cells[0], cells[1], word, cells[2]], 'positional');
    refused(four, mixed, /row 0, column 2 holds the text "small"/);
    refused(named, request([tensor('b', [2], ['x', 'y'], 'BYTES')], 'columns'), /row 0, column 1 \(b\)/);
  });

  it('takes columns by position where the model knows no names', () => {
    const cells = ['p', 'q', 'r', 's'].map((name, i) => tensor(name, [2, 1], Float64Array.of(i, i + 10), 'FP64'));
    assert.deepEqual(rowsOf(four, request(cells, 'columns')), [0, 1, 2, 3, 10, 11, 12, 13]);
    refused(four, request(cells, 'tensors'), /\[n, 4\]/, /"pd"/);
    refused(four, request(cells.slice(1), 'columns'), /rows have 3 values/);
  });

  it('takes the library’s own names in any order', () => {
    const cells = ['f3', 'f1', 'f0', 'f2'].map((name) => tensor(name, [1], Float64Array.of(Number(name[1])), 'FP64'));
    assert.deepEqual(rowsOf(four, request(cells, 'columns')), [0, 1, 2, 3]);
  });

  it('takes an absent column for missing cells where the model allows it', () => {
    assert.deepEqual(rowsOf(named, request([tensor('b', [2], Float64Array.of(1, 2), 'FP64')], 'columns')), [
      NaN,
      1,
      NaN,
      2,
    ]);
    refused(
      { ...named, absentIsMissing: false },
      request([tensor('b', [1], Float64Array.of(1), 'FP64')]),
      /lacks the column "a"/,
    );
  });

  it('turns categories into codes', () => {
    const codes = [categoryCodes(['red', 'blue'], 'missing'), categoryCodes([10, 20], 'refused')];
    const spec: RowsSpec = { ...named, codes };
    const table = (colours: string[], numbers: number[]) =>
      request(
        [
          tensor('a', [colours.length], colours, 'BYTES'),
          tensor('b', [numbers.length], Float64Array.from(numbers), 'FP64'),
        ],
        'columns',
      );
    assert.deepEqual(rowsOf(spec, table(['blue', 'red', 'green'], [20, 10, NaN])), [1, 1, 0, 0, NaN, NaN]);
    refused(spec, table(['blue'], [15]), /row 0, column "b" holds 15, which is no category .*: 10, 20/);
    // A matrix holds codes already.
    assert.deepEqual(rowsOf(spec, request([tensor('x', [1, 2], Float64Array.of(1, 0), 'FP64')])), [1, 0]);
  });
});
