import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Datatype, InferenceError } from '@berth/inference';
import fc from 'fast-check';
import { readNumberList } from '../../json/number-list.ts';
import { decodeV2 } from './decode.ts';
import { v2Flavour } from './flavours.ts';
import { liftNumbers } from './lift-numbers.ts';
import type { V2DecodeRules } from './request.ts';

const RULES: V2DecodeRules = v2Flavour('kserve');
const PADDING = { note: 'x'.repeat(600) };

function decode(body: string) {
  return decodeV2(Buffer.from(body), undefined, RULES);
}

function request(datatype: string, shape: number[], data: unknown, more: object = {}) {
  return JSON.stringify({ inputs: [{ name: 'x', datatype, shape, data, ...more }], parameters: PADDING });
}

/** What the careful reader makes of the same body: a space inside the key's string keeps the list where it is. */
function decodeSlowly(body: string) {
  return decodeV2(Buffer.from(body.replaceAll('"data"', '"d\\u0061ta"')), undefined, RULES);
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    assert.ok(error instanceof InferenceError, String(error));
    // The slow spelling of the key moves positions.
    return error.message.replace(/(position|column) \d+/g, '$1 …');
  }
}

test('a number is read as JSON.parse reads it', () => {
  const numbers = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(0, -0, 0.1, 5.1, 1e-7, 1e21, 123456789012345, 0.000001234567890123, 5e-324, 1.7976931348623157e308),
  );
  fc.assert(
    fc.property(
      fc.array(numbers, { minLength: 1, maxLength: 50 }),
      fc.constantFrom(',', ', ', ' ,\n'),
      (values, comma) => {
        const text = `[${values.map((value) => (Object.is(value, -0) ? '-0' : String(value))).join(comma)}]`;
        const list = readNumberList(Buffer.from(text), 0);
        const parsed = JSON.parse(text) as number[];
        // Whole numbers of 16 digits and more are left to the exact reader.
        if (list === undefined) assert.ok(parsed.some((value) => Number.isInteger(value) && Math.abs(value) >= 1e15));
        else assert.deepEqual([...list.values], parsed);
      },
    ),
  );
});

test('what is no list of numbers is left alone', () => {
  for (const text of [
    '[]',
    '[01]',
    '[1,]',
    '[,1]',
    '[+1]',
    '[.5]',
    '[1.]',
    '[1e]',
    '[-]',
    '[1 2]',
    '["1"]',
    '[null]',
    '[true]',
    '[NaN]',
    '[1e999]',
    '[1',
    '[[1],[2,3]]',
    '[[1],2]',
    '[1,[2]]',
    '[[1]',
    '[[[1]]]',
    '[9007199254740993]',
    '[--1]',
    '[1.2.3]',
  ]) {
    assert.equal(readNumberList(Buffer.from(text), 0), undefined, text);
  }
});

test('lifted or not, a body decodes to the same tensors or the same error', () => {
  const datatypes = fc.constantFrom<Datatype>(
    'FP32',
    'FP64',
    'INT8',
    'UINT8',
    'INT32',
    'INT64',
    'UINT64',
    'BOOL',
    'BYTES',
    'FP16',
  );
  const cell = fc.oneof(
    fc.integer({ min: -300, max: 300 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
  );
  const flat = fc.array(cell, { minLength: 1, maxLength: 12 });
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      datatypes,
      fc.oneof(flat, rows),
      fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 2 }),
      (datatype, data, guess) => {
        const natural = Array.isArray(data[0]) ? [data.length, (data[0] as unknown[]).length] : [data.length];
        for (const shape of [natural, guess]) {
          const body = request(datatype, shape, data);
          assert.deepEqual(
            outcome(() => decode(body)),
            outcome(() => decodeSlowly(body)),
            body,
          );
        }
      },
    ),
  );
});

test('lists in other places, and marks that a client writes itself, change nothing', () => {
  const list = Array.from({ length: 300 }, (_, index) => index / 4);
  const bodies = [
    JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP64', shape: [300], data: list }], parameters: { data: list } }),
    JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP64', shape: [300], data: list, extra: { data: list } }] }),
    JSON.stringify({
      inputs: [
        { name: 'a', datatype: 'FP64', shape: [300], data: 'berth-number-list 0' },
        { name: 'b', datatype: 'FP64', shape: [300], data: list },
      ],
    }),
    request('BYTES', [1], 'berth-number-list 0'),
    `{"inputs":[{"name":"x","datatype":"FP64","shape":[300],"data":${JSON.stringify(list)}`,
    request('FP64', [300], list).replace('"name":"x"', '"name":"x","name":"y"'),
  ];
  for (const body of bodies)
    assert.deepEqual(
      outcome(() => decode(body)),
      outcome(() => decodeSlowly(body)),
      body.slice(0, 80),
    );
});

test('a long matrix of numbers is lifted', () => {
  const rows = Array.from({ length: 200 }, (_, row) => [row, row + 0.5, -1 - row, 1e-3]);
  const body = request('FP32', [200, 4], rows);
  assert.equal(liftNumbers(Buffer.from(body))?.lists.size, 1);
  assert.deepEqual([...decode(body).inputs[0].data], [...new Float32Array(rows.flat())]);
});
