import { NdArray } from '../../numpy/ndarray.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, versionAtLeast } from '../estimator-base.ts';
import { type Dense, Fitted } from '../fitted.ts';
import { softmaxRows } from '../linear/probability.ts';
import { isFloat32, logSumExpRows } from '../matrix-product.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import { argmaxRows, floats, logOf, takeLabels } from '../results.ts';

/** A class: its mean, its rotation with the scaling divided in, and the part of the score that no row changes. */
interface Ellipsoid {
  readonly mean: Float64Array;
  readonly whiten: Dense;
  readonly logDeterminant: number;
}

function readEllipsoids(fitted: Fitted, count: number): readonly Ellipsoid[] {
  const means = fitted.matrix('means_');
  const rotations = fitted.list('rotations_');
  const round = rotations.every((one) => one instanceof NdArray && isFloat32(one)) ? Math.fround : Number;
  const scalings = fitted.list('scalings_').map((value) => fitted.toFloats(value, 'scalings_'));
  if (means.rows !== count || rotations.length !== count || scalings.length !== count) {
    fitted.corrupt('its means, rotations and scalings do not fit its classes');
  }
  return rotations.map((value, index) => {
    const rotation = fitted.toDense(value, 'rotations_');
    const scaling = scalings[index];
    const roots = scaling.map((one) => round(one ** -0.5));
    if (rotation.rows !== means.cols || rotation.cols !== scaling.length)
      fitted.corrupt('a rotation does not fit its scaling');
    return {
      mean: means.data.subarray(index * means.cols, (index + 1) * means.cols),
      whiten: { ...rotation, data: rotation.data.map((one, at) => round(one * roots[at % rotation.cols])) },
      logDeterminant: scaling.reduce((sum, one) => round(sum + round(Math.log(one))), 0),
    };
  });
}

/** A normal distribution of each class with its own covariance. */
export const quadraticDiscriminant: EstimatorClass = {
  modules: ['sklearn.discriminant_analysis', 'sklearn.qda'],
  name: 'QuadraticDiscriminantAnalysis',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const classes = fitted.array('classes_');
    const count = classes.size;
    const prior = fitted.vector(count, 'priors_').map(Math.log);
    const ellipsoids = readEllipsoids(fitted, count);
    const cols = ellipsoids[0]?.mean.length ?? 0;

    function scores(table: Table): Float64Array {
      const x = toMatrix(table, fitted.className, cols);
      requireFinite(x, fitted.className);
      const out = new Float64Array(x.rows * count);
      for (let row = 0, at = 0; row < x.rows; row++) {
        for (let index = 0; index < count; index++, at++) {
          const { mean, whiten, logDeterminant } = ellipsoids[index];
          let norm = 0;
          for (let axis = 0; axis < whiten.cols; axis++) {
            let sum = 0;
            for (let col = 0; col < cols; col++) {
              sum += (x.data[row * cols + col] - mean[col]) * whiten.data[col * whiten.cols + axis];
            }
            norm += sum * sum;
          }
          out[at] = -0.5 * (norm + logDeterminant) + prior[index];
        }
      }
      return out;
    }

    const probabilities = (x: Table) => floats([x.rows, count], softmaxRows(scores(x), x.rows, count));
    return {
      ...estimatorBase(fitted, 'classifier', cols),
      classes: [classes],
      predict: (x) => takeLabels(classes, argmaxRows(scores(x), x.rows, count)),
      decisionFunction(x) {
        const all = scores(x);
        if (count !== 2) return floats([x.rows, count], all);
        return floats(
          [x.rows],
          Float64Array.from({ length: x.rows }, (_, row) => all[2 * row + 1] - all[2 * row]),
        );
      },
      predictProba: probabilities,
      predictLogProba(x) {
        const all = scores(x);
        if (!versionAtLeast(context.version, 1, 6)) return logOf(probabilities(x));
        const norm = logSumExpRows(all, x.rows, count);
        return floats(
          [x.rows, count],
          all.map((value, at) => value - norm[Math.floor(at / count)]),
        );
      },
    };
  },
};
