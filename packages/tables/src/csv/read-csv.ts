import type { FileHandle } from 'node:fs/promises';
import { cutBlocks } from '../bytes/blocks.ts';
import { findEncoding } from '../bytes/encoding.ts';
import { firstBytes, readText } from '../bytes/read-text.ts';
import { sliceBatch } from '../slice-batch.ts';
import type { Batch, Table, TableOptions } from '../table.ts';
import { wantedColumns } from '../wanted-columns.ts';
import { findDialect } from './dialect.ts';
import { parseBlock } from './parse-block.ts';

/** Bytes that a batch's rows are read from at once. */
const BLOCK = 1 << 20;

/** Opens CSV. @throws TableError */
export async function openCsv(file: FileHandle, sizeBytes: number, options: TableOptions): Promise<Table> {
  const raw = await firstBytes(file);
  const found = findEncoding(raw.bytes, options.encoding, raw.isWhole);
  const head = await firstBytes(file, found);
  const dialect = findDialect(head.bytes, head.isWhole, options);
  const wanted = wantedColumns(dialect.header, dialect.width, options);
  return {
    format: 'csv',
    columns: dialect.header,
    width: dialect.width,
    sizeBytes,
    async *batches(maxRows): AsyncGenerator<Batch> {
      const blocks = cutBlocks(readText(file, found, dialect.skipBytes), {
        size: BLOCK,
        separator: dialect.separator,
        offset: dialect.skipBytes,
        firstLine: dialect.skipLines + 1,
      });
      for await (const block of blocks) {
        yield* sliceBatch(parseBlock(block, dialect.separator, dialect.width, wanted, dialect.header), maxRows);
      }
    },
    close: () => file.close(),
  };
}
