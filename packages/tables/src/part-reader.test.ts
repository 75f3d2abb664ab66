import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTable } from './open-table.ts';
import { after, type Part, type Position } from './part.ts';
import { openPartReader } from './part-reader.ts';
import type { Batch, TableOptions } from './table.ts';
import { fileOf } from './testing.ts';
import type { CellKind } from './wanted-columns.ts';

async function partsOf(path: string, kind: CellKind, from?: Position, options: TableOptions = {}) {
  const table = await openTable(path, options);
  const names = table.columns ?? [];
  const reader = await openPartReader(table.source(names.map((name, index) => ({ name, index, kind }))));
  const parts: Part[] = [];
  const batches: Omit<Batch, 'locate'>[] = [];
  const located: ReturnType<Batch['locate']>[] = [];
  try {
    for await (const part of table.parts(100, from)) {
      parts.push(structuredClone(part));
      const { locate, ...batch } = await reader.read(structuredClone(part));
      batches.push(batch);
      located.push(...Array.from({ length: batch.rows }, (_, i) => locate(i)));
    }
  } finally {
    await reader.close();
    await table.close();
  }
  return { parts, batches, located };
}

const FILES: readonly [string, (rows: number) => string | Uint8Array][] = [
  ['rows.csv', (rows) => `a,b\r\n${Array.from({ length: rows }, (_, i) => `${i},"x\n${i}"\r\n`).join('')}`],
  ['rows.jsonl', (rows) => Array.from({ length: rows }, (_, i) => `{"a":${i},"b":"ü"}\n`).join('')],
  ['utf16.csv', (rows) => Buffer.from(`\ufeffa;b\n${'1;ü\n'.repeat(rows)}`, 'utf16le')],
];
for (const [name, content] of FILES) {
  test(`${name}: reading goes on after any part as if it had not stopped`, async (t) => {
    const path = await fileOf(t, name, content(90));
    const whole = await partsOf(path, 'raw');
    assert.ok(whole.parts.length > 3);
    for (let i = 0; i < whole.parts.length; i++) {
      const rest = await partsOf(path, 'raw', after(whole.parts[i]));
      assert.deepEqual(rest.parts, whole.parts.slice(i + 1));
      assert.deepEqual(rest.batches, whole.batches.slice(i + 1));
    }
  });
}

test('Parquet: a part is a row group', async () => {
  const path = join(import.meta.dirname, 'parquet', 'fixtures', 'zstd.parquet');
  const whole = await partsOf(path, 'raw');
  assert.deepEqual(whole.parts, [
    { kind: 'rows', start: 0, end: 3 },
    { kind: 'rows', start: 3, end: 6 },
    { kind: 'rows', start: 6, end: 7 },
  ]);
  const rest = await partsOf(path, 'raw', after(whole.parts[0]));
  assert.deepEqual(rest.batches, whole.batches.slice(1));
  await assert.rejects(partsOf(path, 'number'), { name: 'TableError', message: /"city" holds "Köln"/ });
});

test('text where a number is wanted rejects its row only', async (t) => {
  const csv = await partsOf(await fileOf(t, 'rows.csv', 'a,b\n1,2\nx,"y\n"\n"1,5",\n5,6\n'), 'number');
  const [batch] = csv.batches;
  assert.deepEqual(
    batch.columns.map((column) => [...column.values]),
    [
      [1, 5],
      [2, 6],
    ],
  );
  assert.deepEqual([...batch.rowNumbers], [1, 4]);
  assert.deepEqual(csv.located, [
    { line: 2, text: '1,2' },
    { line: 6, text: '5,6' },
  ]);
  assert.deepEqual(batch.rejected, [
    { row: 2, line: 3, reason: 'column "a" holds "x", which is not a number', text: 'x,"y\n"' },
    {
      row: 3,
      line: 5,
      reason: 'column "a" holds "1,5", which is not a number; decimal commas are not read',
      text: '"1,5",',
    },
  ]);
  const jsonl = await partsOf(await fileOf(t, 'rows.jsonl', '{"a":"1"}\n{"a":"x"}\n{"a":2}\n'), 'number');
  assert.deepEqual([...jsonl.batches[0].columns[0].values], [1, 2]);
  assert.deepEqual(jsonl.located[1], { line: 3, text: '{"a":2}' });
  assert.equal(jsonl.batches[0].rejected[0].reason, 'column "a" holds "x", which is not a number');
});

test('a column may be wanted as numbers and as it is written', async (t) => {
  const table = await openTable(await fileOf(t, 'rows.csv', 'a,b\n1.50,2\n\n007,x\n3,\n'));
  const reader = await openPartReader(
    table.source([
      { name: 'a', index: 0, kind: 'raw' },
      { name: 'b', index: 1, kind: 'number' },
      { name: 'a', index: 0, kind: 'number' },
    ]),
  );
  for await (const part of table.parts(1000)) {
    const { columns } = await reader.read(part);
    assert.deepEqual(
      columns.map((column) => [...column.values]),
      [
        ['1.50', '3'],
        [2, NaN],
        [1.5, 3],
      ],
    );
  }
  await table.close();
});
