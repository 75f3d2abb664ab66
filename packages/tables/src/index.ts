export { cellNumber, isMissing } from './csv/cell-number.ts';
export { type CsvValue, csvCell, csvRow, float32Text } from './csv/write-csv.ts';
export { openTable } from './open-table.ts';
export type { Batch, Encoding, RejectedRow, Table, TableColumn, TableFormat, TableOptions } from './table.ts';
export { TableError } from './table-error.ts';
