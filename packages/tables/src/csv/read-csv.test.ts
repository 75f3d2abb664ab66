import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TableOptions } from '../table.ts';
import { fileOf, readAll } from '../testing.ts';
import { csvRow } from './write-csv.ts';

const SAME = { a: [1, 3], b: ['x', 'y z'] };
const TEXT = 'a,b\n1,x\n3,y z\n';

const FILES: readonly { name: string; content: string | Uint8Array; options?: TableOptions }[] = [
  { name: 'plain', content: TEXT },
  { name: 'without a last line end', content: TEXT.trimEnd() },
  { name: 'CR LF', content: TEXT.replaceAll('\n', '\r\n') },
  { name: 'CR', content: TEXT.replaceAll('\n', '\r') },
  { name: 'semicolons', content: TEXT.replaceAll(',', ';') },
  { name: 'tabs', content: TEXT.replaceAll(',', '\t') },
  { name: 'bars', content: TEXT.replaceAll(',', '|') },
  { name: 'a separator of its own', content: TEXT.replaceAll(',', ':'), options: { separator: ':' } },
  { name: 'quotes', content: '"a","b"\n"1","x"\n3,"y z"\n' },
  { name: 'blank lines', content: '\na,b\n\n1,x\r\n\r\n3,y z\n\n' },
  { name: 'a byte order mark', content: `\ufeff${TEXT}` },
  { name: 'UTF-16, little', content: Buffer.from(`\ufeff${TEXT}`, 'utf16le') },
  { name: 'UTF-16, big', content: Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16() },
  { name: 'UTF-16 by option', content: Buffer.from(TEXT, 'utf16le'), options: { encoding: 'utf-16le' } },
  { name: "Excel's sep=", content: `sep=;\r\n${TEXT.replaceAll(',', ';')}` },
];
for (const { name, content, options } of FILES) {
  test(`CSV with ${name}`, async (t) => {
    const { columns, cells, rejected } = await readAll(await fileOf(t, 'rows.csv', content), options);
    assert.deepEqual(columns, ['a', 'b']);
    assert.deepEqual(cells, SAME);
    assert.deepEqual(rejected, []);
  });
}

test('cells in quotes may hold separators, quotes and line ends', async (t) => {
  const path = await fileOf(t, 'rows.csv', 'a,b\n1,"x, ""y""\r\nz"\n2,5" pipe\n3,"p"q\n');
  const { cells, rowNumbers } = await readAll(path);
  assert.deepEqual(cells, { a: [1, 2, 3], b: ['x, "y"\r\nz', '5" pipe', 'pq'] });
  assert.deepEqual(rowNumbers, [1, 2, 3]);
});

test('missing cells, words and spaces are read as pandas reads them', async (t) => {
  const path = await fileOf(t, 'rows.csv', 'a,b,c\n 1 ,True,x\nNA,false,\n-inf,,None\n1e-3,TRUE,z\n');
  const { cells } = await readAll(path);
  assert.deepEqual(cells, {
    a: [1, Number.NaN, -Infinity, 0.001],
    b: [1, 0, Number.NaN, 1],
    c: ['x', undefined, undefined, 'z'],
  });
});

test('ragged rows are rejected with line, row and reason; the others are read', async (t) => {
  const path = await fileOf(t, 'rows.csv', 'a,b\n1,2\n3\n\n4,5,6\n7,8\n');
  const { cells, rowNumbers, rejected } = await readAll(path);
  assert.deepEqual(cells, { a: [1, 7], b: [2, 8] });
  assert.deepEqual(rowNumbers, [1, 4]);
  assert.deepEqual(rejected, [
    { row: 2, line: 3, reason: 'the row has 1 cell; the header has 2', text: '3' },
    { row: 3, line: 5, reason: 'the row has 3 cells; the header has 2', text: '4,5,6' },
  ]);
});

test('a quote that is never closed is told of', async (t) => {
  const { rejected, rowNumbers } = await readAll(await fileOf(t, 'rows.csv', 'a,b\n1,2\n3,"x\n4,5\n'));
  assert.deepEqual([...rowNumbers], [1, 2]);
  assert.deepEqual(rejected, []);
  const ragged = await readAll(await fileOf(t, 'rows.csv', 'a,b\n1,2\n"x\n4,5\n'));
  assert.deepEqual(ragged.rejected, [{ row: 2, line: 3, reason: 'a quoted cell is not closed', text: '"x\n4,5' }]);
});

test('a file without header: told by its numbers, or by the option', async (t) => {
  const numbers = await fileOf(t, 'rows.csv', '1.5,2\n3,4\n');
  assert.deepEqual(await readAll(numbers).then(({ columns, cells }) => [columns, cells]), [
    undefined,
    { 0: [1.5, 3], 1: [2, 4] },
  ]);
  const words = await fileOf(t, 'rows.csv', 'x,2\ny,4\n');
  assert.deepEqual((await readAll(words, { header: 'no' })).cells, { 0: ['x', 'y'], 1: [2, 4] });
  assert.deepEqual((await readAll(numbers, { header: 'yes' })).columns, ['1.5', '2']);
});

test("pandas' names of unnamed columns are a header", async (t) => {
  const { columns, cells } = await readAll(await fileOf(t, 'rows.csv', ',0,1\n0,5,6\n1,7,8\n'));
  assert.deepEqual(columns, ['', '0', '1']);
  assert.deepEqual(cells[1], [6, 8]);
});

test('decimal commas do not make the comma the separator', async (t) => {
  const { cells } = await readAll(await fileOf(t, 'rows.csv', '1,5;2,5\n3,5;4,5\n'), { header: 'no' });
  assert.deepEqual(cells, { 0: ['1,5', '3,5'], 1: ['2,5', '4,5'] });
});

test('text that is kept stays as it is written', async (t) => {
  const path = await fileOf(t, 'rows.csv', 'id,a\n007,1\nNA,2\n"1,0",3\n');
  const { cells } = await readAll(path, { keepText: ['id'], columns: ['a', 'id'] });
  assert.deepEqual(cells, { a: [1, 2, 3], id: ['007', 'NA', '1,0'] });
});

test('Latin-1 is refused with the option that helps, and read with it', async (t) => {
  const path = await fileOf(t, 'rows.csv', Buffer.from('a,b\n1,é\n', 'latin1'));
  await assert.rejects(readAll(path), { name: 'TableError', hint: /--encoding latin1/ });
  assert.deepEqual((await readAll(path, { encoding: 'latin1' })).cells.b, ['é']);
});

test('a row that is not UTF-8, far from the start, is rejected alone', async (t) => {
  const rows = Array.from({ length: 40_000 }, (_, i) => `${i},some text\n`).join('');
  const path = await fileOf(
    t,
    'rows.csv',
    Buffer.concat([Buffer.from(`a,b\n${rows}`), Buffer.from([0x35, 0x2c, 0xe9, 0x0a]), Buffer.from('6,x\n')]),
  );
  const { rejected, rowNumbers } = await readAll(path);
  assert.equal(rowNumbers.length, 40_001);
  assert.deepEqual(
    rejected.map(({ row, line, reason }) => ({ row, line, reason })),
    [{ row: 40_001, line: 40_002, reason: 'the row is not UTF-8 text' }],
  );
});

const REFUSED: readonly [string, string | Uint8Array, RegExp][] = [
  ['empty', '', /is empty/],
  ['blank lines only', '\n\n', /no rows/],
  ['UTF-16 without a mark', Buffer.from(TEXT.repeat(9), 'utf16le'), /UTF-16/],
  ['bytes', new Uint8Array(4096), /NUL/],
  ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), /compressed/],
  ['an Excel sheet', 'PK\x03\x04…', /Excel/],
];
for (const [name, content, message] of REFUSED) {
  test(`refused: ${name}`, async (t) => {
    await assert.rejects(fileOf(t, 'rows.csv', content).then(readAll), { name: 'TableError', message });
  });
}

test('refused: no file, a folder, an unknown column', async (t) => {
  const path = await fileOf(t, 'rows.csv', TEXT);
  await assert.rejects(readAll(`${path}.no`), { name: 'TableError', message: /no file/ });
  await assert.rejects(readAll('/tmp'), { name: 'TableError', message: /a folder/ });
  await assert.rejects(readAll(path, { columns: ['c'] }), { name: 'TableError', hint: /a, b/ });
});

test('what is written reads back the same, in batches of any size', async (t) => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('"', '""', ',', '\n', '\r\n', 'a"b', '', ' ', '5', 'NA'),
  );
  const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 50 }), async (rows, maxRows) => {
      const text = csvRow(['a', 'b', 'c']) + rows.map((row) => csvRow(row)).join('');
      const path = await fileOf(t, 'rows.csv', text);
      const read = await readAll(path, { separator: ',', keepText: ['a', 'b', 'c'] }, maxRows);
      assert.deepEqual(
        read.rowNumbers.map((_, i) => ['a', 'b', 'c'].map((name) => read.cells[name][i])),
        rows,
      );
    }),
    { numRuns: 200 },
  );
});
