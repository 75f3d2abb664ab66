import { NdArray } from '../../numpy/ndarray.ts';
import { PyGlobal, PyObject, type PyValue } from '../../pickle/values.ts';
import type { Estimator, EstimatorClass, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted, scalarNumber } from '../fitted.ts';
import { sparseToDense } from '../numbers.ts';
import { fromTriples } from '../sparse.ts';
import { type EncoderState, encodeColumns, readEncoder } from './encode-categories.ts';

/** The dtype that a `dtype` parameter (numpy.float64, a dtype object, a name) asks for. */
export function dtypeParameter(value: PyValue | undefined): Matrix['dtype'] {
  let name = '';
  if (value instanceof PyGlobal) name = value.name;
  else if (value instanceof PyObject) name = String(value.args[0] ?? '');
  else if (typeof value === 'string') name = value;
  if (/^(float32|f4|single)$/.test(name)) return 'float32';
  if (/^(u?int\d*|[iu]\d|long)$/.test(name)) return 'int64';
  return /^bool_?$/.test(name) ? 'bool' : 'float64';
}

/** The category index that is dropped in each column, after grouping; -1 where none is. */
function readDropped(fitted: Fitted, columns: number): Int32Array {
  const dropped = new Int32Array(columns).fill(-1);
  const value = fitted.raw('_drop_idx_after_grouping', 'drop_idx_');
  if (value === undefined || value === null) return dropped;
  const items = value instanceof NdArray ? Array.from(value.data as ArrayLike<PyValue>) : fitted.list('drop_idx_');
  items.forEach((item, column) => {
    dropped[column] = scalarNumber(item) ?? -1;
  });
  return dropped;
}

function largest(values: Int32Array): number {
  return values.reduce((most, value) => Math.max(most, value), -1);
}

/** Number of categories of a column after grouping. */
function groupedCount(state: EncoderState, column: number): number {
  const grouping = state.grouping[column];
  return grouping === undefined ? state.categories[column].values.length : largest(grouping) + 1;
}

/** One column for each category; sparse unless `sparse_output` (before 1.2 `sparse`) says otherwise. */
export const oneHotEncoder: EstimatorClass = {
  modules: ['sklearn.preprocessing._encoders', 'sklearn.preprocessing.data', 'sklearn.preprocessing'],
  name: 'OneHotEncoder',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    if (!fitted.has('categories_')) fitted.unsupported('the form it had before scikit-learn 0.20');
    const state = readEncoder(fitted, context.version);
    const count = state.categories.length;
    const arrays = fitted.list('categories_').filter((array) => array instanceof NdArray);
    const dropped = readDropped(fitted, count);
    dropped.forEach((index, column) => {
      if (index < -1 || index >= groupedCount(state, column))
        fitted.corrupt(`"drop_idx_" names category ${index} of column ${column}`);
    });
    const widths = state.categories.map((_, column) => groupedCount(state, column) - (dropped[column] < 0 ? 0 : 1));
    const starts = Int32Array.from({ length: count + 1 }, () => 0);
    widths.forEach((width, column) => {
      starts[column + 1] = starts[column] + width;
    });
    const sparseOutput = fitted.has('sparse_output') ? fitted.flag('sparse_output', true) : fitted.flag('sparse', true);
    const dtype = dtypeParameter(fitted.raw('dtype'));
    const base = estimatorBase(fitted, 'transformer', count);

    function encode(table: Table): SparseMatrix {
      const columns = encodeColumns(table, state, base.className);
      const rowIndex: number[] = [];
      const colIndex: number[] = [];
      for (let row = 0; row < table.rows; row++) {
        for (let column = 0; column < count; column++) {
          const code = columns[column].codes[row];
          if (columns[column].known[row] === 0 || code === dropped[column]) continue;
          rowIndex.push(row);
          colIndex.push(starts[column] + code - (dropped[column] >= 0 && code > dropped[column] ? 1 : 0));
        }
      }
      const ones = new Float64Array(rowIndex.length).fill(1);
      return { ...fromTriples(table.rows, starts[count], rowIndex, colIndex, ones), dtype };
    }

    return {
      ...base,
      transform: (table) => (sparseOutput ? encode(table) : sparseToDense(encode(table))),
      featureNamesOut: (input) => oneHotNames(input, state, arrays, dropped),
    };
  },
};

function oneHotNames(
  input: readonly string[],
  state: EncoderState,
  arrays: readonly NdArray[],
  dropped: Int32Array,
): readonly string[] {
  return state.categories.flatMap(({ values }, column) => {
    const grouping = state.grouping[column];
    const float = arrays[column].dtype.kind === 'f';
    let labels = values.map((value) => pythonText(value, float));
    if (grouping !== undefined) {
      const rest = largest(grouping);
      labels = [...labels.filter((_, index) => grouping[index] < rest), 'infrequent_sklearn'];
    }
    return labels.filter((_, index) => index !== dropped[column]).map((label) => `${input[column]}_${label}`);
  });
}

/** `str(value)` of a category. */
function pythonText(value: PyValue, float: boolean): string {
  if (float && Number.isInteger(value)) return `${value}.0`;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' && Number.isNaN(value)) return 'nan';
  return String(value);
}
