import { invalidInput } from '@berth/inference';
import { checkFinite, frameToMatrix } from '../dense.ts';
import type { Estimator, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import type { Fitted } from '../fitted.ts';

/** The chosen columns of a table, whatever they hold; sparse stays sparse. */
export function pickColumns(table: Table, chosen: Int32Array): Table {
  if (table.kind === 'frame') {
    return { ...table, columns: Array.from(chosen, (column) => table.columns[column]) };
  }
  if (table.kind === 'matrix') {
    const data = new Float64Array(table.rows * chosen.length);
    for (let row = 0; row < table.rows; row++) {
      for (let k = 0; k < chosen.length; k++) data[row * chosen.length + k] = table.data[row * table.cols + chosen[k]];
    }
    const { names, ...rest } = table;
    const picked = { ...rest, cols: chosen.length, data };
    return names === undefined ? picked : { ...picked, names: Array.from(chosen, (column) => names[column]) };
  }
  const place = new Int32Array(table.cols).fill(-1);
  chosen.forEach((column, k) => {
    place[column] = k;
  });
  const indptr = new Int32Array(table.rows + 1);
  const indices: number[] = [];
  const data: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    for (let at = table.indptr[row]; at < table.indptr[row + 1]; at++) {
      if (place[table.indices[at]] < 0) continue;
      indices.push(place[table.indices[at]]);
      data.push(table.data[at]);
    }
    indptr[row + 1] = indices.length;
  }
  const parts = { indptr, indices: Int32Array.from(indices), data: Float64Array.from(data) };
  return { ...table, cols: chosen.length, ...parts };
}

/** @throws InferenceError INVALID_INPUT for missing and infinite cells; among text, as in an array of objects, for missing ones. */
function checkCells(table: Table, who: string): void {
  if (table.kind !== 'frame' || table.columns.every((column) => column.kind === 'number')) {
    const x = table.kind === 'frame' ? frameToMatrix(table, who) : table;
    checkFinite(x.data, x.kind === 'matrix' ? x.cols : 0, who, false, x.kind === 'matrix' ? x.names : undefined);
    return;
  }
  for (const { kind, name, data } of table.columns) {
    const row = kind === 'number' ? data.findIndex(Number.isNaN) : data.indexOf(null);
    if (row < 0) continue;
    throw invalidInput(
      `Input X contains NaN (null) at row ${row}, column "${name}"; ${who} does not accept missing values`,
    );
  }
}

/**
 * A transformer that keeps the columns of a mask.
 * @param takesMissing the tag `allow_nan`: with it nothing is checked, so that infinities pass too; without it all cells must
 * be finite, also those of columns that are not kept.
 */
export function selector(
  fitted: Fitted,
  mask: readonly boolean[],
  takesMissing: boolean,
): Estimator & { transform(x: Table): Table } {
  const chosen = Int32Array.from(mask.keys()).filter((column) => mask[column]);
  const base = estimatorBase(fitted, 'transformer', mask.length);
  return {
    ...base,
    featureNamesOut: (input) => Array.from(chosen, (column) => input[column]),
    transform(table) {
      const cols = table.kind === 'frame' ? table.columns.length : table.cols;
      if (cols !== mask.length) {
        throw invalidInput(
          `X has ${cols} features, but ${base.className} is expecting ${mask.length} features as input`,
        );
      }
      if (!takesMissing) checkCells(table, base.className);
      return pickColumns(table, chosen);
    },
  };
}
