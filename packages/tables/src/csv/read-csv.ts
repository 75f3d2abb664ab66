import type { FileHandle } from 'node:fs/promises';
import { cutBlocks } from '../bytes/blocks.ts';
import { bytesPerByte, findEncoding } from '../bytes/encoding.ts';
import { firstBytes, readText } from '../bytes/read-text.ts';
import type { Position } from '../part.ts';
import { sliceBatch } from '../slice-batch.ts';
import type { Table, TableOptions } from '../table.ts';
import { wantedColumns } from '../wanted-columns.ts';
import { findDialect } from './dialect.ts';
import { parseBlock } from './parse-block.ts';

/** Bytes that a batch's rows are read from at once. */
const BLOCK = 1 << 20;

/** Opens CSV. @throws TableError */
export async function openCsv(
  file: FileHandle,
  path: string,
  sizeBytes: number,
  options: TableOptions,
): Promise<Table> {
  const raw = await firstBytes(file);
  const found = findEncoding(raw.bytes, options.encoding, raw.isWhole);
  const head = await firstBytes(file, found);
  const { separator, header, width, skipBytes, skipLines } = findDialect(head.bytes, head.isWhole, options);
  const wanted = wantedColumns(header, width, options);
  const start: Position = { offset: skipBytes, row: 1, line: skipLines + 1 };
  const blocks = (size: number, { offset, row, line }: Position) =>
    cutBlocks(readText(file, found, offset), { size, separator, offset, firstRow: row, firstLine: line });
  return {
    format: 'csv',
    columns: header,
    width,
    sizeBytes,
    async *batches(maxRows) {
      for await (const block of blocks(BLOCK, start)) {
        yield* sliceBatch(parseBlock(block, { separator, width, names: header }, wanted), maxRows);
      }
    },
    async *parts(bytes, from = start) {
      for await (const block of blocks(bytes, from)) yield { kind: 'text', block };
    },
    share: ({ offset }) => (offset * bytesPerByte(found)) / sizeBytes,
    source: (columns) => ({ format: 'csv', path, separator, width, names: header, wanted: columns }),
    close: () => file.close(),
  };
}
