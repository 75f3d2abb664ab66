import { invalidInput } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import type { PyValue } from '../../pickle/values.ts';
import { arrayValues } from '../categories.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted, listItems } from '../fitted.ts';
import { argmaxRows, floats } from '../results.ts';
import { combineLabels, readClassTargets } from './class-targets.ts';
import { neighborInput, readWeights } from './estimator-input.ts';
import { readSearch } from './neighbor-search.ts';
import { distanceWeights } from './weights.ts';

/** For each output the label of rows without neighbours: a class, another label, or undefined for none. */
function readOutlierLabels(fitted: Fitted, outputs: number): readonly (PyValue | undefined)[] {
  const value = fitted.raw('outlier_label_');
  if (value === undefined || value === null) return new Array(outputs).fill(undefined);
  const items = value instanceof NdArray ? arrayValues(value) : (listItems(value) ?? [value]);
  return items.map((item) => (item instanceof NdArray ? (item.data[0] as PyValue) : item));
}

const classifier: EstimatorClass = {
  modules: ['sklearn.neighbors._classification', 'sklearn.neighbors.classification', 'sklearn.neighbors'],
  name: 'RadiusNeighborsClassifier',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const search = readSearch(fitted, context.version);
    const radius = fitted.number('radius');
    const weights = readWeights(fitted);
    const targets = readClassTargets(fitted, search.rows);
    const { classes, codes, outputs } = targets;
    const outlierLabels = readOutlierLabels(fitted, outputs);
    outlierLabels.forEach((label, output) => {
      const whole = classes[output]?.data instanceof BigInt64Array || classes[output]?.data instanceof BigUint64Array;
      const fits = !whole || typeof label === 'bigint' || Number.isSafeInteger(label);
      if (label !== undefined && !fits) fitted.corrupt('"outlier_label_" is no label like its classes');
    });
    const outlierCodes = outlierLabels.map((label, output) => {
      const values = arrayValues(classes[output]).map(comparable);
      return label === undefined ? -1 : values.indexOf(comparable(label));
    });

    function refuseOutlier(row: number): void {
      if (outlierLabels[0] !== undefined) return;
      throw invalidInput(
        `No neighbors found for row ${row} within radius ${radius}; the model was fitted without an outlier_label`,
      );
    }

    function probabilities(table: Table): Float64Array[] {
      const x = neighborInput(table, fitted, search);
      const out = classes.map((one) => new Float64Array(x.rows * one.size));
      for (let row = 0; row < x.rows; row++) {
        const found = search.within(x, row, radius);
        if (found.indices.length === 0) refuseOutlier(row);
        const weight = distanceWeights(weights, found.distances);
        classes.forEach(({ size }, output) => {
          const own = out[output].subarray(row * size, (row + 1) * size);
          found.indices.forEach((index, k) => {
            own[codes[index * outputs + output]] += weight[k];
          });
          if (found.indices.length === 0 && outlierCodes[output] >= 0) own[outlierCodes[output]] = 1;
          const total = own.reduce((sum, value) => sum + value, 0) || 1;
          for (let col = 0; col < size; col++) own[col] /= total;
        });
      }
      return out;
    }

    return {
      ...estimatorBase(fitted, 'classifier', search.cols),
      classes,
      ...(outputs > 1 ? { outputs } : {}),
      predict(table) {
        const all = probabilities(table);
        const winners = all.map((one, output) => argmaxRows(one, table.rows, classes[output].size));
        const labels = combineLabels(targets, winners, table.rows);
        return replaceOutliers(labels, all, classes, outlierLabels);
      },
      predictProba(table) {
        const arrays = probabilities(table).map((one, output) => floats([table.rows, classes[output].size], one));
        return targets.twoDimensional ? arrays : arrays[0];
      },
    };
  },
};

function comparable(value: PyValue | undefined): PyValue | undefined {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** A row without probability gets the outlier label, which may be no class. */
function replaceOutliers(
  labels: NdArray,
  probabilities: readonly Float64Array[],
  classes: readonly NdArray[],
  outlierLabels: readonly (PyValue | undefined)[],
): NdArray {
  const outputs = classes.length;
  const data = labels.data as PyValue[];
  probabilities.forEach((one, output) => {
    const { size } = classes[output];
    for (let row = 0; row * size < one.length; row++) {
      const label = outlierLabels[output];
      if (label === undefined || one.subarray(row * size, (row + 1) * size).some((value) => value !== 0)) continue;
      const bigint = labels.data instanceof BigInt64Array || labels.data instanceof BigUint64Array;
      data[row * outputs + output] = bigint && typeof label === 'number' ? BigInt(label) : label;
    }
  });
  return labels;
}

const regressor: EstimatorClass = {
  modules: ['sklearn.neighbors._regression', 'sklearn.neighbors.regression', 'sklearn.neighbors'],
  name: 'RadiusNeighborsRegressor',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const search = readSearch(fitted, context.version);
    const radius = fitted.number('radius');
    const weights = readWeights(fitted);
    const stored = fitted.array('_y');
    const y = fitted.floats('_y');
    const outputs = y.length / search.rows;
    if (!Number.isInteger(outputs)) fitted.corrupt('"_y" does not fit its rows');
    const float32 = stored.dtype.kind === 'f' && stored.dtype.itemSize === 4 && weights === 'uniform';
    // numpy.full_like(y, nan) of whole numbers holds the smallest int64
    const none = stored.dtype.kind === 'f' ? NaN : -(2 ** 63);
    return {
      ...estimatorBase(fitted, 'regressor', search.cols),
      outputs,
      predict(table) {
        const x = neighborInput(table, fitted, search);
        const out = new Float64Array(x.rows * outputs).fill(none);
        for (let row = 0; row < x.rows; row++) {
          const found = search.within(x, row, radius);
          if (found.indices.length === 0) continue;
          const weight = distanceWeights(weights, found.distances);
          const total = weight.reduce((sum, value) => sum + value, 0);
          for (let output = 0; output < outputs; output++) {
            let sum = 0;
            found.indices.forEach((index, k) => {
              sum += y[index * outputs + output] * weight[k];
            });
            out[row * outputs + output] = sum / total;
          }
        }
        return floats(stored.shape.length === 1 ? [x.rows] : [x.rows, outputs], out, float32);
      },
    };
  },
};

export const radiusNeighborsClasses: readonly EstimatorClass[] = [classifier, regressor];
