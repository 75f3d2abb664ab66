import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stickyRevision, WeightedRoundRobin } from './weighted-round-robin.ts';

/** Whole percent that add up to 100. */
const shares = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 4 }).map((cuts) => {
  const points = [0, ...[...cuts].sort((left, right) => left - right), 100];
  return points.slice(1).map((point, index) => ({ revision: `r${index}`, percent: point - (points[index] as number) }));
});

describe('smooth weighted round robin', () => {
  test('gives each revision exactly its share of a hundred, and nobody else anything', () => {
    fc.assert(
      fc.property(shares, (list) => {
        const split = new WeightedRoundRobin();
        split.setShares(list);
        const counts = new Map<string, number>();
        for (let index = 0; index < 100; index++) {
          const name = split.next() as string;
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        for (const { revision, percent } of list) assert.equal(counts.get(revision) ?? 0, percent);
      }),
    );
  });
  test('spreads a small share instead of sending it in one go', () => {
    const split = new WeightedRoundRobin();
    split.setShares([
      { revision: 'old', percent: 90 },
      { revision: 'new', percent: 10 },
    ]);
    const names = Array.from({ length: 30 }, () => split.next());
    const places = names.flatMap((name, index) => (name === 'new' ? [index] : []));
    assert.equal(places.length, 3);
    assert.ok(places.slice(1).every((place, index) => place - (places[index] as number) === 10));
  });
  test('the same shares again do not start over', () => {
    const split = new WeightedRoundRobin();
    const list = [
      { revision: 'a', percent: 99 },
      { revision: 'b', percent: 1 },
    ];
    let second = 0;
    for (let index = 0; index < 1_000; index++) {
      split.setShares(list.map((one) => ({ ...one })));
      if (split.next() === 'b') second++;
    }
    assert.equal(second, 10);
  });
  test('nobody has a share: nobody is named', () => {
    const split = new WeightedRoundRobin();
    assert.equal(split.next(), undefined);
    split.setShares([{ revision: 'a', percent: 0 }]);
    assert.equal(split.next(), undefined);
  });
});

test('a sticky value leads to one revision, and many values to all in their shares', () => {
  const list = [
    { revision: 'a', percent: 70 },
    { revision: 'b', percent: 30 },
  ];
  let first = 0;
  for (let index = 0; index < 5_000; index++) {
    const name = stickyRevision(list, `user-${index}`);
    assert.equal(stickyRevision(list, `user-${index}`), name);
    if (name === 'a') first++;
  }
  assert.ok(Math.abs(first - 3_500) < 150, `${first} of 5,000`);
});
