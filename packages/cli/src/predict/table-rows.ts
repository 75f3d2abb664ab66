import { openTable, type TableOptions } from '@berth/tables';
import { type ColumnFit, fitColumns, headerNote, type ModelColumns, shorten } from '../rows/fit-columns.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import type { Rows } from './rows-request.ts';

/** Rows that go out in one request. */
const BATCH_ROWS = 1000;

/** How a table file is read and what of it is sent. */
export interface TableRowsOptions extends TableOptions {
  /** Columns to send, in the model's order; default those the model knows, else all. */
  readonly columns?: readonly string[];
}

/**
 * The rows of a table file, a thousand at a time, with the model's columns in the model's order.
 * @throws CommandError InvalidTable for columns that do not fit and rows that can not be read
 */
export async function* tableRows(
  path: string,
  shown: string,
  model: ModelColumns,
  options: TableRowsOptions,
  onNote: (text: string) => void,
): AsyncGenerator<Rows> {
  const table = await openTable(path, options);
  try {
    const columns = options.columns ?? table.columns;
    const fit = fitColumns({ columns, width: columns?.length ?? table.width }, model);
    const unused = `the model does not take ${shorten(fit.unused)}; left out`;
    if (fit.unused.length > 0 && fit.lacking === undefined) onNote(unused);
    let count = 0;
    for await (const batch of table.batches(BATCH_ROWS)) {
      const [bad] = batch.rejected;
      if (bad !== undefined) {
        throw new CommandError(`${shown}, line ${bad.line}: ${bad.reason}`, {
          code: 'InvalidTable',
          hint: 'berth score puts such rows aside and goes on',
        });
      }
      if (batch.rows === 0) continue;
      if (count === 0 && model.names === undefined && options.columns === undefined) {
        const holdsText = batch.columns.some(({ values }) => !(values instanceof Float64Array));
        const note = headerNote(table.columns, options.header, holdsText);
        if (note !== undefined) onNote(note);
      }
      count += batch.rows;
      yield rowsOf(batch.columns, batch.rows, fit, options.columns);
      // Where columns are missing, the first answer tells whether a column that is left out was meant for one of them.
      if (fit.unused.length > 0 && fit.lacking !== undefined && count === batch.rows) onNote(unused);
    }
    if (count === 0) throw new CommandError(`${shown} has no rows`, { code: 'InvalidTable' });
  } finally {
    await table.close();
  }
}

function rowsOf(
  columns: readonly { readonly name: string; readonly values: Rows['columns'][number] }[],
  count: number,
  fit: ColumnFit,
  asked: readonly string[] | undefined,
): Rows {
  // Columns that were asked for by name come in the file's order.
  const inOrder = asked === undefined ? columns : asked.map((name) => columns.find((one) => one.name === name));
  const values = fit.positions.map((position) => inOrder[position]?.values ?? []);
  const { lacking } = fit;
  return { count, columns: values, names: fit.names ?? asked, ...(lacking === undefined ? {} : { lacking }) };
}
