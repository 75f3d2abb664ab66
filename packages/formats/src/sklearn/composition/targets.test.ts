import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NdArray } from '../../numpy/ndarray.ts';
import { stackTargets } from './targets.ts';

const int = (itemSize: 1 | 8, ...values: number[]) =>
  itemSize === 1
    ? new NdArray({ kind: 'i', itemSize }, [values.length], Int8Array.from(values))
    : new NdArray({ kind: 'i', itemSize }, [values.length], BigInt64Array.from(values, BigInt));
const float = (...values: number[]) =>
  new NdArray({ kind: 'f', itemSize: 8 }, [values.length], Float64Array.from(values));
const text = (...values: string[]) => new NdArray({ kind: 'U', itemSize: 4 }, [values.length], values);

test('answers of one dtype keep it', () => {
  const stacked = stackTargets([int(1, 1, 2), int(1, 3, 4)]);
  assert.deepEqual([stacked.dtype.kind, stacked.dtype.itemSize, stacked.shape], ['i', 1, [2, 2]]);
  assert.deepEqual([...(stacked.data as Int8Array)], [1, 3, 2, 4]);
  assert.deepEqual(stackTargets([text('a', 'b'), text('c', 'd')]).data, ['a', 'c', 'b', 'd']);
});

test('whole numbers of several widths become int64, with floats float64', () => {
  assert.deepEqual([...(stackTargets([int(1, 1, 2), int(8, 3, 4)]).data as BigInt64Array)], [1n, 3n, 2n, 4n]);
  assert.deepEqual([...(stackTargets([int(8, 1, 2), float(0.5, 4)]).data as Float64Array)], [1, 0.5, 2, 4]);
});
