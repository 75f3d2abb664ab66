import { PyObject } from '../../pickle/values.ts';
import type { Estimator, EstimatorClass, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { requireFinite, toNumbers } from '../numbers.ts';
import { argmaxRows, floats, int64s, logOf, takeLabels } from '../results.ts';
import { type Network, readNetwork } from './forward-pass.ts';

const MODULES = [
  'sklearn.neural_network._multilayer_perceptron',
  'sklearn.neural_network.multilayer_perceptron',
  'sklearn.neural_network',
];

function checked(table: Table, fitted: Fitted, network: Network): Matrix | SparseMatrix {
  const x = toNumbers(table, fitted.className, network.inputs);
  requireFinite(x, fitted.className);
  return x;
}

/** Labels by the fitted LabelBinarizer: one output against ½, several classes by the largest, several labels each against ½. */
const classifier: EstimatorClass = {
  modules: MODULES,
  name: 'MLPClassifier',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const network = readNetwork(fitted);
    const binarizer = fitted.raw('_label_binarizer');
    if (!(binarizer instanceof PyObject)) fitted.corrupt('"_label_binarizer" is missing');
    const labels = new Fitted(binarizer as PyObject);
    const type = labels.text('y_type_', 'multiclass');
    const classes = labels.array('classes_');
    const { outputs } = network;
    if (outputs !== (type === 'binary' ? 1 : classes.size) || (type === 'binary' && ![1, 2].includes(classes.size)))
      fitted.corrupt('its output layer does not fit its classes');

    function predictProba(table: Table) {
      const x = checked(table, fitted, network);
      const data = network.run(x);
      const float32 = network.float32 && x.dtype === 'float32';
      if (outputs > 1) return floats([x.rows, outputs], data, float32);
      const both = Float64Array.from({ length: x.rows * 2 }, (_, at) =>
        at % 2 === 1 ? data[at >> 1] : 1 - data[at >> 1],
      );
      return floats([x.rows, 2], both, float32);
    }

    return {
      ...estimatorBase(fitted, 'classifier', network.inputs),
      classes: [classes],
      ...(type === 'multilabel-indicator' ? { outputs } : {}),
      predict(table) {
        const x = checked(table, fitted, network);
        const data = network.run(x);
        if (type === 'multiclass') return takeLabels(classes, argmaxRows(data, x.rows, outputs));
        const over = data.map((value) => (value > 0.5 ? 1 : 0));
        return type === 'binary'
          ? takeLabels(classes, classes.size === 1 ? over.fill(0) : over)
          : int64s([x.rows, outputs], over);
      },
      predictProba,
      predictLogProba: (table) => logOf(predictProba(table)),
    };
  },
};

const regressor: EstimatorClass = {
  modules: MODULES,
  name: 'MLPRegressor',
  build(object): Estimator {
    const fitted = new Fitted(object);
    const network = readNetwork(fitted);
    return {
      ...estimatorBase(fitted, 'regressor', network.inputs),
      outputs: network.outputs,
      predict(table) {
        const x = checked(table, fitted, network);
        const shape = network.outputs === 1 ? [x.rows] : [x.rows, network.outputs];
        return floats(shape, network.run(x), network.float32 && x.dtype === 'float32');
      },
    };
  },
};

/** `sklearn.neural_network`. */
export const NEURAL_NETWORK: readonly EstimatorClass[] = [classifier, regressor];
