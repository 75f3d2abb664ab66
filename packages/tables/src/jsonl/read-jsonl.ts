import type { FileHandle } from 'node:fs/promises';
import { cutBlocks } from '../bytes/blocks.ts';
import { bytesPerByte, findEncoding } from '../bytes/encoding.ts';
import { firstBytes, readText } from '../bytes/read-text.ts';
import type { Position } from '../part.ts';
import { sliceBatch } from '../slice-batch.ts';
import { LIMITS, type Table, type TableOptions } from '../table.ts';
import { TableError } from '../table-error.ts';
import { wantedColumns } from '../wanted-columns.ts';
import { parseLine, parseLines } from './parse-lines.ts';

const BLOCK = 1 << 20;
/** Rows that the names of the columns are gathered from. */
const SAMPLE_ROWS = 1000;

/** Opens JSON Lines: an object a line, or a list a line. @throws TableError */
export async function openJsonl(
  file: FileHandle,
  path: string,
  sizeBytes: number,
  options: TableOptions,
): Promise<Table> {
  const raw = await firstBytes(file);
  const found = findEncoding(raw.bytes, options.encoding, raw.isWhole);
  const head = await firstBytes(file, found);
  const { names, width } = findColumns(head.bytes, head.isWhole);
  const wanted = wantedColumns(names, width, options);
  const blocks = (size: number, { offset, row, line }: Position) =>
    cutBlocks(readText(file, found, offset), { size, separator: undefined, offset, firstRow: row, firstLine: line });
  const start: Position = { offset: 0, row: 1, line: 1 };
  return {
    format: 'jsonl',
    columns: names,
    width,
    sizeBytes,
    async *batches(maxRows) {
      for await (const block of blocks(BLOCK, start)) yield* sliceBatch(parseLines(block, wanted), maxRows);
    },
    async *parts(bytes, from = start) {
      for await (const block of blocks(bytes, from)) yield { kind: 'text', block };
    },
    share: ({ offset }) => (offset * bytesPerByte(found)) / sizeBytes,
    source: (columns) => ({ format: 'jsonl', path, separator: 0, width, names, wanted: columns }),
    close: () => file.close(),
  };
}

/** The names of all members of the first rows, in the order met; undefined where the rows are lists. */
export function findColumns(head: Buffer, isWhole: boolean): { names: string[] | undefined; width: number } {
  const lines = head.toString('utf8').split(/\r?\n/);
  // The last line of a part of a file is cut.
  if (!isWhole && lines.length > 1) lines.pop();
  const rows = lines.filter((line) => line !== '').slice(0, SAMPLE_ROWS);
  if (rows.length === 0) throw new TableError('the file has no rows');
  const names = new Set<string>();
  let isList = false;
  let first: string | undefined;
  for (const line of rows) {
    const row = parseLine(line);
    if ('reason' in row) {
      first ??= row.reason;
      continue;
    }
    isList ||= line.trimStart().startsWith('[');
    for (const name of row.cells.keys()) names.add(name);
  }
  if (names.size === 0) {
    throw new TableError(
      `line 1: ${first ?? 'the rows are empty'}`,
      'JSON Lines holds an object a line: {"a": 1, "b": 2}',
    );
  }
  if (names.size > LIMITS.columns) {
    throw new TableError(`the file has ${names.size} columns; at most ${LIMITS.columns} are read`);
  }
  return { names: isList ? undefined : [...names], width: names.size };
}
