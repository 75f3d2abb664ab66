import { open } from 'node:fs/promises';
import { parseBlock } from './csv/parse-block.ts';
import { parseLines } from './jsonl/parse-lines.ts';
import type { Part, PartSource } from './part.ts';
import type { Batch } from './table.ts';

/** Reads parts of one table, each by itself. */
export interface PartReader {
  /** @throws TableError */
  read(part: Part): Promise<Batch>;
  close(): Promise<void>;
}

/** A reader for the parts of a table; Parquet is opened anew. */
export async function openPartReader(source: PartSource): Promise<PartReader> {
  if (source.format !== 'parquet') {
    return { read: async (part) => readText(part, source), close: async () => undefined };
  }
  const { openParquet } = await import('./parquet/read-parquet.ts');
  const file = await open(source.path, 'r');
  const table = await openParquet(file, source.path, (await file.stat()).size, {}, source.wanted);
  return {
    read: (part) => (part.kind === 'rows' ? table.readRows(part.start, part.end) : wrongPart()),
    close: () => table.close(),
  };
}

function readText(part: Part, { format, separator, width, wanted, names }: PartSource): Batch {
  if (part.kind !== 'text') return wrongPart();
  return format === 'csv'
    ? parseBlock(part.block, { separator, width, names }, wanted)
    : parseLines(part.block, wanted);
}

function wrongPart(): never {
  throw new Error('the part is of another table');
}
