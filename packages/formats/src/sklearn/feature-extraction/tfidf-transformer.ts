import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject } from '../../pickle/values.ts';
import type { Estimator, EstimatorClass, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase, sameNames } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { requireFinite, toNumbers } from '../numbers.ts';
import { toSparse } from '../preprocessing/polynomial-features.ts';
import { rowNormalizer } from '../preprocessing/row-wise.ts';
import { readSparse } from '../sparse.ts';

/** The inverse document frequencies: `idf_` since 1.4, before that a diagonal matrix. */
function readIdf(fitted: Fitted): Float64Array | undefined {
  if (!fitted.flag('use_idf', true)) return undefined;
  if (fitted.raw('idf_') instanceof NdArray) return fitted.floats('idf_');
  const stored = fitted.raw('_idf_diag');
  const diagonal = stored instanceof PyObject ? readSparse(stored) : undefined;
  if (diagonal === undefined) return fitted.corrupt('"idf_" is missing; was it fitted before it was saved?');
  const idf = new Float64Array(diagonal.cols);
  for (let row = 0; row < diagonal.rows; row++) {
    for (let at = diagonal.indptr[row]; at < diagonal.indptr[row + 1]; at++) {
      if (diagonal.indices[at] === row) idf[row] = diagonal.data[at];
    }
  }
  return idf;
}

/** Term frequencies (their logarithm plus one where `sublinear_tf`) times idf, each row normalised. */
export const tfidfTransformer: EstimatorClass = {
  modules: ['sklearn.feature_extraction.text'],
  name: 'TfidfTransformer',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const idf = readIdf(fitted);
    const sublinear = fitted.flag('sublinear_tf', false);
    const norm = fitted.has('norm') ? rowNormalizer(fitted.text('norm'), fitted, context.version) : undefined;
    const base = estimatorBase(fitted, 'transformer', idf?.length);

    function weigh(x: SparseMatrix): SparseMatrix {
      const data = x.data.slice();
      for (let at = 0; at < data.length; at++) {
        if (sublinear) data[at] = Math.log(data[at]) + 1;
        if (idf !== undefined) data[at] *= idf[x.indices[at]];
      }
      if (x.dtype === 'float32') return { ...x, data: data.map(Math.fround) };
      return { ...x, data, dtype: 'float64' };
    }

    return {
      ...base,
      featureNamesOut: sameNames,
      transform(table: Table): Table {
        const x = toNumbers(table, base.className, base.nFeaturesIn);
        requireFinite(x, base.className);
        const weighted = weigh(x.kind === 'sparse' ? x : toSparse(x));
        return norm?.(weighted) ?? weighted;
      },
    };
  },
};
