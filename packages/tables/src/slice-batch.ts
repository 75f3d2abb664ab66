import type { Batch } from './table.ts';

/** A batch in parts of at most `maxRows` rows; what was rejected goes with the part whose rows follow it. */
export function* sliceBatch(batch: Batch, maxRows: number): Generator<Batch> {
  if (batch.rows <= maxRows) {
    if (batch.rows > 0 || batch.rejected.length > 0) yield batch;
    return;
  }
  let told = 0;
  for (let start = 0; start < batch.rows; start += maxRows) {
    const end = Math.min(batch.rows, start + maxRows);
    const isLast = end === batch.rows;
    const from = told;
    while (told < batch.rejected.length && (isLast || batch.rejected[told].row < batch.rowNumbers[end])) told++;
    yield {
      rows: end - start,
      rowNumbers: batch.rowNumbers.subarray(start, end),
      columns: batch.columns.map(({ name, values }) => ({
        name,
        values: values instanceof Float64Array ? values.subarray(start, end) : values.slice(start, end),
      })),
      rejected: batch.rejected.slice(from, told),
      locate: (index) => batch.locate(start + index),
    };
  }
}
