import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RowCells, scanRow } from '../csv/scan-row.ts';
import { type Block, cutBlocks } from './blocks.ts';

const COMMA = 44;

async function cut(text: string, piece: number, size: number, maxRowBytes?: number): Promise<Block[]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const options = maxRowBytes === undefined ? {} : { maxRowBytes };
  return Array.fromAsync(cutBlocks(pieces(), { size, separator: COMMA, ...options }));
}

function rowsOf(text: Uint8Array): string[][] {
  const bytes = Buffer.from(text);
  const cells = new RowCells();
  const rows: string[][] = [];
  for (let at = 0; at < bytes.length; ) {
    at = scanRow(bytes, at, COMMA, cells);
    if (cells.count === 0) continue;
    rows.push(
      Array.from({ length: cells.count }, (_, i) =>
        bytes.toString('latin1', cells.bounds[i * 2], cells.bounds[i * 2 + 1]),
      ),
    );
  }
  return rows;
}

test('blocks hold whole rows, whatever the quotes, line ends and pieces', async () => {
  const part = fc.constantFrom('a', '"', '""', ',', '\n', '\r\n', '\r', '1', '"x\ny"', ',"\n",');
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 60 }).map((parts) => parts.join('')),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 40 }),
      async (text, piece, size) => {
        const blocks = await cut(text, piece, size);
        assert.equal(Buffer.concat(blocks.map((block) => block.bytes)).toString(), text);
        assert.deepEqual(
          blocks.flatMap((block) => rowsOf(block.bytes)),
          rowsOf(Buffer.from(text)),
        );
        let offset = 0;
        let row = 1;
        for (const block of blocks) {
          assert.equal(block.offset, offset);
          assert.equal(block.firstRow, row);
          assert.equal(block.rows, rowsOf(block.bytes).length);
          offset += block.bytes.length;
          row += block.rows;
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('a quote that never closes ends in an error with its line, not in memory', async () => {
  await assert.rejects(cut(`a\nb\n"${'x\n'.repeat(1000)}`, 10, 20, 500), {
    name: 'TableError',
    message: /line 3 /,
    hint: /not closed/,
  });
});
