import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { afterApplied, applicable, type Rollout, trafficTargets, withRollback } from './rollout.ts';
import { sharesOf } from './shares.ts';

const request = (percent: number | undefined, current: string | undefined = 'r2', tagsLatest = false) => ({
  percent,
  current,
  tagsLatest,
});

describe('where the traffic goes', () => {
  const both: Rollout = { latestReady: 'r2', rolledOut: 'r1' };
  const cases: [string, Rollout, number | undefined, [string, number, string?][]][] = [
    ['nothing was ever ready', {}, 10, []],
    ['the first revision takes everything, whatever the percentage', { latestReady: 'r1' }, 10, [['r1', 100]]],
    ['no percentage: the newest', both, undefined, [['r2', 100]]],
    [
      'a canary',
      both,
      10,
      [
        ['r2', 10],
        ['r1', 90, 'prev'],
      ],
    ],
    ['100 promotes', both, 100, [['r2', 100]]],
    [
      '0 rolls back',
      both,
      0,
      [
        ['r2', 0],
        ['r1', 100, 'prev'],
      ],
    ],
    [
      'a newest that is not ready yet changes nothing',
      { latestReady: 'r1', rolledOut: 'r1' },
      10,
      [
        ['r1', 10],
        ['r1', 90, 'prev'],
      ],
    ],
  ];
  for (const [name, rollout, percent, wanted] of cases) {
    test(name, () => {
      const targets = trafficTargets(rollout, request(percent));
      assert.deepEqual(
        targets.map((one) => [one.revision, one.percent, ...(one.tag === undefined ? [] : [one.tag])]),
        wanted,
      );
    });
  }
  test('the tag latest is given on request', () => {
    assert.equal(trafficTargets(both, request(10, 'r2', true))[0]?.tag, 'latest');
  });
});

describe('what has been rolled out', () => {
  test('moves on when the newest has everything', () => {
    const moved = afterApplied({ latestReady: 'r2', rolledOut: 'r1' }, [
      { revision: 'r2', percent: 100, isLatest: true },
    ]);
    assert.deepEqual(moved, { latestReady: 'r2', rolledOut: 'r2', previousRolledOut: 'r1' });
    const canary = afterApplied({ latestReady: 'r2', rolledOut: 'r1' }, [
      { revision: 'r2', percent: 99, isLatest: true },
    ]);
    assert.equal(canary.rolledOut, 'r1');
  });
  test('goes back by a percentage on what is complete, and only then', () => {
    const complete: Rollout = { latestReady: 'r2', rolledOut: 'r2', previousRolledOut: 'r1' };
    assert.equal(withRollback(complete, request(50)).rolledOut, 'r1');
    assert.equal(withRollback(complete, request(100)).rolledOut, 'r2');
    assert.equal(withRollback(complete, request(undefined)).rolledOut, 'r2');
    assert.equal(
      withRollback(complete, request(50, 'r3')).rolledOut,
      'r2',
      'the spec is on its way to another revision',
    );
    assert.equal(withRollback(complete, { percent: 50, current: undefined, tagsLatest: false }).rolledOut, 'r2');
  });
  test('waits for who newly gets requests', () => {
    const applied = [{ revision: 'r1', percent: 100, isLatest: true }];
    const wanted = [{ revision: 'r2', percent: 100, isLatest: true }];
    assert.equal(
      applicable(wanted, applied, () => false),
      applied,
    );
    assert.equal(
      applicable(wanted, applied, () => true),
      wanted,
    );
  });
});

test('shares are whole percents that add up to 100', () => {
  const target = fc.record({
    latest: fc.integer({ min: 0, max: 100 }),
    variants: fc.array(fc.integer({ min: 0, max: 33 }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(target, ({ latest, variants }) => {
      const targets = [
        { revision: 'r2', percent: latest, isLatest: true },
        { revision: 'r1', percent: 100 - latest, isLatest: false },
      ];
      const shares = sharesOf(
        targets,
        variants.map((percent, index) => ({ revision: `v${index}`, percent })),
      );
      assert.equal(
        shares.reduce((sum, one) => sum + one.percent, 0),
        100,
      );
      assert.ok(shares.every((one) => Number.isInteger(one.percent) && one.percent > 0));
      for (const [index, percent] of variants.entries()) {
        assert.equal(shares.find((one) => one.revision === `v${index}`)?.percent ?? 0, percent);
      }
    }),
  );
});
