import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InferenceError } from '@berth/inference';
import fc from 'fast-check';
import { parseLossless } from './lossless.ts';
import { writePythonFloat, writeTritonFloat } from './numbers.ts';
import { readJson } from './read.ts';

const read = (text: string) => readJson(Buffer.from(text), 'accept').value;

/** Integers beyond 2^53 as JSON.parse would round them. */
function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rounded(each)]));
}

describe('readJson', () => {
  it('reads what JSON.parse reads, alike', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        if (text.includes('__proto__')) return;
        let value: unknown;
        try {
          value = read(text);
        } catch (error) {
          // Only what the reader refuses on purpose.
          assert.match((error as Error).message, /twice|surrogate|nested/);
          return;
        }
        assert.deepEqual(rounded(value), JSON.parse(text));
        assert.deepEqual(rounded(parseLossless(text)), JSON.parse(text));
      }),
    );
  });

  it('keeps integers exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (integer) => {
        const value = (read(`[${integer}]`) as (number | bigint)[])[0];
        assert.equal(BigInt(value), integer);
      }),
    );
  });

  it('never throws anything but INVALID_INPUT, whatever the bytes', () => {
    const fragments = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '\\u',
      'd800',
      '1',
      '-',
      'e9',
      '.',
      'NaN',
      'Inf',
      '"a"',
      'é',
      ' ',
      'null',
      '9'.repeat(30),
    );
    const texts = fc.array(fragments, { maxLength: 30 }).map((parts) => Buffer.from(parts.join('')));
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          try {
            readJson(bytes, 'accept');
          } catch (error) {
            assert.ok(error instanceof InferenceError && error.code === 'INVALID_INPUT', String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('finds a key that stands twice at any depth and among many', () => {
    const keys = Array.from({ length: 200 }, (_, index) => `"k${index}":${index}`).join(',');
    assert.equal(Object.keys(read(`{${keys}}`) as object).length, 200);
    assert.throws(() => read(`{${keys},"k150":1}`), /"k150" stands twice/);
    assert.throws(() => read('[[{"a":{"b":1,"c":{"b":1},"b":2}}]]'), /"b" stands twice/);
    assert.deepEqual(read('{"a":[{"a":1},{"a":2}],"b":{"a":3}}'), { a: [{ a: 1 }, { a: 2 }], b: { a: 3 } });
  });

  it('reads a number of very many digits beside one that needs care', () => {
    assert.deepEqual(read(`[0.${'3'.repeat(5000)},9007199254740993]`), [
      Number(`0.${'3'.repeat(300)}`),
      9007199254740993n,
    ]);
  });

  it('reads the literals where they are accepted, and says where they are not', () => {
    assert.deepEqual(read('[NaN,Infinity,-Infinity,Inf,-Inf]'), [NaN, Infinity, -Infinity, Infinity, -Infinity]);
    assert.throws(() => readJson(Buffer.from('{"instances":[[NaN]]}'), 'refuse'), /character 15.*null/);
    assert.deepEqual(readJson(Buffer.from('["NaN", "Infinity"]'), 'refuse').value, ['NaN', 'Infinity']);
  });

  it('refuses numbers that no double holds', () => {
    for (const text of ['1e999', '-1e309', `1${'0'.repeat(400)}`, `${'9'.repeat(400)}.5`, '1E400']) {
      assert.throws(() => read(`[${text}]`), { code: 'INVALID_INPUT' }, text);
    }
    assert.deepEqual(read('[1e308,1e-999,0.00000000000000000000001]'), [1e308, 0, 1e-23]);
  });
});

describe('the float writers', () => {
  it('print as Python does', () => {
    const pairs: [number, string][] = [
      [1, '1.0'],
      [-0, '-0.0'],
      [0.1, '0.1'],
      [1e15, '1000000000000000.0'],
      [1e16, '1e+16'],
      [0.00001, '0.00001'],
      [0.000001, '1e-6'],
      [1.4395043299306138e-8, '1.4395043299306138e-8'],
      [NaN, 'null'],
      [-Infinity, 'null'],
    ];
    for (const [value, text] of pairs) assert.equal(writePythonFloat(value), text);
  });

  it('print as Triton does', () => {
    const pairs: [number, string][] = [
      [1, '1.0'],
      [1e20, '100000000000000000000.0'],
      [1e21, '1e21'],
      [1e-7, '1e-7'],
      [-0, '-0.0'],
      [5e-324, '5e-324'],
      [NaN, 'NaN'],
      [-Infinity, '-Infinity'],
    ];
    for (const [value, text] of pairs) assert.equal(writeTritonFloat(value), text);
  });

  it('lose nothing', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.ok(Object.is(Number(writePythonFloat(value)), value));
        assert.ok(Object.is(Number(writeTritonFloat(value)), value));
      }),
    );
  });
});
