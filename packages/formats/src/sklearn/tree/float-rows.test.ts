import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InferenceError } from '@berth/inference';
import type { Frame, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { forEachFloat32Block, forEachFloat64Block, type RowRules } from './float-rows.ts';

const rules: RowRules = { className: 'RandomForestClassifier', features: 2, allowNaN: false };

function matrix(rows: readonly (readonly number[])[]): Matrix {
  return { kind: 'matrix', rows: rows.length, cols: 2, data: Float64Array.from(rows.flat()), dtype: 'float64' };
}

function collect(x: Table, own: RowRules = rules): { values: number[]; starts: number[]; hasNaN: boolean } {
  const values: number[] = [];
  const starts: number[] = [];
  let missing = false;
  forEachFloat32Block(x, own, (data, start, count, hasNaN) => {
    starts.push(start);
    values.push(...data.subarray(0, count * 2));
    missing ||= hasNaN;
  });
  return { values, starts, hasNaN: missing };
}

function refuses(x: Table, message: RegExp, own: RowRules = rules): void {
  assert.throws(
    () => collect(x, own),
    (error) => error instanceof InferenceError && error.code === 'INVALID_INPUT' && message.test(error.message),
  );
}

test('numbers are rounded to float32', () => {
  assert.deepEqual(collect(matrix([[0.1, 1]])).values, [Math.fround(0.1), 1]);
});

test('a large table comes block by block, each row once', () => {
  const rows = Array.from({ length: 300_000 }, (_, row) => [row, -row]);
  let next = 0;
  let blocks = 0;
  forEachFloat32Block(matrix(rows), rules, (data, start, count) => {
    blocks++;
    for (let row = 0; row < count; row++, next++) {
      assert.equal(data[row * 2], start + row);
      assert.equal(data[row * 2 + 1], -next);
    }
  });
  assert.equal(next, rows.length);
  assert.ok(blocks > 1);
});

test('what a sparse matrix does not hold is 0, also after a row that held it', () => {
  const sparse: SparseMatrix = {
    kind: 'sparse',
    rows: 3,
    cols: 2,
    indptr: Int32Array.of(0, 2, 2, 3),
    indices: Int32Array.of(0, 1, 1),
    data: Float64Array.of(5, 6, 7),
    dtype: 'float64',
  };
  assert.deepEqual(collect(sparse).values, [5, 6, 0, 0, 0, 7]);
});

test('cells of a frame that spell numbers are numbers', () => {
  const frame: Frame = {
    kind: 'frame',
    rows: 2,
    named: true,
    columns: [
      { kind: 'object', name: 'a', data: ['1.5', ' -2e1 '] },
      { kind: 'number', name: 'b', data: Float64Array.of(3, 4), dtype: 'int64' },
    ],
  };
  assert.deepEqual(collect(frame).values, [1.5, 3, -20, 4]);
  const wrong: Frame = { ...frame, columns: [{ kind: 'object', name: 'a', data: ['1', 'red'] }, frame.columns[1]] };
  refuses(wrong, /row 1, column "a".*"red"/);
});

test('a wrong width names both counts', () => {
  refuses(
    { ...matrix([[1, 2]]), cols: 1, rows: 2 },
    /X has 1 feature \(columns\), but RandomForestClassifier was trained on 2/,
  );
});

test('missing values are refused with their place, or let through and told', () => {
  const x = matrix([
    [1, 2],
    [3, Number.NaN],
  ]);
  refuses(x, /NaN \(null\) at row 1, column 1; RandomForestClassifier does not accept missing values/);
  const { values, hasNaN } = collect(x, { ...rules, allowNaN: true });
  assert.deepEqual(values, [1, 2, 3, Number.NaN]);
  assert.equal(hasNaN, true);
  assert.equal(collect(matrix([[1, 2]]), { ...rules, allowNaN: true }).hasNaN, false);
});

test('values too large for float32 are refused, large sums of small ones are not', () => {
  refuses(matrix([[1e39, 0]]), /infinity or a value too large for dtype float32 at row 0, column 0/);
  refuses(matrix([[0, -Infinity]]), /row 0, column 1/, { ...rules, allowNaN: true });
  assert.equal(collect(matrix([[3e38, 3e38]])).values.length, 2);
  const seen: number[] = [];
  forEachFloat64Block(matrix([[1e308, 1e308]]), rules, (data) => seen.push(...data));
  assert.deepEqual(seen, [1e308, 1e308]);
});
