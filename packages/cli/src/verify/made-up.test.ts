import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FeatureFacts } from '@berth/formats';
import fc from 'fast-check';
import { type RowColumn, TableBatch } from './batch.ts';
import { madeUpRows } from './made-up-rows.ts';
import { nextFloat32, nextFloat64, UNSEEN_TEXT } from './made-up-values.ts';

const NOTHING: FeatureFacts = { thresholds: [], seen: [] };

async function rows(
  facts: readonly FeatureFacts[],
  options: { refuses?: (columns: readonly RowColumn[]) => boolean; seed?: number; rows?: number } = {},
) {
  const plan = { shape: 'rows', input: 'x', categorical: new Map() } as const;
  const batches: TableBatch[] = [];
  const source = madeUpRows({
    names: facts.map((_, j) => `c${j}`),
    facts,
    rows: options.rows ?? 500,
    seed: options.seed ?? 1,
    batchRows: 200,
    allText: false,
    batch: (rowNumbers, columns) => new TableBatch(plan, rowNumbers, columns),
    refusal: async (batch) => (options.refuses?.((batch as TableBatch).columns) === true ? 'refused' : undefined),
  });
  for await (const batch of source) batches.push(batch as TableBatch);
  return batches;
}

function column(batches: readonly TableBatch[], j: number): unknown[] {
  return batches.flatMap((batch) => Array.from(batch.columns[j].values as ArrayLike<unknown>));
}

describe('made-up rows', () => {
  test('are as many as asked, numbered from 1, and the same for the same seed', async () => {
    const facts = [{ ...NOTHING, thresholds: [1, 2] }, NOTHING];
    const [one, two, other] = [await rows(facts), await rows(facts), await rows(facts, { seed: 2 })];
    assert.deepEqual(
      one.map((batch) => [batch.rows, batch.rowNumbers[0]]),
      [
        [200, 1],
        [200, 201],
        [100, 401],
      ],
    );
    assert.deepEqual(column(one, 0), column(two, 0));
    assert.notDeepEqual(column(one, 0), column(other, 0));
  });

  test('hold each threshold and its neighbours in both precisions', async () => {
    const values = new Set(column(await rows([{ ...NOTHING, thresholds: [0.1] }]), 0));
    const single = Math.fround(0.1);
    for (const value of [0.1, nextFloat64(0.1, 1), nextFloat64(0.1, -1), single])
      assert.ok(values.has(value), `${value}`);
    assert.ok(values.has(nextFloat32(single, 1)) && values.has(nextFloat32(single, -1)));
  });

  test('hold missing cells and unseen categories only where the model takes them', async () => {
    const facts = [{ ...NOTHING, categories: ['a', 'b'] }, NOTHING, { ...NOTHING, categories: [3, 4] }];
    const free = await rows(facts);
    assert.ok(
      column(free, 0).includes(UNSEEN_TEXT) && column(free, 1).some(Number.isNaN) && column(free, 2).includes(5),
    );
    const strict = await rows(facts, {
      refuses: (columns) =>
        columns.some(({ values }) =>
          Array.from<unknown>(values as []).some((v) => v === UNSEEN_TEXT || Number.isNaN(v) || v === 5),
        ),
    });
    assert.deepEqual(new Set(column(strict, 0)), new Set(['a', 'b']));
    assert.ok(column(strict, 1).every(Number.isFinite));
    assert.deepEqual(new Set(column(strict, 2)), new Set([3, 4]));
  });

  test('are made of the words of a vocabulary', async () => {
    const texts = column(await rows([{ ...NOTHING, words: ['love', 'order'] }]), 0) as string[];
    assert.deepEqual(new Set(texts.flatMap((text) => text.split(' '))), new Set(['love', 'order', UNSEEN_TEXT, '']));
  });

  test('are not made where the model refuses an ordinary one', async () => {
    await assert.rejects(rows([NOTHING], { refuses: () => true }), /refused/);
  });
});

test('the next number is next: nothing lies between', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (value) => {
      const up = nextFloat64(value, 1);
      assert.ok(up > value && nextFloat64(up, -1) === value);
      const middle = value / 2 + up / 2;
      assert.ok(middle === value || middle === up || Math.abs(value) < 1e-300);
    }),
  );
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -(2 ** 100), max: 2 ** 100 }), (value) => {
      const up = nextFloat32(value, 1);
      assert.ok(up > value && Math.fround(up) === up);
      assert.ok([value, up].includes(Math.fround(value / 2 + up / 2)) || Math.abs(value) < 1e-30);
    }),
  );
});
