import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { readPickleFile } from '../joblib/read.ts';
import { loadEstimatorNow } from '../sklearn/load-now.ts';
import { OP } from './opcodes.ts';

const FOLDER = new URL('./golden/', import.meta.url);

/** Every golden pickle that is small enough to be changed many times. */
const seeds = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => (JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { cases: { file: string }[] }).cases)
  .map((one) => new Uint8Array(Buffer.from(one.file, 'base64')))
  .filter((bytes) => bytes.length < 4000);

const MODEL = new Uint8Array(readFileSync(new URL('../sklearn/fixtures/named-columns/named.joblib', import.meta.url)));

/** Reads and builds; whatever the bytes are, only a LoadError may come out. */
function survives(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): void {
  try {
    read(bytes);
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    assert.ok(error.message.length < 1000);
  }
}

const change = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255));

function changed(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const out = new Uint8Array(bytes);
  for (const [at, value] of changes) out[Math.floor(at * out.length)] = value;
  return out;
}

test('there are seeds', () => assert.ok(seeds.length > 100));

test('changed pickles are read or refused', () => {
  fc.assert(
    fc.property(fc.nat(seeds.length - 1), fc.array(change, { minLength: 1, maxLength: 5 }), (seed, changes) => {
      survives(changed(seeds[seed], changes), readPickleFile);
    }),
    { numRuns: 3000 },
  );
});

test('a changed model is read or refused', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      survives(changed(MODEL, changes), loadEstimatorNow);
    }),
    { numRuns: 3000 },
  );
});

test('a model cut anywhere is refused', () => {
  for (let end = 0; end < MODEL.length; end++) {
    assert.throws(() => loadEstimatorNow(MODEL.subarray(0, end)), LoadError, `cut to ${end}`);
  }
});

test('any opcodes in any order are read or refused', () => {
  const opcode = fc.constantFrom(...Object.values(OP)).map((code) => Uint8Array.of(code));
  const part = fc.oneof(
    { weight: 6, arbitrary: opcode },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 6 }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('cnumpy\ndtype\n', 'csklearn.svm\nSVC\n', 'I5\n', 'Vtext\n')
        .map((text) => new Uint8Array(Buffer.from(text))),
    },
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      survives(
        new Uint8Array(Buffer.concat([Uint8Array.of(0x80, 4), ...parts, Uint8Array.of(0x2e)])),
        loadEstimatorNow,
      );
    }),
    { numRuns: 3000 },
  );
});

test('any bytes are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      survives(bytes, loadEstimatorNow);
    }),
    { numRuns: 2000 },
  );
});
