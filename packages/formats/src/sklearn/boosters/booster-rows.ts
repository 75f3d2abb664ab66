import type { CellCodes } from '../../trees/category-codes.ts';
import { checkFinite, checkWidth, frameToMatrix } from '../dense.ts';
import type { Column, Table } from '../estimator.ts';

/** How a booster reads its table. */
export interface BoosterInput {
  readonly who: string;
  readonly features: number;
  /** Codes of categorical columns. */
  readonly codes?: readonly (CellCodes | undefined)[];
  /** Whether a cell that a sparse matrix does not store is missing (XGBoost) or zero (LightGBM). */
  readonly absentIsMissing: boolean;
  /** Another number that stands for a missing cell (`missing=`). */
  readonly missing?: number;
  /** Whether infinity is data (LightGBM) or refused (XGBoost). */
  readonly allowInfinity: boolean;
}

/** Writes the table row by row into `out(rows * features)`; NaN is missing. */
export function boosterRows<T extends Float32Array | Float64Array>(
  x: Table,
  input: BoosterInput,
  out: (length: number) => T,
): T {
  const { features, who } = input;
  checkWidth(x, features, who);
  const data = out(x.rows * features);
  if (x.kind === 'sparse') {
    if (input.absentIsMissing) data.fill(Number.NaN);
    for (let row = 0; row < x.rows; row++) {
      for (let k = x.indptr[row]; k < x.indptr[row + 1]; k++) data[row * features + x.indices[k]] = x.data[k];
    }
  } else if (x.kind === 'matrix') data.set(x.data);
  else if (input.codes === undefined) data.set(frameToMatrix(x, who).data);
  else {
    x.columns.forEach((column, j) => {
      writeColumn(data, features, j, column, input.codes?.[j], who);
    });
  }
  if (!input.allowInfinity) checkFinite(Float64Array.from(data), features, who, true);
  const { missing } = input;
  if (missing !== undefined) for (let i = 0; i < data.length; i++) if (data[i] === missing) data[i] = Number.NaN;
  return data;
}

function writeColumn(
  data: Float32Array | Float64Array,
  features: number,
  j: number,
  column: Column,
  codes: CellCodes | undefined,
  who: string,
): void {
  const rows = column.data.length;
  if (codes === undefined) {
    const numbers = frameToMatrix({ kind: 'frame', rows, columns: [column], named: true }, who).data;
    for (let row = 0; row < rows; row++) data[row * features + j] = numbers[row];
    return;
  }
  for (let row = 0; row < rows; row++) {
    const cell = column.data[row];
    let code = Number.NaN;
    if (typeof cell === 'string') code = codes.ofText(cell, row, column.name);
    else if (cell !== null) code = codes.ofNumber(Number(cell), row, column.name);
    data[row * features + j] = code;
  }
}
