import { PyDict } from '../../pickle/values.ts';
import { arrayValues, isMissing } from '../categories.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, sameNames } from '../estimator-base.ts';
import { Fitted, scalarNumber } from '../fitted.ts';
import { encodeColumns, readEncoder } from './encode-categories.ts';
import { dtypeParameter } from './one-hot-encoder.ts';

const MODULES = ['sklearn.preprocessing._encoders', 'sklearn.preprocessing.data', 'sklearn.preprocessing'];

/** Codes in one column for each column; missing values become `encoded_missing_value` (NaN) since 1.0. */
export const ordinalEncoder: EstimatorClass = {
  modules: MODULES,
  name: 'OrdinalEncoder',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const state = readEncoder(fitted, context.version);
    const missing = readMissing(fitted);
    const encodedMissing = fitted.numberOr(NaN, 'encoded_missing_value');
    const useUnknown = state.handleUnknown === 'use_encoded_value';
    const unknownValue = useUnknown ? fitted.numberOr(NaN, 'unknown_value') : NaN;
    const dtype = dtypeParameter(fitted.raw('dtype'));
    const cols = state.categories.length;
    const base = estimatorBase(fitted, 'transformer', cols);
    return {
      ...base,
      featureNamesOut: sameNames,
      transform(table: Table): Table {
        const columns = encodeColumns(table, state, base.className, missing);
        const data = new Float64Array(table.rows * cols);
        columns.forEach(({ codes, known }, column) => {
          const missingCode = missing.get(column);
          for (let row = 0; row < table.rows; row++) {
            let value = codes[row];
            if (codes[row] === missingCode) value = encodedMissing;
            if (known[row] === 0) value = unknownValue;
            data[row * cols + column] = value;
          }
        });
        return { kind: 'matrix', rows: table.rows, cols, data, dtype };
      },
    };
  },
};

/** For each column with a missing category its code, as stored in `_missing_indices` since 1.0. */
function readMissing(fitted: Fitted): ReadonlyMap<number, number> {
  const stored = fitted.raw('_missing_indices');
  const missing = new Map<number, number>();
  if (!(stored instanceof PyDict)) return missing;
  for (const [column, code] of stored.entries) {
    const [key, value] = [scalarNumber(column), scalarNumber(code)];
    if (key === undefined || value === undefined || isMissing(value)) fitted.corrupt('"_missing_indices" is damaged');
    missing.set(key, value);
  }
  return missing;
}

/** Each category becomes the (smoothed) mean of the target; for several classes one column for each class. */
export const targetEncoder: EstimatorClass = {
  modules: ['sklearn.preprocessing._target_encoder', 'sklearn.preprocessing'],
  name: 'TargetEncoder',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const state = { ...readEncoder(fitted, context.version), handleUnknown: 'ignore' };
    const encodings = fitted.list('encodings_').map((value) => fitted.toFloats(value, 'encodings_'));
    const means = fitted.floats('target_mean_');
    const perColumn = fitted.text('target_type_') === 'multiclass' ? fitted.array('classes_').size : 1;
    const fits = encodings.every(
      (encoding, out) => encoding.length === state.categories[Math.floor(out / perColumn)]?.values.length,
    );
    if (!fits || encodings.length !== state.categories.length * perColumn || means.length !== perColumn) {
      fitted.corrupt('"encodings_" does not fit "categories_"');
    }
    const base = estimatorBase(fitted, 'transformer', state.categories.length);
    const classes = perColumn > 1 ? arrayValues(fitted.array('classes_')).map(String) : [];
    return {
      ...base,
      featureNamesOut: (input) =>
        perColumn === 1 ? input : input.flatMap((name) => classes.map((label) => `${name}_${label}`)),
      transform(table: Table): Table {
        const columns = encodeColumns(table, state, base.className);
        const cols = encodings.length;
        const data = new Float64Array(table.rows * cols);
        encodings.forEach((encoding, out) => {
          const { codes, known } = columns[Math.floor(out / perColumn)];
          for (let row = 0; row < table.rows; row++) {
            data[row * cols + out] = known[row] === 0 ? means[out % perColumn] : encoding[codes[row]];
          }
        });
        return { kind: 'matrix', rows: table.rows, cols, data, dtype: 'float64' };
      },
    };
  },
};
