import { PyDict, PyObject, PyTuple, type PyValue } from '../../pickle/values.ts';
import { arrayValues, isMissing } from '../categories.ts';
import type { BuildContext, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase, versionAtLeast } from '../estimator-base.ts';
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

/** Which columns stay, and which of all had no value in training. */
function readKept(fitted: Fitted, cols: number): { kept: Int32Array; empty: readonly boolean[] } {
  const stored = fitted.floatsOr('_is_empty_feature');
  const initial = fitted.raw('initial_imputer_');
  const statistics = initial instanceof PyObject ? arrayValues(new Fitted(initial).array('statistics_')) : [];
  const empty = Array.from({ length: cols }, (_, col) =>
    stored === undefined ? isMissing(statistics[col]) : stored[col] === 1,
  );
  const keep = fitted.flag('keep_empty_features', false);
  return { kept: Int32Array.from(empty.keys()).filter((col) => keep || !empty[col]), empty };
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
    const { kept, empty } = readKept(fitted, cols);
    const width = kept.length;
    const names = Array.from({ length: cols }, (_, col) => String(col));
    if (initial.featureNamesOut?.(names).length !== width) fitted.corrupt('its initial imputer does not fit');
    // from 1.2 to 1.5, keeping empty features made the library stop after the initial imputation
    const initialOnly = fitted.flag('keep_empty_features', false) && !versionAtLeast(context.version, 1, 6);
    const steps = fitted.list('imputation_sequence_').map((step) => readStep(step, context, fitted));
    const inRange = (column: number) => column >= 0 && column < width;
    if (!steps.every(({ feature, neighbors }) => inRange(feature) && neighbors.every(inRange))) {
      fitted.corrupt('"imputation_sequence_" names a column that is not there');
    }
    const rounds = fitted.number('n_iter_');
    const low = readLimit(fitted, 'min_value', width, -Infinity);
    const high = readLimit(fitted, 'max_value', width, Infinity);
    const indicator = readIndicator(fitted, cols);
    const base = estimatorBase(fitted, 'transformer', cols);

    /** The initial imputation, and which of its cells were missing; what was empty in training does not count. */
    function fill(table: Matrix): { filled: Matrix; mask: Uint8Array } {
      const filled = initial.transform?.(table);
      if (filled?.kind !== 'matrix' || filled.cols !== width) return fitted.corrupt('its initial imputer does not fit');
      const mask = new Uint8Array(table.rows * width);
      for (let row = 0; row < table.rows; row++) {
        kept.forEach((col, at) => {
          if (!empty[col] && isMissingCell(table.data[row * cols + col])) mask[row * width + at] = 1;
        });
      }
      return { filled: { ...filled, data: filled.data.slice() }, mask };
    }

    function imputeStep(step: Step, x: Matrix, mask: Uint8Array): void {
      const rows = Array.from({ length: x.rows }, (_, row) => row).filter(
        (row) => mask[row * width + step.feature] === 1,
      );
      if (rows.length === 0) return;
      const inputs = step.neighbors.length;
      const data = new Float64Array(rows.length * inputs);
      rows.forEach((row, at) => {
        for (let k = 0; k < inputs; k++) data[at * inputs + k] = x.data[row * width + step.neighbors[k]];
      });
      const values = step.predict(matrixLike(x, rows.length, inputs, data)).toFloat64();
      rows.forEach((row, at) => {
        const limited = Math.min(Math.max(values[at], low[step.feature]), high[step.feature]);
        x.data[row * width + step.feature] = x.dtype === 'float32' ? Math.fround(limited) : limited;
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
        const done = initialOnly || rounds === 0 || mask.every((value) => value === 1);
        if (!done) for (const step of steps) imputeStep(step, filled, mask);
        if (indicator === undefined) return filled;
        const masks = Array.from({ length: cols }, (_, col) =>
          Uint8Array.from({ length: x.rows }, (_row, row) => (isMissingCell(x.data[row * cols + col]) ? 1 : 0)),
        );
        return appendIndicator(filled, indicatorMatrix(masks, indicator, x.rows));
      },
    };
  },
};
