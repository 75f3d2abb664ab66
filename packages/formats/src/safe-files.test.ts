import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseTooLarge } from './safe-files.ts';

test('a file over the limit, or over the memory that is free, is refused before it is read', () => {
  refuseTooLarge(10, 10, 10);
  // Where the system does not tell, the limit alone counts.
  refuseTooLarge(10, 10, 0);
  assert.throws(() => refuseTooLarge(11, 10, 100), {
    reason: 'LimitExceeded',
    message: /11 bytes, more than the limit/,
  });
  assert.throws(() => refuseTooLarge(10, 100, 9), { reason: 'LimitExceeded', message: /9 bytes of memory are free/ });
});
