/** Test support: v1 instances as the request that the server makes of them, and answers compared with expected JSON. */
import assert from 'node:assert/strict';
import type { InferRequest, Tensor } from '@berth/inference';

type Value = number | string | null | readonly [number | string | null];

/** A row of values, an object of columns (a value may stand in a list of one), or one text. */
export type V1Instance = readonly Value[] | Readonly<Record<string, Value>> | string;

/** Rows of numbers are one tensor, anything else is a tensor a column. */
export function requestOf(instances: readonly V1Instance[]): InferRequest {
  const [first] = instances;
  const rows = instances.length;
  if (typeof first === 'string') {
    return {
      layout: 'tensors',
      outputs: [],
      inputs: [{ name: 'x', datatype: 'BYTES', shape: [rows], data: instances as string[] }],
    };
  }
  if (Array.isArray(first)) {
    const table = instances as readonly (readonly Value[])[];
    const flat = table.flat() as (number | string | null)[];
    if (flat.every((value) => typeof value !== 'string')) {
      const data = Float64Array.from(flat, (value) => (value === null ? Number.NaN : (value as number)));
      return {
        layout: 'tensors',
        outputs: [],
        inputs: [{ name: 'x', datatype: 'FP64', shape: [rows, first.length], data }],
      };
    }
    const inputs = first.map((_, j) =>
      column(
        String(j),
        table.map((row) => row[j]),
      ),
    );
    return { layout: 'positional', outputs: [], inputs };
  }
  const table = instances as readonly Readonly<Record<string, Value>>[];
  const inputs = Object.keys(first).map((name) =>
    column(
      name,
      table.map((row) => row[name]),
    ),
  );
  return { layout: 'columns', outputs: [], inputs };
}

function column(name: string, values: readonly Value[]): Tensor {
  const cells = values.map((value) => (Array.isArray(value) ? value[0] : value) as number | string | null);
  if (cells.some((cell) => typeof cell === 'string')) {
    return { name, datatype: 'BYTES', shape: [cells.length], data: cells.map(String) };
  }
  const data = Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : (cell as number)));
  return { name, datatype: 'FP64', shape: [cells.length], data };
}

/** Compares a tensor with nested expected values: text exactly, numbers by relative error. */
export function closeTo(tensor: Tensor, expected: readonly unknown[], relative: number): void {
  const wanted = (expected as unknown[]).flat(4);
  const actual = Array.from(tensor.data as ArrayLike<unknown>, (value) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  assert.equal(actual.length, wanted.length, `${tensor.name}: number of values`);
  for (const [i, value] of wanted.entries()) {
    const found = actual[i];
    if (typeof value !== 'number' || typeof found !== 'number') {
      assert.equal(found, value, `${tensor.name}[${i}]`);
      continue;
    }
    const bound = relative * Math.max(Math.abs(value), Math.abs(found));
    assert.ok(Math.abs(found - value) <= bound, `${tensor.name}[${i}]: ${found} is not ${value}`);
  }
}
