import type { Estimator, EstimatorClass, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted, listItems, scalarNumber } from '../fitted.ts';
import { matrixLike, requireFinite, sparseToDense, toNumbers } from '../numbers.ts';

/** Output columns that one model may have. */
const MAX_COLUMNS = 2 ** 22;

/** Each output column as an earlier column times an input column; `factor` -1 is the input (or the bias) itself. */
interface Product {
  readonly earlier: number;
  readonly factor: number;
  readonly degree: number;
}

/** The terms in scikit-learn's order: by degree, then lexicographically by the columns they multiply. */
function listProducts(cols: number, maxDegree: number, interactionOnly: boolean, fitted: Fitted): Product[] {
  const products: Product[] = [];
  const add = (product: Product) => {
    if (products.length >= MAX_COLUMNS) fitted.unsupported('more than 4 million output columns');
    products.push(product);
  };
  let from = 0;
  for (let degree = 1; degree <= maxDegree; degree++) {
    const to = products.length;
    if (degree === 1) for (let factor = 0; factor < cols; factor++) add({ earlier: -1, factor, degree });
    for (let earlier = from; earlier < to; earlier++) {
      const last = products[earlier].factor;
      for (let factor = interactionOnly ? last + 1 : last; factor < cols; factor++) add({ earlier, factor, degree });
    }
    if (products.length === to) break;
    from = to;
  }
  return products;
}

function readDegrees(fitted: Fitted): [min: number, max: number] {
  const degree = fitted.raw('degree');
  const range = listItems(degree)?.map((item) => scalarNumber(item) ?? NaN);
  const [min, max] = range ?? [0, scalarNumber(degree) ?? NaN];
  if (!Number.isInteger(min) || !Number.isInteger(max)) fitted.corrupt('"degree" is neither a number nor a pair');
  return [min, max];
}

/** All products of the features up to a degree (or between two), with or without powers of one feature. */
export const polynomialFeatures: EstimatorClass = {
  modules: [
    'sklearn.preprocessing._polynomial',
    'sklearn.preprocessing._data',
    'sklearn.preprocessing.data',
    'sklearn.preprocessing',
  ],
  name: 'PolynomialFeatures',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const cols = fitted.number('n_features_in_', 'n_input_features_', '_n_features');
    const [minDegree, maxDegree] = readDegrees(fitted);
    const products = listProducts(cols, maxDegree, fitted.flag('interaction_only', false), fitted);
    const bias = fitted.flag('include_bias', true) ? 1 : 0;
    const kept = Int32Array.from(products.keys()).filter((at) => products[at].degree >= minDegree);
    const width = bias + kept.length;
    const base = estimatorBase(fitted, 'transformer', cols);

    function expand(x: Matrix): Matrix {
      const out = new Float64Array(x.rows * width);
      const terms = new Float64Array(products.length);
      const float32 = x.dtype === 'float32';
      for (let row = 0; row < x.rows; row++) {
        for (let at = 0; at < products.length; at++) {
          const { earlier, factor } = products[at];
          const value = x.data[row * cols + factor];
          const product = earlier < 0 ? value : terms[earlier] * value;
          terms[at] = float32 ? Math.fround(product) : product;
        }
        if (bias === 1) out[row * width] = 1;
        for (let k = 0; k < kept.length; k++) out[row * width + bias + k] = terms[kept[k]];
      }
      return matrixLike(x, x.rows, width, out);
    }

    return {
      ...base,
      featureNamesOut: (input) => productNames(input, products, kept, bias === 1),
      transform(table: Table): Table {
        const x = toNumbers(table, base.className, cols);
        requireFinite(x, base.className);
        return x.kind === 'sparse' ? toSparse(expand(sparseToDense(x))) : expand(x);
      },
    };
  },
};

/** Keeps what is not zero. */
export function toSparse(x: Matrix): SparseMatrix {
  const indptr = new Int32Array(x.rows + 1);
  const indices: number[] = [];
  const data: number[] = [];
  for (let row = 0; row < x.rows; row++) {
    for (let col = 0; col < x.cols; col++) {
      const value = x.data[row * x.cols + col];
      if (value === 0) continue;
      indices.push(col);
      data.push(value);
    }
    indptr[row + 1] = indices.length;
  }
  const { rows, cols, dtype } = x;
  return {
    kind: 'sparse',
    rows,
    cols,
    indptr,
    indices: Int32Array.from(indices),
    data: Float64Array.from(data),
    dtype,
  };
}

function productNames(
  input: readonly string[],
  products: readonly Product[],
  kept: Int32Array,
  bias: boolean,
): readonly string[] {
  const powersOf = (at: number): number[] => {
    const powers = new Array(input.length).fill(0);
    for (let walk = at; walk >= 0; walk = products[walk].earlier) powers[products[walk].factor]++;
    return powers;
  };
  const names = Array.from(kept, (at) =>
    powersOf(at)
      .flatMap((power, col) => (power === 0 ? [] : [power === 1 ? input[col] : `${input[col]}^${power}`]))
      .join(' '),
  );
  return bias ? ['1', ...names] : names;
}
