/**
 * Test support: runs golden files that `tools/golden/sklearn/*.py` made with the real library.
 *
 * A golden file is `{ library, version, cases: [case] }`. A case is
 * - `name`, and `model`: base64 of the saved file (usually a zlib-compressed pickle);
 * - `input`: `{kind: 'matrix', dtype, shape, data, sparse?}`, `{kind: 'frame', named, rows, columns: [{name, kind, dtype?, data}]}`
 *   or `{kind: 'documents', data: [text]}`; null is NaN or None, "inf" and "-inf" are infinities;
 * - `outputs`: by Python method name (`predict`, `predict_proba`, …), `{dtype, shape, data}`, or a list of those for a
 *   multi-output `predict_proba`; dtype is numpy's kind and size, e.g. `f8`, `i8`, `U`, `O`;
 * - `scale`: by method, s of the rule |a−b| ≤ r · max(|a|, |b|, s): the largest absolute term summed; `tolerance`: another r;
 * - `namesOut`: what `get_feature_names_out()` answers.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { NdArray } from '../numpy/ndarray.ts';
import { densify, frameToMatrix } from './dense.ts';
import type { Cell, Column, Estimator, Matrix, SparseMatrix, Table } from './estimator.ts';
import { loadEstimator } from './load-now.ts';

type GoldenNumber = number | null | 'inf' | '-inf';

export interface GoldenArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (GoldenNumber | string | boolean)[];
}

export type GoldenInput =
  | { kind: 'matrix'; dtype: Matrix['dtype']; shape: [number, number]; data: GoldenNumber[]; sparse?: boolean }
  | {
      kind: 'frame';
      named: boolean;
      rows: number;
      columns: { name: string; kind: 'number' | 'object'; dtype?: Matrix['dtype']; data: (Cell | GoldenNumber)[] }[];
    }
  | { kind: 'documents'; data: string[] };

export interface GoldenCase {
  readonly name: string;
  readonly model: string;
  readonly input: GoldenInput;
  readonly outputs: Readonly<Record<string, GoldenArray | readonly GoldenArray[]>>;
  readonly scale?: Readonly<Record<string, number | readonly number[]>>;
  readonly tolerance?: number;
  readonly namesOut?: readonly string[];
}

/**
 * Registers one test for each case of each `*.json` under `folder` (relative to the calling test file).
 * Example: `testGoldenFolder(import.meta.url, './golden')`.
 */
export function testGoldenFolder(testFile: string, folder: string, only?: (name: string) => boolean): void {
  const path = fileURLToPath(new URL(folder.endsWith('/') ? folder : `${folder}/`, testFile));
  const files = existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.json')) : [];
  test(`${folder} holds golden files`, () => assert.ok(files.length > 0));
  for (const file of files.sort()) {
    const { version, cases } = JSON.parse(readFileSync(path + file, 'utf8')) as {
      version: string;
      cases: GoldenCase[];
    };
    for (const golden of cases) {
      if (only !== undefined && !only(golden.name)) continue;
      test(`${file} scikit-learn ${version} ${golden.name}`, () => checkGolden(golden));
    }
  }
}

/** Loads the case's model and compares every output. */
export function checkGolden(golden: GoldenCase): void {
  const estimator = loadEstimator(new Uint8Array(Buffer.from(golden.model, 'base64')));
  checkOutputs(estimator, decodeInput(golden.input), golden);
  if (golden.namesOut !== undefined) {
    const input = estimator.featureNamesIn ?? Array.from({ length: estimator.nFeaturesIn ?? 0 }, (_, j) => `x${j}`);
    assert.deepEqual(estimator.featureNamesOut?.(input), golden.namesOut, 'get_feature_names_out');
  }
}

type Result = NdArray | readonly NdArray[] | Table;

/** The estimator's method by its Python name. */
function call(estimator: Estimator, method: string, x: Table): Result | undefined {
  switch (method) {
    case 'predict':
      return estimator.predict?.(x);
    case 'predict_proba':
      return estimator.predictProba?.(x);
    case 'predict_log_proba':
      return estimator.predictLogProba?.(x);
    case 'decision_function':
      return estimator.decisionFunction?.(x);
    case 'transform':
      return estimator.transform?.(x);
    default:
      return (estimator as unknown as Record<string, undefined | ((x: Table) => NdArray)>)[camel(method)]?.(x);
  }
}

/** Compares what `estimator` answers to `x` with the golden outputs. */
export function checkOutputs(
  estimator: Estimator,
  x: Table,
  golden: Pick<GoldenCase, 'outputs' | 'scale' | 'tolerance'>,
): void {
  for (const [method, expected] of Object.entries(golden.outputs)) {
    if (method === 'score_samples' && !('scoreSamples' in estimator)) continue;
    const actual = call(estimator, method, x);
    assert.ok(actual !== undefined, `${estimator.className} has no ${method}`);
    const scale = golden.scale?.[method];
    if (Array.isArray(expected)) {
      const arrays = actual as readonly NdArray[];
      assert.equal(arrays.length, expected.length, `${method}: number of arrays`);
      expected.forEach((one, i) => {
        compareArray(arrays[i], one, `${method}[${i}]`, undefined, golden.tolerance);
      });
    } else compareArray(actual as NdArray | Table, expected as GoldenArray, method, scale, golden.tolerance);
  }
}

function camel(method: string): string {
  return method.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function compareArray(
  actual: NdArray | Table,
  expected: GoldenArray,
  what: string,
  scale: number | readonly number[] | undefined,
  tolerance: number | undefined,
): void {
  const { shape, values, dtype } = flatten(actual);
  assert.deepEqual([...shape], [...expected.shape], `${what}: shape`);
  const numeric = /^[fiub]/.test(expected.dtype);
  if (numeric && dtype !== undefined) assert.equal(dtype, expected.dtype, `${what}: dtype`);
  const r = tolerance ?? (expected.dtype === 'f4' ? 1e-6 : 1e-12);
  expected.data.forEach((raw, i) => {
    const value = values[i];
    const wanted = expected.dtype[0] === 'f' ? goldenNumber(raw as GoldenNumber) : raw;
    if (typeof wanted === 'number' && typeof value !== 'string') {
      const number = Number(value);
      if (Object.is(number, wanted) || number === wanted) return;
      const s = scale === undefined ? 0 : typeof scale === 'number' ? scale : scale[i];
      const bound = r * Math.max(Math.abs(number), Math.abs(wanted), s);
      assert.ok(Math.abs(number - wanted) <= bound, `${what}[${i}]: ${number} is not ${wanted} (allowed ${bound})`);
      return;
    }
    if (typeof wanted === 'boolean') assert.equal(Boolean(value), wanted, `${what}[${i}]`);
    else
      assert.equal(
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
        wanted,
        `${what}[${i}]`,
      );
  });
}

function flatten(actual: NdArray | Table): { shape: readonly number[]; values: ArrayLike<unknown>; dtype?: string } {
  if (!('kind' in actual)) {
    const { kind, itemSize } = actual.dtype;
    return { shape: actual.shape, values: actual.data as ArrayLike<unknown>, dtype: `${kind}${itemSize}` };
  }
  if (actual.kind === 'frame') {
    if (actual.columns.some((column) => column.kind === 'object')) {
      const values: unknown[] = [];
      for (let i = 0; i < actual.rows; i++) for (const column of actual.columns) values.push(column.data[i]);
      return { shape: [actual.rows, actual.columns.length], values };
    }
    return flatten(frameToMatrix(actual, 'golden'));
  }
  const dense = actual.kind === 'sparse' ? densify(actual) : actual;
  const dtype = { float64: 'f8', float32: 'f4', int64: 'i8', bool: 'b1' }[dense.dtype];
  return { shape: [dense.rows, dense.cols], values: dense.data, dtype };
}

function goldenNumber(raw: GoldenNumber): number {
  return raw === null ? Number.NaN : typeof raw === 'string' ? (raw === 'inf' ? Infinity : -Infinity) : raw;
}

/** A golden input as the table that an estimator takes. */
export function decodeInput(input: GoldenInput): Table {
  if (input.kind === 'documents') {
    return {
      kind: 'frame',
      rows: input.data.length,
      named: false,
      columns: [{ kind: 'object', name: '0', data: input.data }],
    };
  }
  if (input.kind === 'matrix') {
    const [rows, cols] = input.shape;
    const matrix: Matrix = {
      kind: 'matrix',
      rows,
      cols,
      data: Float64Array.from(input.data, goldenNumber),
      dtype: input.dtype,
    };
    return input.sparse === true ? sparsify(matrix) : matrix;
  }
  const columns = input.columns.map(
    (column): Column =>
      column.kind === 'number'
        ? {
            kind: 'number',
            name: column.name,
            dtype: column.dtype ?? 'float64',
            data: Float64Array.from(column.data as GoldenNumber[], goldenNumber),
          }
        : { kind: 'object', name: column.name, data: column.data as Cell[] },
  );
  return { kind: 'frame', named: input.named, rows: input.rows, columns };
}

/** The same table as compressed sparse rows. */
export function sparsify(x: Matrix): SparseMatrix {
  const indptr = new Int32Array(x.rows + 1);
  const indices: number[] = [];
  const data: number[] = [];
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < x.cols; j++) {
      const value = x.data[i * x.cols + j];
      if (value === 0) continue;
      indices.push(j);
      data.push(value);
    }
    indptr[i + 1] = indices.length;
  }
  return {
    kind: 'sparse',
    rows: x.rows,
    cols: x.cols,
    indptr,
    indices: Int32Array.from(indices),
    data: Float64Array.from(data),
    dtype: x.dtype,
  };
}
