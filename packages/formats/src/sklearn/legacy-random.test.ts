import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LegacyRandom } from './legacy-random.ts';

/**
 * What numpy 2.4.6 draws, each list from a fresh RandomState(seed): elements 0, 1, 623, 624 and 699 of 32-bit draws,
 * `random_sample(3)`, `randint(5, size=12)`, and the index of the one in `multinomial(1, p, size=12)` for p of
 * (0.2, 0.5, 0.3) and (0.9, 0.05, 0.05).
 */
const RECORDED = [
  {
    seed: 0,
    bits: [2357136044, 2546248239, 3791854820, 341544762, 747805126],
    doubles: [0.5488135039273248, 0.7151893663724195, 0.6027633760716439],
    below5: [4, 0, 3, 3, 3, 1, 3, 2, 4, 0, 0, 4],
    choices: [2, 1, 2, 2, 0, 2, 1, 0, 1, 2, 2, 0],
    rare: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
  },
  {
    seed: 42,
    bits: [1608637542, 3421126067, 1077437785, 108880612, 4009078418],
    doubles: [0.3745401188473625, 0.9507143064099162, 0.7319939418114051],
    below5: [3, 4, 2, 4, 4, 1, 2, 2, 2, 4, 3, 2],
    choices: [2, 1, 1, 2, 2, 2, 0, 1, 1, 1, 1, 1],
    rare: [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0],
  },
  {
    seed: 4294967295,
    bits: [419326371, 479346978, 1027084080, 3860652269, 1315897766],
    doubles: [0.0976320289940138, 0.9123828453026218, 0.78903530185164],
    below5: [3, 2, 4, 4, 0, 2, 1, 0, 3, 2, 3, 3],
    choices: [2, 2, 2, 1, 0, 2, 1, 2, 0, 0, 1, 0],
    rare: [0, 2, 0, 0, 2, 0, 2, 1, 0, 0, 2, 0],
  },
] as const;

for (const { seed, bits, doubles, below5, choices, rare } of RECORDED) {
  const draw = <T>(count: number, next: (random: LegacyRandom) => T): T[] => {
    const random = new LegacyRandom(seed);
    return Array.from({ length: count }, () => next(random));
  };

  test(`RandomState(${seed}) draws what numpy draws`, () => {
    const all = draw(700, (random) => random.nextUint32());
    assert.deepEqual(
      [0, 1, 623, 624, 699].map((at) => all[at]),
      bits,
    );
    assert.deepEqual(
      draw(3, (random) => random.nextDouble()),
      doubles,
    );
    assert.deepEqual(
      draw(12, (random) => random.nextBelow(5)),
      below5,
    );
    assert.deepEqual(
      draw(12, (random) => random.nextChoice([0.2, 0.5, 0.3])),
      choices,
    );
    assert.deepEqual(
      draw(12, (random) => random.nextChoice([0.9, 0.05, 0.05])),
      rare,
    );
  });
}

test('a range of one costs no draw', () => {
  const random = new LegacyRandom(1);
  assert.equal(random.nextBelow(1), 0);
  assert.equal(random.nextUint32(), new LegacyRandom(1).nextUint32());
});
