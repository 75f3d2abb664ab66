import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWanted, matches, readPatterns } from './name-patterns.ts';

describe('a pattern', () => {
  const cases: [string, string, boolean][] = [
    ['*.json', 'config.json', true],
    ['*.json', 'a/b/config.json', true],
    ['*.json', 'config.jsonl', false],
    ['model-?.bin', 'model-1.bin', true],
    ['model-?.bin', 'model-12.bin', false],
    ['onnx/', 'onnx/model.onnx', true],
    ['onnx/', 'onnx', false],
    ['[ab]*.bin', 'b1.bin', true],
    ['[!ab]*.bin', 'b1.bin', false],
    ['[a-c]', 'b', true],
    ['[]x]', ']', true],
    ['[', '[', true],
    ['*a*b*c', 'xaxbxc', true],
    ['*', '', true],
    ['', '', true],
    ['', 'x', false],
    ['.*', 'x', false],
    ['a+b', 'a+b', true],
  ];
  for (const [pattern, name, wanted] of cases) {
    test(`${pattern} ${wanted ? 'fits' : 'does not fit'} ${name}`, () => assert.equal(matches(name, pattern), wanted));
  }
  test('of many stars takes no time', () => {
    assert.equal(matches('a'.repeat(1000), `${'*a'.repeat(400)}b`), false);
  });
});

test('lists are JSON or have commas, as KServe reads them', () => {
  assert.deepEqual(readPatterns('["*.json", "a,b"]'), ['*.json', 'a,b']);
  assert.deepEqual(readPatterns('*.bin, *.gguf'), ['*.bin', '*.gguf']);
  assert.deepEqual(readPatterns('[ab]*.bin'), ['[ab]*.bin']);
  for (const nothing of [undefined, '', '  ', '[]', ',']) assert.equal(readPatterns(nothing), undefined);
});

test('what is ignored is left out of what is allowed', () => {
  const patterns = { allow: ['*.json'], ignore: ['config.json'] };
  assert.equal(isWanted('a.json', patterns), true);
  assert.equal(isWanted('config.json', patterns), false);
  assert.equal(isWanted('a.bin', patterns), false);
  assert.equal(isWanted('a.bin', { allow: undefined, ignore: undefined }), true);
});
