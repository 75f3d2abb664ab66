import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InferenceError, LoadError } from './errors.ts';

test("an engine's own copy of the classes counts, and no other error does", () => {
  const foreign = Object.assign(new Error('the tensor is too long'), { name: 'InferenceError', code: 'INVALID_INPUT' });
  assert.ok(foreign instanceof InferenceError);
  assert.equal(InferenceError.from(foreign), foreign);
  assert.ok(Object.assign(new Error('cut'), { name: 'LoadError' }) instanceof LoadError);
  for (const other of [
    new TypeError('no'),
    new LoadError('CorruptModel', 'no'),
    { name: 'InferenceError' },
    undefined,
  ]) {
    assert.equal(other instanceof InferenceError, false);
  }
  assert.ok(new InferenceError('NOT_FOUND', 'no') instanceof Error);
});
