import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import { floats, int64s } from '../results.ts';

/** Outliers by their squared Mahalanobis distance from a robust centre. */
const ellipticEnvelope: EstimatorClass = {
  modules: ['sklearn.covariance._elliptic_envelope', 'sklearn.covariance.elliptic_envelope', 'sklearn.covariance'],
  name: 'EllipticEnvelope',
  build(object): Estimator {
    const fitted = new Fitted(object);
    if (!fitted.flag('store_precision', true)) fitted.unsupported('store_precision=False');
    const centre = fitted.floats('location_');
    const cols = centre.length;
    const precision = fitted.matrix('precision_');
    if (precision.rows !== cols || precision.cols !== cols) fitted.corrupt('"precision_" does not fit its location');
    const offset = fitted.number('offset_');

    function decide(table: Table): Float64Array {
      const x = toMatrix(table, fitted.className, cols);
      requireFinite(x, fitted.className);
      const out = new Float64Array(x.rows);
      const difference = new Float64Array(cols);
      for (let row = 0; row < x.rows; row++) {
        for (let col = 0; col < cols; col++) difference[col] = x.data[row * cols + col] - centre[col];
        let distance = 0;
        for (let i = 0; i < cols; i++) {
          let sum = 0;
          for (let j = 0; j < cols; j++) sum += precision.data[i * cols + j] * difference[j];
          distance += difference[i] * sum;
        }
        out[row] = -distance - offset;
      }
      return out;
    }

    const inside = (value: number) => (value >= 0 ? 1 : -1);
    return {
      ...estimatorBase(fitted, 'outlier', cols),
      predict: (x) => int64s([x.rows], decide(x).map(inside)),
      decisionFunction: (x) => floats([x.rows], decide(x)),
    };
  },
};

/** `sklearn.covariance`, what predicts. */
export const COVARIANCE: readonly EstimatorClass[] = [ellipticEnvelope];
