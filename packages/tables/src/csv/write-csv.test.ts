import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvRow, float32Text } from './write-csv.ts';

test('cells are quoted only where they must be', () => {
  assert.equal(csvRow(['a', 'b c', '"', 'd,e', 'f\n', '']), 'a,b c,"""","d,e","f\n",\n');
  assert.equal(csvRow([1.5, 0.1, 1e21, 5n, true, null, Number.NaN, -Infinity]), '1.5,0.1,1e+21,5,true,,,-inf\n');
  assert.equal(csvRow(['']), '""\n');
  assert.equal(csvRow(['a;b', 'c,d'], ';'), '"a;b";c,d\n');
});

test('float32 numbers are the shortest that read back as the same', () => {
  assert.equal(float32Text(Math.fround(0.1)), '0.1');
  assert.equal(float32Text(Math.fround(16777216)), '16777216');
  assert.equal(float32Text(Math.fround(1e20)), '100000000000000000000');
  assert.equal(float32Text(Number.NaN), '');
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = float32Text(value);
      assert.equal(Math.fround(Number(text)), value);
      const digits = Number(text).toExponential().replace(/e.*/, '').replace(/\D/g, '').length;
      assert.ok(digits <= 9);
      if (digits > 1) assert.notEqual(Math.fround(Number(value.toPrecision(digits - 1))), value);
    }),
    { numRuns: 5000 },
  );
});
