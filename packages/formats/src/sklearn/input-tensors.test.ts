import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from '@berth/inference';
import { tensorColumn } from './input-tensors.ts';

test('a cell of text that holds nothing is null, as an empty text is not', () => {
  const tensor: Tensor = { name: 'city', datatype: 'BYTES', shape: [3], data: ['Paris', '', ''] };
  assert.deepEqual(tensorColumn(tensor, 'city').data, ['Paris', '', '']);
  assert.deepEqual(tensorColumn({ ...tensor, missing: Uint8Array.of(0, 0, 1) }, 'city').data, ['Paris', '', null]);
});
