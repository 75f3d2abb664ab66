import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allocate, type Datatype, type Tensor, type TensorData } from '@berth/inference';
import { bfloat16ToFloat, convertTensor, floatToBfloat16 } from './convert.ts';
import { toTexts } from './nul-text.ts';

function tensor(datatype: Datatype, ...values: (number | bigint)[]): Tensor {
  const data = allocate(datatype, values.length) as { [index: number]: number | bigint };
  values.forEach((value, index) => {
    data[index] = value;
  });
  return { name: 'x', datatype, shape: [values.length], data: data as TensorData };
}

describe('another datatype', () => {
  it('keeps the values that it can hold', () => {
    for (const [from, to] of [
      [tensor('FP64', 1, -2, 3), tensor('INT8', 1, -2, 3)],
      [tensor('FP64', 1, 0), tensor('BOOL', 1, 0)],
      [tensor('INT64', 2n ** 60n), tensor('FP64', 2 ** 60)],
      [tensor('FP64', -5, 2 ** 62), tensor('INT64', -5n, 2n ** 62n)],
      [tensor('FP64', 0.5, NaN), tensor('FP32', 0.5, NaN)],
      [tensor('FP64', 1.5), tensor('FP16', 0x3e00)],
      [tensor('FP16', 0x3e00), tensor('FP32', 1.5)],
      [tensor('BF16', 0x3fc0), tensor('FP64', 1.5)],
      [tensor('INT32', 3), tensor('BF16', 0x4040)],
    ] as const) {
      assert.deepEqual(convertTensor(from, to.datatype), to);
    }
  });

  it('refuses the values that it can not hold, by row and column', () => {
    const table: Tensor = { name: 'x', datatype: 'FP64', shape: [2, 2], data: Float64Array.of(1, 2, 3, 300) };
    assert.throws(() => convertTensor(table, 'UINT8'), {
      code: 'INVALID_INPUT',
      message: 'input "x" takes UINT8, which can not hold 300 (row 1, column 1)',
    });
    for (const [value, to] of [
      [tensor('FP64', 0.5), 'INT32'],
      [tensor('FP64', NaN), 'INT64'],
      [tensor('FP64', 2), 'BOOL'],
      [tensor('INT64', -1n), 'UINT64'],
      [tensor('UINT64', 2n ** 63n), 'INT64'],
    ] as const) {
      assert.throws(() => convertTensor(value, to), { code: 'INVALID_INPUT' });
    }
  });

  it('does not turn text into numbers, or numbers into text', () => {
    const text: Tensor = { name: 'x', datatype: 'BYTES', shape: [1], data: ['1'] };
    assert.throws(() => convertTensor(text, 'FP32'), /takes numbers \(FP32\), but text came/);
    assert.throws(() => convertTensor(tensor('FP64', 1), 'BYTES'), /takes text, but numbers came/);
  });
});

it('bfloat16 goes to float32 and back bit by bit, whatever the bits', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_unused, index) => index);
  const floats = bfloat16ToFloat(bits);
  assert.equal(floats[0x3fc0], 1.5);
  // A signalling NaN may come back quiet; every number comes back as it was.
  floatToBfloat16(floats).forEach((back, index) => {
    assert.ok(back === index || (Number.isNaN(floats[index]) && (back & 0x7fff) > 0x7f80), `${index}`);
  });
});

it('text must be UTF-8', () => {
  assert.deepEqual(toTexts(['a', new Uint8Array([0xc3, 0xa9])], 'x'), ['a', 'é']);
  assert.throws(() => toTexts([new Uint8Array([0xff])], 'x'), { code: 'INVALID_INPUT', message: /"x" .*UTF-8/ });
});
