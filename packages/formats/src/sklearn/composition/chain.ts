import type { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { floats, logOf } from '../results.ts';
import { buildAll, inputOf } from './multi-output.ts';
import { stackColumns } from './stack.ts';
import { columnOf } from './targets.ts';

type ChainMethod = 'predict' | 'predict_proba' | 'predict_log_proba' | 'decision_function';

/** One number a row: what `_get_response_values` gives for a binary estimator (the second class of probabilities). */
function response(estimator: Estimator, method: ChainMethod, x: Table): Float64Array {
  switch (method) {
    case 'predict':
      return (estimator.predict as (x: Table) => NdArray)(x).toFloat64();
    case 'decision_function':
      return (estimator.decisionFunction as (x: Table) => NdArray)(x).toFloat64();
    case 'predict_proba':
      return columnOf(estimator.predictProba?.(x) as NdArray, 1);
    case 'predict_log_proba':
      return columnOf(estimator.predictLogProba?.(x) as NdArray, 1);
  }
}

/** sklearn `multioutput.py`, ClassifierChain and RegressorChain: each estimator sees the answers of those before it. */
function chained(name: string, kind: 'classifier' | 'regressor'): EstimatorClass {
  return {
    modules: ['sklearn.multioutput'],
    name,
    build: (object, context) => {
      const attributes = new Attributes(object);
      const estimators = buildAll(attributes, 'estimators_', context);
      const targets = estimators.length;
      const order = Array.from(attributes.items('order_'), Number);
      if (order.length !== targets || order.some((target) => !(target >= 0 && target < targets))) {
        throw attributes.corrupt('order_', 'is no order of the targets');
      }
      const between = (object.get('chain_method_') ?? 'predict') as ChainMethod;

      const run = (x: Table, method: ChainMethod): NdArray => {
        const { rows } = x;
        const out = new Float64Array(rows * targets);
        const seen: Float64Array[] = [];
        estimators.forEach((estimator, step) => {
          const previous = new Float64Array(rows * step);
          for (let i = 0; i < rows; i++) for (let j = 0; j < step; j++) previous[i * step + j] = seen[j][i];
          const extra: Matrix = { kind: 'matrix', rows, cols: step, data: previous, dtype: 'float64' };
          const augmented = step === 0 ? x : stackColumns([x, extra], rows, x.kind === 'sparse');
          seen.push(response(estimator, between, augmented));
          const answer = method === between ? seen[step] : response(estimator, method, augmented);
          for (let i = 0; i < rows; i++) out[i * targets + order[step]] = answer[i];
        });
        return floats([rows, targets], out);
      };
      const proba = kind === 'classifier' && estimators.every((one) => one.predictProba !== undefined);
      const decision = kind === 'classifier' && estimators.every((one) => one.decisionFunction !== undefined);
      return {
        className: name,
        kind,
        ...inputOf(estimators[0]),
        ...attributes.inputFacts(),
        outputs: targets,
        predict: (x) => run(x, 'predict'),
        ...(proba
          ? {
              predictProba: (x: Table) => run(x, 'predict_proba'),
              predictLogProba: (x: Table) => logOf(run(x, 'predict_proba')),
            }
          : {}),
        ...(decision ? { decisionFunction: (x: Table) => run(x, 'decision_function') } : {}),
      };
    },
  };
}

export const CHAINS: readonly EstimatorClass[] = [
  chained('ClassifierChain', 'classifier'),
  chained('RegressorChain', 'regressor'),
];
