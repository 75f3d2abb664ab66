import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromFileSystemError, StorageError } from './storage-error.ts';

test('errors of the file system become sentences without paths', () => {
  for (const [code, reason] of [
    ['ENOSPC', 'NoSpace'],
    ['EDQUOT', 'NoSpace'],
    ['EACCES', 'AccessDenied'],
    ['EROFS', 'AccessDenied'],
  ]) {
    const thrown = Object.assign(new Error(`${code}: write '/secret/cache/body'`), { code });
    const error = fromFileSystemError(thrown, 'downloading the model');
    assert.ok(error instanceof StorageError);
    assert.equal(error.reason, reason);
    assert.match(error.message, /downloading the model/);
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(error.cause, thrown);
  }
  const other = new Error('something else');
  assert.equal(fromFileSystemError(other, 'x'), other);
});
