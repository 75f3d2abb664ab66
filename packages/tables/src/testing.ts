/** Test support. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openTable } from './open-table.ts';
import type { RejectedRow, TableOptions } from './table.ts';

/** Writes a file into a folder that is removed after the test. */
export async function fileOf(test: TestContext, name: string, content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-tables-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** A whole table in memory. */
export interface WholeTable {
  readonly columns: readonly string[] | undefined;
  /** Cells by column; the batches' values one after the other. */
  readonly cells: Readonly<Record<string, readonly (number | string | undefined)[]>>;
  readonly rowNumbers: readonly number[];
  readonly rejected: readonly RejectedRow[];
}

/** Reads all of a table. */
export async function readAll(path: string, options: TableOptions = {}, maxRows = 1000): Promise<WholeTable> {
  const table = await openTable(path, options);
  try {
    const cells: Record<string, (number | string | undefined)[]> = {};
    const rowNumbers: number[] = [];
    const rejected: RejectedRow[] = [];
    for await (const batch of table.batches(maxRows)) {
      for (const { name, values } of batch.columns) {
        cells[name] ??= [];
        cells[name].push(...values);
      }
      rowNumbers.push(...batch.rowNumbers);
      rejected.push(...batch.rejected);
    }
    return { columns: table.columns, cells, rowNumbers, rejected };
  } finally {
    await table.close();
  }
}
