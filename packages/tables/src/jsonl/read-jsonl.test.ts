import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf, readAll } from '../testing.ts';

test('objects: the union of their members, absent ones are missing', async (t) => {
  const path = await fileOf(t, 'rows.jsonl', '{"a":1,"b":"x"}\n\n{"b":"y","c":true}\r\n{"a":null,"b":5,"c":false}');
  const { columns, cells, rowNumbers } = await readAll(path);
  assert.deepEqual(columns, ['a', 'b', 'c']);
  assert.deepEqual(cells, { a: [1, NaN, NaN], b: ['x', 'y', '5'], c: [NaN, 1, 0] });
  assert.deepEqual(rowNumbers, [1, 2, 3]);
});

test('lists: by position', async (t) => {
  const { columns, cells } = await readAll(await fileOf(t, 'rows', '[1,"x"]\n[2,"y"]\n'));
  assert.equal(columns, undefined);
  assert.deepEqual(cells, { 0: [1, 2], 1: ['x', 'y'] });
});

test('lines that hold no row are rejected', async (t) => {
  const path = await fileOf(t, 'rows.ndjson', '{"a":1}\n{"a":\n5\n{"a":[1]}\n{"a":2}\n{"__proto__":1,"a":3}\n');
  const { cells, rejected } = await readAll(path, { columns: ['a'] });
  assert.deepEqual(cells, { a: [1, 2, 3] });
  assert.deepEqual(
    rejected.map(({ row, line, reason }) => [row, line, reason]),
    [
      [2, 2, 'the line is not JSON'],
      [3, 3, 'the line is neither a JSON object nor a list'],
      [4, 4, 'column "a" holds a list or an object; a cell is one value'],
    ],
  );
});

test('no JSON at all is refused', async (t) => {
  await assert.rejects(readAll(await fileOf(t, 'rows.jsonl', 'a,b\n1,2\n')), { name: 'TableError' });
});
