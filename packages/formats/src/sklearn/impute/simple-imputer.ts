import { invalidInput } from '@berth/inference';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { arrayValues, isMissing, tableColumns } from '../categories.ts';
import { commonDtype } from '../dense.ts';
import type { BuildContext, Cell, Column, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { sparseToDense, toMatrix } from '../numbers.ts';
import { missingMask, readMissingTest } from './missing.ts';
import { indicatorMatrix, readIndicatorFeatures } from './missing-indicator.ts';

/** What each column gets for its missing cells; undefined for a column that is left out. */
function readFills(fitted: Fitted, context: BuildContext): readonly (Cell | undefined)[] {
  const constant = fitted.text('strategy', 'mean') === 'constant';
  const keepEmpty = fitted.flag('keep_empty_features', false) || (constant && !versionAtLeast(context.version, 1, 6));
  // Kept since 1.8: what is filled in has the dtype of the rows in training.
  const filled = fitted.raw('_fill_dtype');
  const round = filled instanceof PyObject && filled.args[0] === 'f4' ? Math.fround : Number;
  return arrayValues(fitted.array('statistics_')).map((value: PyValue) => {
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'bigint') return Number(value);
    if (isMissing(value)) return keepEmpty ? NaN : undefined;
    return typeof value === 'number' ? round(value) : fitted.corrupt('"statistics_" holds something that is no cell');
  });
}

/** The features whose missing cells `add_indicator` tells of. */
export function readIndicator(fitted: Fitted, columns: number): Int32Array | undefined {
  const indicator = fitted.raw('indicator_');
  if (!fitted.flag('add_indicator', false) || !(indicator instanceof PyObject)) return undefined;
  return readIndicatorFeatures(new Fitted(indicator), columns);
}

function fillColumn(column: Column, mask: Uint8Array, fill: Cell): Column {
  if (column.kind === 'number' && typeof fill !== 'string') {
    const value = typeof fill === 'boolean' ? Number(fill) : (fill ?? NaN);
    const stored = column.dtype === 'float32' ? Math.fround(value) : value;
    return { ...column, data: column.data.map((cell, row) => (mask[row] === 1 ? stored : cell)) };
  }
  const cells = Array.from(column.data as ArrayLike<Cell>, (cell, row) => (mask[row] === 1 ? fill : cell));
  return { kind: 'object', name: column.name, data: cells };
}

/** The strategies `mean` and `median` compute in floats. */
function asFloats(x: Matrix): Matrix {
  return x.dtype === 'float32' ? x : { ...x, dtype: 'float64' };
}

/** A matrix where all columns are numbers, else a frame. */
function assemble(columns: readonly Column[], rows: number, named: boolean): Table {
  if (!columns.every((column) => column.kind === 'number')) return { kind: 'frame', rows, columns, named };
  const dtype = columns
    .map((column) => column.dtype)
    .reduce<Matrix['dtype'] | undefined>((all, own) => (all === undefined ? own : commonDtype(all, own)), undefined);
  const data = new Float64Array(rows * columns.length);
  columns.forEach((column, index) => {
    for (let row = 0; row < rows; row++) data[row * columns.length + index] = column.data[row];
  });
  const matrix: Matrix = { kind: 'matrix', rows, cols: columns.length, data, dtype: dtype ?? 'float64' };
  return named ? { ...matrix, names: columns.map((column) => column.name) } : matrix;
}

/** Puts indicator columns behind a table's own. */
export function appendIndicator(table: Table, indicator: Matrix): Table {
  const own = tableColumns(table.kind === 'sparse' ? sparseToDense(table) : table);
  const added = tableColumns(indicator).map((column) => ({ ...column, name: `missingindicator_${column.name}` }));
  const float32 = own.length > 0 && own.every((column) => column.kind === 'number' && column.dtype === 'float32');
  const typed = added.map((column) =>
    column.kind === 'number' && float32 ? { ...column, dtype: 'float32' as const } : column,
  );
  return assemble([...own, ...typed], table.rows, table.kind === 'frame' && table.named);
}

/** Fills missing cells with a statistic of each column; text columns with `most_frequent` and `constant`. */
function simpleImputer(name: string, modules: readonly string[]): EstimatorClass {
  return {
    modules,
    name,
    build(object, context): Estimator {
      const fitted = new Fitted(object);
      const fills = readFills(fitted, context);
      const isMissingCell = readMissingTest(fitted);
      const numeric = ['mean', 'median'].includes(fitted.text('strategy', 'mean'));
      const indicator = readIndicator(fitted, fills.length);
      const base = estimatorBase(fitted, 'transformer', fills.length);
      return {
        ...base,
        featureNamesOut: (input) => [
          ...input.filter((_, column) => fills[column] !== undefined),
          ...Array.from(indicator ?? [], (feature) => `missingindicator_${input[feature]}`),
        ],
        transform(table: Table): Table {
          const dense = table.kind === 'sparse' ? sparseToDense(table) : table;
          const x = numeric ? asFloats(toMatrix(dense, base.className)) : dense;
          const columns = tableColumns(x);
          if (columns.length !== fills.length) {
            throw invalidInput(
              `X has ${columns.length} features, but ${base.className} is expecting ${fills.length} features as input`,
            );
          }
          const masks = columns.map((column) => missingMask(column, x.rows, isMissingCell));
          const filled = columns.flatMap((column, index) => {
            const fill = fills[index];
            return fill === undefined ? [] : [fillColumn(column, masks[index], fill)];
          });
          const named = x.kind === 'frame' ? x.named : x.names !== undefined;
          const result = assemble(filled, x.rows, named);
          return indicator === undefined ? result : appendIndicator(result, indicatorMatrix(masks, indicator, x.rows));
        },
      };
    },
  };
}

export const simpleImputerClasses: readonly EstimatorClass[] = [
  simpleImputer('SimpleImputer', ['sklearn.impute._base', 'sklearn.impute']),
  // its predecessor, up to 0.21
  simpleImputer('Imputer', ['sklearn.preprocessing.imputation', 'sklearn.preprocessing']),
];
