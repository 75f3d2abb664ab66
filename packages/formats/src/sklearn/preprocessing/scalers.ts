import { invalidInput } from '@berth/inference';
import type { BuildContext, Estimator, EstimatorClass, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase, sameNames, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { matrixLike, requireFinite, toNumbers } from '../numbers.ts';

const MODULES = ['sklearn.preprocessing._data', 'sklearn.preprocessing.data', 'sklearn.preprocessing'];

/** What a scaler does to a column, in this order: `(x - center) / divide`, or `x * multiply + add`; then the clip. */
interface ColumnScaling {
  readonly center?: Float64Array | undefined;
  readonly divide?: Float64Array | undefined;
  readonly multiply?: Float64Array;
  readonly add?: Float64Array;
  readonly clip?: readonly [low: number, high: number] | undefined;
  /** Round centre and divisor to float32 before they meet float32 values. */
  readonly roundParameters?: boolean;
}

/**
 * A transformer that treats each column alone. float32 stays float32 and is rounded after each step, as numpy does it in
 * place; NaN passes. A sparse matrix stays sparse, and is refused where centring would fill it.
 */
function columnScaler(fitted: Fitted, scaling: ColumnScaling): Estimator {
  const { className } = fitted;
  const { center, divide, multiply, add, clip } = scaling;
  const center32 = scaling.roundParameters === true ? center?.map(Math.fround) : center;
  const divide32 = scaling.roundParameters === true ? divide?.map(Math.fround) : divide;
  const parts = [center, divide, multiply, add].filter((part) => part !== undefined);
  const cols = parts[0]?.length ?? (fitted.has('n_features_in_') ? fitted.number('n_features_in_') : undefined);
  if (parts.some((part) => part.length !== cols)) fitted.corrupt('its arrays have different lengths');

  function scaleSparse(x: SparseMatrix): SparseMatrix {
    if (center !== undefined) {
      throw invalidInput(`${className} cannot center a sparse matrix; it would have to be fitted without centering`);
    }
    const data = x.data.slice();
    if (divide !== undefined) for (let at = 0; at < data.length; at++) data[at] *= 1 / divide[x.indices[at]];
    if (clip !== undefined) for (let at = 0; at < data.length; at++) data[at] = clamp(data[at], clip);
    return { ...x, data, dtype: x.dtype === 'float32' ? 'float32' : 'float64' };
  }

  function transform(table: Table): Table {
    const x = toNumbers(table, className, cols);
    requireFinite(x, className, true);
    if (x.kind === 'sparse') return scaleSparse(x);
    const out = new Float64Array(x.data.length);
    const float32 = x.dtype === 'float32';
    const [subtract, divisor] = float32 ? [center32, divide32] : [center, divide];
    for (let row = 0, at = 0; row < x.rows; row++) {
      for (let col = 0; col < x.cols; col++, at++) {
        let value = x.data[at];
        if (subtract !== undefined) value -= subtract[col];
        if (multiply !== undefined) value *= multiply[col];
        if (float32) value = Math.fround(value);
        if (divisor !== undefined) value /= divisor[col];
        if (add !== undefined) value += add[col];
        out[at] = clip === undefined ? value : clamp(value, clip);
      }
    }
    return matrixLike(x, x.rows, x.cols, out);
  }

  return { ...estimatorBase(fitted, 'transformer', cols), transform, featureNamesOut: sameNames };
}

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return value < low ? low : value > high ? high : value;
}

function scaler(name: string, read: (fitted: Fitted, context: BuildContext) => ColumnScaling): EstimatorClass {
  return {
    modules: MODULES,
    name,
    build(object, context) {
      const fitted = new Fitted(object);
      return columnScaler(fitted, read(fitted, context));
    },
  };
}

export const scalerClasses: readonly EstimatorClass[] = [
  scaler('StandardScaler', (fitted, context) => ({
    roundParameters: versionAtLeast(context.version, 1, 8),
    center: fitted.flag('with_mean', true) ? fitted.floats('mean_') : undefined,
    divide: fitted.flag('with_std', true) ? fitted.floats('scale_', 'std_') : undefined,
  })),
  scaler('MinMaxScaler', (fitted) => {
    const range = fitted.floatsOr('feature_range') ?? [0, 1];
    return {
      multiply: fitted.floats('scale_'),
      add: fitted.floats('min_'),
      clip: fitted.flag('clip', false) ? [range[0], range[1]] : undefined,
    };
  }),
  scaler('MaxAbsScaler', (fitted) => ({
    divide: fitted.floats('scale_'),
    clip: fitted.flag('clip', false) ? [-1, 1] : undefined,
  })),
  scaler('RobustScaler', (fitted) => ({
    center: fitted.flag('with_centering', true) ? fitted.floats('center_') : undefined,
    divide: fitted.flag('with_scaling', true) ? fitted.floats('scale_') : undefined,
  })),
];
