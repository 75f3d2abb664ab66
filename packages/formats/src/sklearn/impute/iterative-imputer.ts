import { PyDict, PyObject, PyTuple, type PyValue } from '../../pickle/values.ts';
import type { BuildContext, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import { Fitted, listItems, scalarNumber } from '../fitted.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';
import { readMissingTest } from './missing.ts';
import { indicatorMatrix } from './missing-indicator.ts';
import { appendIndicator, readIndicator } from './simple-imputer.ts';

/** One regression of a round: which feature, from which others. */
interface Step {
  readonly feature: number;
  readonly neighbors: Int32Array;
  readonly predict: NonNullable<Estimator['predict']>;
}

function readStep(value: PyValue, context: BuildContext, fitted: Fitted): Step {
  const parts = value instanceof PyTuple ? value.items : value instanceof PyObject ? tripletParts(value) : [];
  const feature = scalarNumber(parts[0]);
  const { predict } = context.build(parts[2] ?? null, 'an estimator of IterativeImputer');
  if (feature === undefined || predict === undefined) fitted.corrupt('"imputation_sequence_" is damaged');
  return { feature, neighbors: Int32Array.from(fitted.toFloats(parts[1], 'imputation_sequence_')), predict };
}

/** The named tuple (feat_idx, neighbor_feat_idx, estimator), however the pickle wrote it. */
function tripletParts(value: PyObject): readonly PyValue[] {
  if (value.args.length === 1) return listItems(value.args[0]) ?? value.args;
  if (value.args.length >= 3) return value.args;
  return value.state instanceof PyDict ? [...value.state.entries.values()] : [];
}

/** Limits of the imputed values: one for each feature since 0.23, before that one for all. */
function readLimit(fitted: Fitted, name: string, cols: number, none: number): Float64Array {
  const stored = fitted.floatsOr(`_${name}`) ?? fitted.floatsOr(name) ?? Float64Array.of(none);
  return stored.length === cols ? stored : new Float64Array(cols).fill(stored[0]);
}

/** Round after round, each feature with gaps is predicted from the others, as it was when fitted. */
export const iterativeImputer: EstimatorClass = {
  modules: ['sklearn.impute._iterative', 'sklearn.impute'],
  name: 'IterativeImputer',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    if (fitted.flag('sample_posterior', false)) fitted.unsupported('sample_posterior=True (it draws random numbers)');
    const isMissingCell = readMissingTest(fitted);
    const initial = context.build(fitted.raw('initial_imputer_') ?? null, 'the initial imputer of IterativeImputer');
    const cols = initial.nFeaturesIn ?? fitted.number('n_features_in_');
    const steps = fitted.list('imputation_sequence_').map((step) => readStep(step, context, fitted));
    const inRange = (column: number) => column >= 0 && column < cols;
    if (!steps.every(({ feature, neighbors }) => inRange(feature) && neighbors.every(inRange))) {
      fitted.corrupt('"imputation_sequence_" names a column that is not there');
    }
    const rounds = fitted.number('n_iter_');
    const low = readLimit(fitted, 'min_value', cols, -Infinity);
    const high = readLimit(fitted, 'max_value', cols, Infinity);
    const indicator = readIndicator(fitted, cols);
    const base = estimatorBase(fitted, 'transformer', cols);

    function fill(table: Matrix): { filled: Matrix; mask: Uint8Array } {
      const filled = initial.transform?.(table);
      if (filled?.kind !== 'matrix') return fitted.corrupt('its initial imputer gives no matrix');
      if (filled.cols !== cols) fitted.unsupported('a feature without any value in training');
      const mask = Uint8Array.from(table.data, (value) => (isMissingCell(value) ? 1 : 0));
      return { filled: { ...filled, data: filled.data.slice() }, mask };
    }

    function imputeStep(step: Step, x: Matrix, mask: Uint8Array): void {
      const rows = Array.from({ length: x.rows }, (_, row) => row).filter(
        (row) => mask[row * cols + step.feature] === 1,
      );
      if (rows.length === 0) return;
      const width = step.neighbors.length;
      const data = new Float64Array(rows.length * width);
      rows.forEach((row, at) => {
        for (let k = 0; k < width; k++) data[at * width + k] = x.data[row * cols + step.neighbors[k]];
      });
      const values = step.predict(matrixLike(x, rows.length, width, data)).toFloat64();
      rows.forEach((row, at) => {
        const limited = Math.min(Math.max(values[at], low[step.feature]), high[step.feature]);
        x.data[row * cols + step.feature] = x.dtype === 'float32' ? Math.fround(limited) : limited;
      });
    }

    return {
      ...base,
      featureNamesOut: (input) => [
        ...(initial.featureNamesOut?.(input) ?? input),
        ...Array.from(indicator ?? [], (feature) => `missingindicator_${input[feature]}`),
      ],
      transform(table: Table): Table {
        const x = toMatrix(table, base.className, cols);
        requireFinite(x, base.className, true);
        const { filled, mask } = fill(x);
        if (rounds > 0 && !mask.every((value) => value === 1)) for (const step of steps) imputeStep(step, filled, mask);
        if (indicator === undefined) return filled;
        const masks = Array.from({ length: cols }, (_, col) =>
          Uint8Array.from({ length: x.rows }, (_row, row) => mask[row * cols + col]),
        );
        return appendIndicator(filled, indicatorMatrix(masks, indicator, x.rows));
      },
    };
  },
};
