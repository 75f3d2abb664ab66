export { cellNumber, isMissing } from './csv/cell-number.ts';
export { type CsvValue, csvCell, csvRow, float32Text } from './csv/write-csv.ts';
export { openTable } from './open-table.ts';
export { after, type Part, type PartSource, type Position } from './part.ts';
export { openPartReader, type PartReader } from './part-reader.ts';
export type { Batch, Encoding, RejectedRow, Table, TableColumn, TableFormat, TableOptions } from './table.ts';
export { TableError } from './table-error.ts';
export { type CellKind, columnIndex, positionNames, type WantedColumn } from './wanted-columns.ts';
