import { NdArray } from '../../numpy/ndarray.ts';
import type { BuildContext, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase, sameNames, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';
import { dtypeParameter } from './one-hot-encoder.ts';

/** How many of the (ascending) edges are at or below the value. */
function countAtOrBelow(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Releases up to 1.0 nudged each value up by 1e-8 + 1e-5·|x| before looking for its bin, in the dtype of X.
 */
function nudge(value: number, float32: boolean): number {
  if (!float32) return value + (1e-8 + 1e-5 * Math.abs(value));
  const scaled = Math.fround(Math.fround(1e-5) * Math.abs(value));
  return Math.fround(value + Math.fround(Math.fround(1e-8) + scaled));
}

function readEdges(fitted: Fitted): readonly Float64Array[] {
  const stored = fitted.raw('bin_edges_');
  if (!(stored instanceof NdArray)) fitted.corrupt('"bin_edges_" is no array');
  if (stored.shape.length === 2) {
    const { rows, cols, data } = fitted.matrix('bin_edges_');
    return Array.from({ length: rows }, (_, row) => data.subarray(row * cols, (row + 1) * cols));
  }
  return fitted.list('bin_edges_').map((edges) => fitted.toFloats(edges, 'bin_edges_'));
}

/** Bin numbers, or one column for each bin. */
export const kBinsDiscretizer: EstimatorClass = {
  modules: ['sklearn.preprocessing._discretization', 'sklearn.preprocessing'],
  name: 'KBinsDiscretizer',
  build(object, context: BuildContext): Estimator {
    const fitted = new Fitted(object);
    const edges = readEdges(fitted);
    const nudged = !versionAtLeast(context.version, 1, 1);
    const takesDtype = versionAtLeast(context.version, 0, 24);
    const encode = fitted.text('encode', 'onehot');
    const ownDtype = fitted.has('dtype') ? dtypeParameter(fitted.raw('dtype')) : undefined;
    const encoder =
      encode === 'ordinal'
        ? undefined
        : context.build(fitted.raw('_encoder') ?? null, 'the encoder of KBinsDiscretizer');
    const base = estimatorBase(fitted, 'transformer', edges.length);

    function bin(x: Matrix): Matrix {
      const float32 = x.dtype === 'float32';
      const inner = edges.map((all) => all.subarray(1, all.length - 1));
      const data = x.data.map((value, at) =>
        countAtOrBelow(inner[at % x.cols], nudged ? nudge(value, float32) : value),
      );
      return matrixLike(x, x.rows, x.cols, data);
    }

    return {
      ...base,
      featureNamesOut: (input) => encoder?.featureNamesOut?.(input) ?? sameNames(input),
      transform(table: Table): Table {
        const x = toMatrix(table, base.className, edges.length);
        requireFinite(x, base.className);
        const binned = bin(ownDtype === undefined ? x : { ...x, dtype: ownDtype });
        if (encoder?.transform === undefined) return binned;
        const encoded = encoder.transform(binned);
        if (!takesDtype) return encoded;
        // the one-hot columns take the dtype of X, not the encoder's own
        if (encode === 'onehot-dense' && encoded.kind === 'matrix') return { ...encoded, dtype: binned.dtype };
        return encoded.kind === 'sparse' ? { ...encoded, dtype: binned.dtype } : encoded;
      },
    };
  },
};
