import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PyDict, PyGlobal, PyObject, type PyValue } from '../../pickle/values.ts';
import { densify } from '../dense.ts';
import type { BuildContext, Cell, EstimatorClass, Frame, Matrix, Table } from '../estimator.ts';
import { dictVectorizer } from './dict-vectorizer.ts';
import { hashingClasses } from './hashing.ts';
import { murmurHash3 } from './murmur-hash.ts';

const context: BuildContext = {
  version: '1.5.2',
  numpy2: true,
  warn: () => {},
  build: () => assert.fail('nothing is nested'),
};

function build(entry: EstimatorClass, attributes: Record<string, PyValue>) {
  const object = new PyObject(new PyGlobal(entry.modules[0], entry.name));
  const state = new PyDict();
  for (const [name, value] of Object.entries(attributes)) state.entries.set(name, value);
  object.state = state;
  return entry.build(object, context);
}

function frame(columns: Record<string, Cell[]>): Frame {
  const entries = Object.entries(columns);
  return {
    kind: 'frame',
    named: true,
    rows: entries[0][1].length,
    columns: entries.map(([name, data]) => ({ kind: 'object', name, data })),
  };
}

function rowsOf(table: Table | undefined): number[][] {
  assert.ok(table !== undefined && table.kind !== 'frame');
  const dense: Matrix = table.kind === 'sparse' ? densify(table) : table;
  return Array.from({ length: dense.rows }, (_, row) =>
    Array.from(dense.data.subarray(row * dense.cols, (row + 1) * dense.cols)),
  );
}

test('murmurHash3 gives what sklearn.utils.murmurhash3_32 gives', () => {
  const known: [string, number][] = [
    ['', 0],
    ['a', 1009084850],
    ['ab', -1681926305],
    ['abc', -1277324294],
    ['abcd', 1139631978],
    ['hello world', 1586663183],
    ['Tromsø', -1946218271],
    ['日本語', -1515949417],
  ];
  for (const [text, hash] of known) assert.equal(murmurHash3(new TextEncoder().encode(text), 0), hash, text);
});

test('FeatureHasher hashes named values as scikit-learn 1.9.1 does; null is absent', () => {
  const hasher = build(hashingClasses[1], { n_features: 8, input_type: 'dict', alternate_sign: true });
  const table = frame({ city: ['Oslo', 'Bergen'], n: [2.5, 0], x: [null, -1] });
  assert.deepEqual(rowsOf(hasher.transform?.(table)), [
    [0, 1, 0, 0, -2.5, 0, 0, 0],
    [1, 0, 0, -1, 0, 0, 0, 0],
  ]);
});

test('FeatureHasher refuses pairs by name', () => {
  assert.throws(() => build(hashingClasses[1], { input_type: 'pair' }), {
    reason: 'UnsupportedModel',
    message: /pair/,
  });
});

test('DictVectorizer spreads named values over its columns and leaves unknown ones out', () => {
  const vocabulary = new PyDict();
  ['city=Bergen', 'city=Oslo', 'n', 'y'].forEach((name, column) => {
    vocabulary.entries.set(name, column);
  });
  const vectorizer = build(dictVectorizer, {
    feature_names_: ['city=Bergen', 'city=Oslo', 'n', 'y'],
    vocabulary_: vocabulary,
    separator: '=',
    sparse: false,
  });
  const table = frame({ city: ['Oslo', 'x'], n: [3, null], y: [null, 2] });
  assert.deepEqual(rowsOf(vectorizer.transform?.(table)), [
    [0, 1, 3, 0],
    [0, 0, 0, 2],
  ]);
});

test('a vocabulary that points outside of its columns is a damaged model', () => {
  const vocabulary = new PyDict();
  vocabulary.entries.set('n', 7);
  const attributes = { feature_names_: ['n'], vocabulary_: vocabulary };
  assert.throws(() => build(dictVectorizer, attributes), { reason: 'CorruptModel' });
});
