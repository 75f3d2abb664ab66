import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseXgboost } from './booster.ts';
import { encodingOf } from './read-file.ts';

const golden = join(import.meta.dirname, 'golden');
const read = (path: string): Uint8Array => readFileSync(join(golden, path));

function sumsOf(bytes: Uint8Array): Float32Array {
  const booster = parseXgboost(bytes);
  const rows = Float32Array.from({ length: 4 * booster.numFeatures }, (_, i) => (i % 7 === 0 ? NaN : Math.sin(i)));
  return booster.predict(rows, 4, { margin: true }).data;
}

describe('the encoding of an XGBoost file', () => {
  it('is told by content', () => {
    const files: [string, string][] = [
      ['0.82/binary_logistic.bst', 'binary'],
      ['0.82/pickled_logistic.handle', 'binary'],
      ['1.0.2/pickled_logistic.handle', 'pickled'],
      ['1.3.3/pickled_logistic.handle', 'json'],
      ['2.1.4/pickled_logistic.handle', 'ubjson'],
      ['3.2.0/deep.ubj', 'ubjson'],
      ['3.2.0/early.json', 'json'],
    ];
    for (const [file, encoding] of files) assert.equal(encodingOf(read(file).subarray(0, 256)), encoding, file);
  });

  it('is none for other files', () => {
    const others = [
      '',
      'tree\nversion=v4',
      '{"name":"tree"}',
      '\x80\x04\x95',
      'PK\x03\x04',
      '{"instances":[1]}',
      'x'.repeat(300),
    ];
    for (const text of others) assert.equal(encodingOf(Buffer.from(text, 'latin1')), undefined, JSON.stringify(text));
  });

  it('does not change what the old binary format says: with its header, without, as base64', () => {
    const bytes = read('1.3.3/dart_binary_logistic_0.bst');
    assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), 'binf');
    const bare = bytes.subarray(4);
    const base64 = new TextEncoder().encode(`bs64\t${Buffer.from(bare).toString('base64')}`);
    assert.deepEqual(sumsOf(bare), sumsOf(bytes));
    assert.deepEqual(sumsOf(base64), sumsOf(bytes));
  });

  it('does not mind how JSON is laid out', () => {
    const bytes = read('3.2.0/early.json');
    const document = JSON.parse(new TextDecoder().decode(bytes));
    const pretty = JSON.stringify({ version: document.version, learner: document.learner }, null, 2);
    assert.deepEqual(sumsOf(new TextEncoder().encode(`\ufeff\n ${pretty}\n`)), sumsOf(bytes));
  });

  it('agrees between JSON, UBJSON and the old binary format of one model', () => {
    const sums = ['json', 'ubj', 'deprecated'].map((ext) => sumsOf(read(`2.1.4/dart_binary_logistic_0.${ext}`)));
    assert.deepEqual(sums[1], sums[0]);
    assert.deepEqual(sums[2], sums[0]);
  });
});
