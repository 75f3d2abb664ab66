import { PyDict } from '../../pickle/values.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted, scalarNumber } from '../fitted.ts';
import { sparseToDense } from '../numbers.ts';
import { dtypeParameter } from '../preprocessing/one-hot-encoder.ts';
import { namedFeatures } from './hashing.ts';
import { SparseRows } from './term-counts.ts';

/** Named values as columns; what was not met in training is left out. */
export const dictVectorizer: EstimatorClass = {
  modules: [
    'sklearn.feature_extraction._dict_vectorizer',
    'sklearn.feature_extraction.dict_vectorizer',
    'sklearn.feature_extraction',
  ],
  name: 'DictVectorizer',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const names = fitted.list('feature_names_').map(String);
    const vocabulary = new Map<string, number>();
    const stored = fitted.raw('vocabulary_');
    if (!(stored instanceof PyDict)) fitted.corrupt('"vocabulary_" is no dict');
    for (const [name, column] of (stored as PyDict).entries) {
      const index = scalarNumber(column);
      if (index === undefined || !(index >= 0 && index < names.length))
        return fitted.corrupt('"vocabulary_" is damaged');
      vocabulary.set(String(name), index);
    }
    const separator = fitted.text('separator', '=');
    const sparse = fitted.flag('sparse', true);
    const dtype = dtypeParameter(fitted.raw('dtype'));
    return {
      ...estimatorBase(fitted, 'transformer'),
      featureNamesOut: () => names,
      transform(table: Table): Table {
        const rows = new SparseRows();
        const features = namedFeatures(table, separator, fitted.className);
        for (let at = 0; at < table.rows; at++) {
          const row = new Map<number, number>();
          for (const [name, value] of features(at)) {
            const column = vocabulary.get(name);
            if (column !== undefined) row.set(column, (row.get(column) ?? 0) + value);
          }
          rows.add(row);
        }
        const result = rows.build(names.length, dtype);
        return sparse ? result : sparseToDense(result);
      },
    };
  },
};
