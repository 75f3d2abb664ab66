import type { NdArray } from '../../numpy/ndarray.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { argmaxRows, floats } from '../results.ts';
import { combineLabels, readClassTargets } from './class-targets.ts';
import { neighborInput, readNeighborCount, readWeights } from './estimator-input.ts';
import { readSearch } from './neighbor-search.ts';
import { distanceWeights } from './weights.ts';

const classifier: EstimatorClass = {
  modules: ['sklearn.neighbors._classification', 'sklearn.neighbors.classification', 'sklearn.neighbors'],
  name: 'KNeighborsClassifier',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const search = readSearch(fitted, context.version);
    const neighborCount = readNeighborCount(fitted, search);
    const weights = readWeights(fitted);
    const targets = readClassTargets(fitted, search.rows);
    const { classes, codes, outputs } = targets;

    /** The weights that each class got, one table for each output. */
    function votes(table: Table): Float64Array[] {
      const x = neighborInput(table, fitted, search);
      const count = neighborCount();
      const out = classes.map((one) => new Float64Array(x.rows * one.size));
      for (let row = 0; row < x.rows; row++) {
        const found = search.nearest(x, row, count);
        const weight = distanceWeights(weights, found.distances);
        for (let k = 0; k < count; k++) {
          for (let output = 0; output < outputs; output++) {
            out[output][row * classes[output].size + codes[found.indices[k] * outputs + output]] += weight[k];
          }
        }
      }
      return out;
    }

    function probabilities(table: Table): NdArray[] {
      return votes(table).map((one, output) => {
        const width = classes[output].size;
        for (let row = 0; row < table.rows; row++) {
          const own = one.subarray(row * width, (row + 1) * width);
          const total = own.reduce((sum, value) => sum + value, 0) || 1;
          for (let col = 0; col < width; col++) own[col] /= total;
        }
        return floats([table.rows, width], one);
      });
    }

    return {
      ...estimatorBase(fitted, 'classifier', search.cols),
      classes,
      ...(outputs > 1 ? { outputs } : {}),
      predict(table) {
        const winners = votes(table).map((one, output) => argmaxRows(one, table.rows, classes[output].size));
        return combineLabels(targets, winners, table.rows);
      },
      predictProba(table) {
        const all = probabilities(table);
        return targets.twoDimensional ? all : all[0];
      },
    };
  },
};

const regressor: EstimatorClass = {
  modules: ['sklearn.neighbors._regression', 'sklearn.neighbors.regression', 'sklearn.neighbors'],
  name: 'KNeighborsRegressor',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const search = readSearch(fitted, context.version);
    const neighborCount = readNeighborCount(fitted, search);
    const weights = readWeights(fitted);
    const stored = fitted.array('_y');
    const y = fitted.floats('_y');
    const outputs = y.length / search.rows;
    if (!Number.isInteger(outputs)) fitted.corrupt('"_y" does not fit its rows');
    const float32 = stored.dtype.kind === 'f' && stored.dtype.itemSize === 4 && weights === 'uniform';
    return {
      ...estimatorBase(fitted, 'regressor', search.cols),
      outputs,
      predict(table): NdArray {
        const x = neighborInput(table, fitted, search);
        const count = neighborCount();
        const out = new Float64Array(x.rows * outputs);
        for (let row = 0; row < x.rows; row++) {
          const found = search.nearest(x, row, count);
          const weight = distanceWeights(weights, found.distances);
          const total = weight.reduce((sum, value) => sum + value, 0);
          for (let output = 0; output < outputs; output++) {
            let sum = 0;
            for (let k = 0; k < count; k++) sum += y[found.indices[k] * outputs + output] * weight[k];
            out[row * outputs + output] = sum / total;
          }
        }
        return floats(stored.shape.length === 1 ? [x.rows] : [x.rows, outputs], out, float32);
      },
    };
  },
};

export const kNeighborsClasses: readonly EstimatorClass[] = [classifier, regressor];
