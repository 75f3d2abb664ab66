import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNumber } from './parse-number.ts';

const out = new Float64Array(1);

/** What is read of a cell; undefined where the text itself must tell. */
function read(text: string): number | undefined {
  const bytes = Buffer.from(`x,${text},y\n`);
  const end = parseNumber(bytes, 2, 44, out, 0);
  if (end < 0) return undefined;
  assert.equal(end, 2 + text.length, text);
  return out[0];
}

let fast = 0;
function same(text: string): void {
  const value = read(text);
  if (value === undefined) return;
  fast++;
  assert.ok(Object.is(value, Number(text)), `${text}: ${value} for ${Number(text)}`);
}

test('the nearest float64, as Number reads it: shortest forms of random floats', () => {
  fast = 0;
  for (let i = 0; i < 200_000; i++) {
    same(String((Math.random() - 0.5) * 10 ** Math.floor(Math.random() * 8)));
    same(String(Math.random() / 10 ** Math.floor(Math.random() * 5)));
  }
  assert.ok(fast > 390_000, `only ${fast} were read fast`);
});

test('random digits, points and exponents', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 20 });
  const sign = fc.constantFrom('', '-', '+');
  const exponent = fc.oneof(
    fc.constant(''),
    fc.integer({ min: -30, max: 30 }).map((e) => `e${e}`),
  );
  fc.assert(
    fc.property(sign, digits, fc.option(digits), exponent, (minus, whole, fraction, e) => {
      const text = `${minus}${whole}${fraction === null ? '' : `.${fraction}`}${e}`;
      const value = read(text);
      if (value === undefined || text === '') return;
      assert.ok(/\d/.test(whole + (fraction ?? '')), `${text} has no digit`);
      assert.ok(Object.is(value, Number(text)), `${text}: ${value} for ${Number(text)}`);
    }),
    { numRuns: 50_000 },
  );
});

test('numbers halfway between two floats, and one digit beside', () => {
  for (let i = 0; i < 20_000; i++) {
    // A float of few bits, its neighbour, and the decimal between them: exact with at most 18 digits.
    const odd = 2 ** 52 + Math.floor(Math.random() * 2 ** 52);
    const scale = 2 ** Math.floor(Math.random() * 3);
    const middle = BigInt(odd) * BigInt(scale) * 10n + BigInt(scale) * 5n;
    const text = String(middle);
    const half = `${text.slice(0, -1)}.${text.slice(-1)}`;
    same(half);
    for (const other of [middle + 1n, middle - 1n]) same(`${String(other).slice(0, -1)}.${String(other).slice(-1)}`);
  }
  for (const text of ['9007199254740993.0', '4503599627370497.5', '0.3000000000000000166', '9007199254740992.5'])
    same(text);
});

test('what is no plain decimal is left to the text', () => {
  for (const text of [
    'abc',
    '-',
    '+',
    '.',
    '1e',
    '1e+',
    'e5',
    '1.2.3',
    '1 ',
    ' 1',
    'nan',
    'inf',
    '0x10',
    '1_0',
    '"1"',
    '1e99999',
  ]) {
    assert.equal(read(text), undefined, text);
  }
  assert.ok(Number.isNaN(read('')));
});

test('a line end ends a number too', () => {
  for (const end of ['\n', '\r\n']) {
    assert.equal(parseNumber(Buffer.from(`-1.5${end}`), 0, 44, out, 0), 4);
    assert.equal(out[0], -1.5);
  }
});
