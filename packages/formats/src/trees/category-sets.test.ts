import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CategorySets } from './category-sets.ts';

describe('sets of categories', () => {
  it('hold what was added, dense or sparse, and nothing else', () => {
    const codes = fc.oneof(fc.nat(100), fc.nat(16777215));
    fc.assert(
      fc.property(fc.array(codes, { minLength: 1, maxLength: 20 }), fc.array(codes), (added, asked) => {
        const sets = new CategorySets();
        sets.addWords([0xffffffff]);
        const set = sets.addCodes(Int32Array.from(added));
        const appended = new CategorySets();
        appended.addWords([]);
        const moved = appended.append(sets) + set;
        for (const code of [...added, ...asked]) {
          assert.equal(sets.has(set, code), added.includes(code));
          assert.equal(appended.has(moved, code), added.includes(code));
        }
        assert.equal(sets.size(set), 32 * (Math.floor(Math.max(...added) / 32) + 1));
        for (const none of [-1, NaN, 1e300, Infinity, 2 ** 31]) assert.equal(sets.has(set, none), false);
      }),
    );
  });

  it('read words from the lowest code up', () => {
    const sets = new CategorySets();
    const set = sets.addWords([5, 0x80000000]);
    assert.deepEqual(
      [0, 1, 2, 62, 63, 64].map((code) => sets.has(set, code)),
      [true, false, true, false, true, false],
    );
  });
});
