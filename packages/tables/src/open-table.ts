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
    if (stats.isDirectory()) throw new TableError(`${path} is a folder, not a table file`);
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
  return open(path, 'r').catch((thrown: NodeJS.ErrnoException) => {
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

/** Parquet and compressed files by their first bytes, whatever they are called; the rest by name, then by content. */
async function findFormat(file: FileHandle, path: string): Promise<TableFormat> {
  const head = Buffer.alloc(16);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  if (bytesRead === 0) throw new TableError('the file is empty');
  if (head[0] === 0x1f && head[1] === 0x8b) throw new TableError('the file is compressed', 'decompress it: gunzip');
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') {
    throw new TableError('the file is a ZIP archive or an Excel sheet', 'save it as CSV');
  }
  const ending = ENDINGS.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase());
  if (ending === 'parquet') throw new TableError('the file is called Parquet but is not', 'it must start with PAR1');
  if (ending !== undefined) return ending;
  const first = head.toString('latin1', 0, bytesRead).trimStart()[0];
  return first === '{' || first === '[' ? 'jsonl' : 'csv';
}
