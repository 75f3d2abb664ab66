import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boosterCodes } from './category-codes.ts';

test('a column whose categories are not in the file takes codes, and tells why it takes no text', () => {
  const { codes } = boosterCodes({ featureTypes: ['float', 'c'] }, 2);
  assert.equal(codes?.[0], undefined);
  assert.equal(codes?.[1]?.ofNumber(3, 0, 'city'), 3);
  assert.throws(() => codes?.[1]?.ofText('Zürich', 4, 'city'), {
    code: 'INVALID_INPUT',
    message: /row 4, column "city" holds the text "Zürich".*does not hold the column's categories.*send their codes/,
  });
});

test('categories in the file come first, and a booster of numbers has no codes', () => {
  const { codes } = boosterCodes({ featureTypes: ['c', 'float'], categories: [{ values: ['a', 'b'] }, undefined] }, 2);
  assert.equal(codes?.[0]?.ofText('b', 0, 'x'), 1);
  assert.equal(codes?.[1], undefined);
  assert.deepEqual(boosterCodes({ featureTypes: ['float'] }, 1), {});
  assert.deepEqual(boosterCodes({}, 1), {});
});
