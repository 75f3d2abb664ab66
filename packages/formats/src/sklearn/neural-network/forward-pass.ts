import { NdArray } from '../../numpy/ndarray.ts';
import type { Matrix, SparseMatrix } from '../estimator.ts';
import { type Dense, type Fitted, listItems } from '../fitted.ts';
import { logistic, softmaxRows } from '../linear/probability.ts';
import { timesTransposed, transpose } from '../matrix-product.ts';

type Activation = (data: Float64Array, rows: number, cols: number) => Float64Array;

const activations = new Map<string, Activation>([
  ['identity', (data) => data],
  ['logistic', (data) => data.map(logistic)],
  ['tanh', (data) => data.map(Math.tanh)],
  ['relu', (data) => data.map((value) => (value > 0 ? value : Number.isNaN(value) ? value : 0))],
  ['exp', (data) => data.map(Math.exp)],
  ['softmax', softmaxRows],
]);

interface Layer {
  /** [outputs, inputs]. */
  readonly weights: Dense;
  readonly bias: Float64Array;
  readonly activation: Activation;
}

/** A multi-layer perceptron's layers. */
export interface Network {
  readonly inputs: number;
  readonly outputs: number;
  /** Fitted on float32: for float32 input the library computes in it. */
  readonly float32: boolean;
  run(x: Matrix | SparseMatrix): Float64Array;
}

function readActivation(fitted: Fitted, name: string): Activation {
  const known = activations.get(name);
  if (known === undefined) fitted.unsupported(`activation="${name}"`);
  return known;
}

/** Reads `coefs_` and `intercepts_`. @throws LoadError CorruptModel when the layers do not fit each other. */
export function readNetwork(fitted: Fitted): Network {
  const hidden = readActivation(fitted, fitted.text('activation', 'relu'));
  const last = readActivation(fitted, fitted.text('out_activation_'));
  const biases = fitted.list('intercepts_').map((value) => fitted.toFloats(value, 'intercepts_'));
  const stored = fitted.list('coefs_');
  const layers = stored.map((value, index): Layer => {
    const weights = transpose(fitted.toDense(value, 'coefs_'));
    if (biases[index]?.length !== weights.rows) fitted.corrupt(`layer ${index} has no bias for each unit`);
    return { weights, bias: biases[index], activation: index === stored.length - 1 ? last : hidden };
  });
  if (layers.length === 0) fitted.corrupt('it has no layers');
  layers.forEach(({ weights }, index) => {
    if (index > 0 && weights.cols !== layers[index - 1].weights.rows)
      fitted.corrupt(`layer ${index} does not fit layer ${index - 1}`);
  });
  const float32 = listItems(fitted.raw('coefs_'))?.every((one) => one instanceof NdArray && one.dtype.itemSize === 4);
  return {
    inputs: layers[0].weights.cols,
    outputs: layers[layers.length - 1].weights.rows,
    float32: float32 === true,
    run(x) {
      const round = float32 === true && x.dtype === 'float32';
      let current: Matrix | SparseMatrix = x;
      for (const { weights, bias, activation } of layers) {
        const sums: Float64Array = timesTransposed(current, weights);
        for (let at = 0; at < sums.length; at++) sums[at] += bias[at % weights.rows];
        const data = activation(round ? sums.map(Math.fround) : sums, x.rows, weights.rows);
        current = { kind: 'matrix', rows: x.rows, cols: weights.rows, data, dtype: 'float64' };
      }
      return current.data;
    },
  };
}
