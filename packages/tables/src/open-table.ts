import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { openCsv } from './csv/read-csv.ts';
import { openJsonl } from './jsonl/read-jsonl.ts';
import type { Table, TableFormat, TableOptions } from './table.ts';
import { TableError } from './table-error.ts';

/**
 * Opens a table file. Memory stays bounded whatever its size: batches are read one after the other (Parquet: a row group at
 * a time).
 * @throws TableError for a file that is none, is empty, or is not in the encoding said
 */
export async function openTable(path: string, options: TableOptions = {}): Promise<Table> {
  const file = await openFile(path);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new TableError('it is a folder, not a table file', 'name a file in it');
    if (!stats.isFile()) throw new TableError('it is a pipe or a device, not a file', 'write it to a file first');
    const format = options.format ?? (await findFormat(file, path));
    if (format === 'csv') return await openCsv(file, path, stats.size, options);
    if (format === 'jsonl') return await openJsonl(file, path, stats.size, options);
    const { openParquet } = await import('./parquet/read-parquet.ts');
    return await openParquet(file, path, stats.size, options);
  } catch (thrown) {
    await file.close();
    if (thrown instanceof TableError) throw new TableError(`${path}: ${thrown.message}`, thrown.hint, thrown.code);
    throw thrown;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  // O_NONBLOCK: a pipe to which nobody writes must not hold the open.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  return open(path, flags).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') throw new TableError(`there is no file ${path}`, undefined, 'FileNotFound');
    throw new TableError(`${path} can not be read (${thrown.code ?? thrown.message})`, undefined, 'FileUnreadable');
  });
}

const ENDINGS: ReadonlyMap<string, TableFormat> = new Map<string, TableFormat>([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['txt', 'csv'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['parquet', 'parquet'],
  ['pq', 'parquet'],
]);

/** How compressed files begin, and what takes them apart. */
const COMPRESSED = [
  { magic: '\x1f\x8b', tool: 'gunzip' },
  { magic: '\x28\xb5\x2f\xfd', tool: 'unzstd' },
  { magic: '\xfd7zXZ', tool: 'unxz' },
  { magic: 'BZh', tool: 'bunzip2' },
];

/** Parquet and compressed files by their first bytes, whatever they are called; the rest by name, then by content. */
async function findFormat(file: FileHandle, path: string): Promise<TableFormat> {
  const head = Buffer.alloc(64);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  const text = head
    .toString('latin1', 0, bytesRead)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  if (bytesRead === 0) throw new TableError('the file is empty');
  const tool = COMPRESSED.find(({ magic }) => head.toString('latin1', 0, magic.length) === magic)?.tool;
  if (tool !== undefined) throw new TableError('the file is compressed', `decompress it: ${tool}`);
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') {
    throw new TableError('the file is a ZIP archive or an Excel sheet', 'save it as CSV');
  }
  if (/^<(!doctype html|html|\?xml)/i.test(text)) {
    const hint = 'a sign-in or error page may have been saved in its place: download it again';
    throw new TableError('the file is an HTML or XML page, not a table', hint);
  }
  if (/^version https:\/\/git-lfs/.test(text)) {
    throw new TableError('the file is a pointer of Git LFS, not the table', 'git lfs pull brings the table');
  }
  const ending = ENDINGS.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase());
  if (ending === 'parquet') throw new TableError('the file is called Parquet but is not', 'it must start with PAR1');
  if (ending === 'csv' && /^(\{|\[\s*[[{])\s*["[{\d]/.test(text)) {
    const hint = '--input-format jsonl takes an object a line; berth predict takes a JSON request';
    throw new TableError('the file is called CSV and holds JSON', hint);
  }
  if (/^\[\s*[[{]/.test(text)) {
    const hint = 'pandas: to_json(path, orient="records", lines=True); jq: jq -c ".[]" rows.json';
    throw new TableError('the file is one JSON list, not a row a line', hint);
  }
  if (/^\{\s*"(instances|inputs)"\s*:/.test(text)) {
    throw new TableError('the file is a JSON request, not a table', 'berth predict sends it');
  }
  if (ending !== undefined) return ending;
  const [first] = text;
  return first === '{' || first === '[' ? 'jsonl' : 'csv';
}
