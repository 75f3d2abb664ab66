import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readPickleFile } from '../joblib/read.ts';
import { NdArray } from '../numpy/ndarray.ts';
import { PyDict, PyGlobal, PyObject, PySet, PyTuple, type PyValue } from './values.ts';

const FOLDER = new URL('./golden/', import.meta.url);

/** A value as tools/golden/pickles.py writes it. */
function plain(value: PyValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return { int: String(value) };
  if (typeof value === 'number') return plainNumber(value);
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') };
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof PyTuple) return { tuple: value.items.map(plain) };
  if (value instanceof PySet) return { set: [...value.items].map(plain).sort() };
  if (value instanceof PyDict) return { dict: [...value.entries].map(([key, item]) => [plain(key), plain(item)]) };
  if (value instanceof NdArray) return plainArray(value);
  assert.ok(value instanceof PyObject || value instanceof PyGlobal);
  return assert.fail(`an object of ${value instanceof PyGlobal ? value.path : value.type.path}`);
}

function plainNumber(value: number): unknown {
  if (Number.isFinite(value)) return value;
  return { float: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
}

function plainArray(array: NdArray): unknown {
  const { fields, kind } = array.dtype;
  if (fields !== undefined) {
    return {
      fields: Object.fromEntries(fields.map(({ name }) => [name, plainArray(array.field(name))])),
      shape: array.shape,
    };
  }
  const data = Array.from(array.data as ArrayLike<PyValue>, (item) => {
    if (kind === 'b') return item !== 0;
    return typeof item === 'bigint' && BigInt(Number(item)) === item ? Number(item) : plain(item);
  });
  return { kind, shape: array.shape, data };
}

/** Python 2 has one type for text and bytes: what was bytes is read as Latin-1 text. */
function asPython2(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asPython2);
  if (typeof value !== 'object' || value === null) return value;
  if ('bytes' in value) return value.bytes;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asPython2(item)]));
}

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
test('there are golden pickles of three Pythons', () => assert.equal(files.length, 3));

for (const file of files) {
  const golden = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as {
    values: unknown[];
    cases: { name: string; file: string; value: number }[];
  };
  const python2 = file === 'python-2.7.json';
  for (const one of golden.cases) {
    test(`${file}: ${one.name}`, () => {
      const read = plain(readPickleFile(new Uint8Array(Buffer.from(one.file, 'base64'))));
      const expected = golden.values[one.value];
      if (python2) assert.deepEqual(asPython2(read), asPython2(expected));
      else assert.deepEqual(read, expected);
    });
  }
}
