import { invalidInput } from '@berth/inference';
import { tableColumns } from '../categories.ts';
import type { Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { sparseToDense } from '../numbers.ts';
import { missingMask, readMissingTest } from './missing.ts';

/** The columns of a mask, one for each of `features`, as a boolean matrix. */
export function indicatorMatrix(masks: readonly Uint8Array[], features: Int32Array, rows: number): Matrix {
  const data = new Float64Array(rows * features.length);
  features.forEach((feature, index) => {
    for (let row = 0; row < rows; row++) data[row * features.length + index] = masks[feature][row];
  });
  return { kind: 'matrix', rows, cols: features.length, data, dtype: 'bool' };
}

/** `features_` of a MissingIndicator, checked against the number of columns. */
export function readIndicatorFeatures(fitted: Fitted, columns: number | undefined): Int32Array {
  const features = Int32Array.from(fitted.floats('features_'));
  for (const feature of features) {
    if (feature < 0 || (columns !== undefined && feature >= columns)) fitted.corrupt(`it indicates column ${feature}`);
  }
  return features;
}

/** Which cells are missing, as booleans, for the features that had missing values in training (or for all). */
export const missingIndicator: EstimatorClass = {
  modules: ['sklearn.impute._base', 'sklearn.impute'],
  name: 'MissingIndicator',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const isMissingCell = readMissingTest(fitted);
    const columnCount = fitted.has('_n_features') ? fitted.number('_n_features') : undefined;
    const features = readIndicatorFeatures(fitted, columnCount);
    const refuseNew = fitted.text('features', 'missing-only') === 'missing-only' && fitted.flag('error_on_new', true);
    const base = estimatorBase(fitted, 'transformer', columnCount);
    return {
      ...base,
      featureNamesOut: (input) => Array.from(features, (feature) => `missingindicator_${input[feature]}`),
      transform(table: Table): Table {
        const columns = tableColumns(table.kind === 'sparse' ? sparseToDense(table) : table);
        if (columnCount !== undefined && columns.length !== columnCount) {
          throw invalidInput(
            `X has ${columns.length} features, but ${base.className} is expecting ${columnCount} features as input`,
          );
        }
        const masks = columns.map((column) => missingMask(column, table.rows, isMissingCell));
        const news = masks.findIndex((mask, column) => refuseNew && mask.includes(1) && !features.includes(column));
        if (news >= 0) {
          throw invalidInput(`column ${news} has missing values but had none when ${base.className} was fitted`);
        }
        return indicatorMatrix(masks, features, table.rows);
      },
    };
  },
};
