import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nextStarts, type StartWish } from './start-order.ts';

const wish = (id: string, isWaitedFor = false): StartWish => ({
  id,
  service: `default/${id[0]}`,
  isWaitedFor,
  order: Number(id.slice(1)),
});
const ids = (wishes: StartWish[], inFlight: Record<string, number>, limit: number) =>
  nextStarts(wishes, new Map(Object.entries(inFlight)), limit).map((one) => one.id);

describe('who starts next', () => {
  test('no more than the limit, one place kept for requests that wait', () => {
    assert.deepEqual(ids([wish('a0'), wish('b1'), wish('c2'), wish('d3')], {}, 4), ['a0', 'b1', 'c2']);
    assert.deepEqual(ids([wish('a0'), wish('b1')], { 'default/x': 3 }, 4), []);
    assert.deepEqual(ids([wish('a0'), wish('b1', true)], { 'default/x': 3 }, 4), ['b1']);
    assert.deepEqual(ids([wish('b1', true)], { 'default/x': 4 }, 4), []);
    assert.deepEqual(ids([wish('a0'), wish('b1')], {}, 1), ['a0']);
  });
  test('what a request waits for', () => {
    assert.deepEqual(ids([wish('a0'), wish('b1'), wish('c2', true)], {}, 4), ['c2', 'a0', 'b1']);
  });
  test('services in turns, and the older wish first', () => {
    const many = [wish('a0'), wish('a1'), wish('a2'), wish('b3'), wish('c4')];
    assert.deepEqual(ids(many, {}, 5), ['a0', 'b3', 'c4', 'a1']);
    assert.deepEqual(ids(many, { 'default/a': 1 }, 5), ['b3', 'c4', 'a0']);
  });
  test('never more than the limit, and no service gets two more than another that waits', () => {
    const one = fc.record({ service: fc.constantFrom('a', 'b', 'c', 'd'), isWaitedFor: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(15),
        (some, limit, busy) => {
          const wishes = some.map((each, order) => ({ id: `${order}`, order, ...each }));
          const chosen = nextStarts(wishes, new Map([['other', busy]]), limit);
          assert.ok(chosen.length <= Math.max(0, limit - busy));
          const left = wishes.filter((each) => !chosen.includes(each));
          for (const wait of left) {
            const own = chosen.filter((each) => each.service === wait.service).length;
            for (const service of ['a', 'b', 'c', 'd']) {
              const others = chosen.filter(
                (each) => each.service === service && each.isWaitedFor === wait.isWaitedFor,
              ).length;
              assert.ok(others <= own + 1);
            }
          }
          if (busy < limit && wishes.some((each) => each.isWaitedFor)) {
            assert.equal(chosen[0]?.isWaitedFor, true);
          }
        },
      ),
    );
  });
});
