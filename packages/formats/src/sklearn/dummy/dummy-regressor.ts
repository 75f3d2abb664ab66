import { NdArray, type NdData } from '../../numpy/ndarray.ts';
import type { PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { EstimatorClass } from '../estimator.ts';
import { asNumber } from '../renamed.ts';
import { floats } from '../results.ts';
import { isAtLeast } from '../version.ts';

/** DummyRegressor (sklearn `dummy.py`): `constant_` for every row, in its own dtype. */
export const dummyRegressor: EstimatorClass = {
  modules: ['sklearn.dummy'],
  name: 'DummyRegressor',
  build(object, { version }) {
    const attributes = new Attributes(object);
    const value = object.get('constant_') ?? null;
    // 0.19 multiplied ones by the constant, which gave float64 whatever it was.
    const keepsDtype = isAtLeast(version, 0, 20);
    const constant =
      value instanceof NdArray
        ? keepsDtype
          ? value
          : floats(value.shape, value.toFloat64())
        : floats([1], Float64Array.of(attributes.number('constant_')));
    const width = asNumber(object.get('n_outputs_')) ?? constant.size;
    if (constant.size !== width || width < 1) throw attributes.corrupt('constant_', 'does not fit n_outputs_');
    const flat = width === 1 && object.get('output_2d_') !== true;
    return {
      className: 'DummyRegressor',
      kind: 'regressor',
      ...attributes.inputFacts(),
      acceptsText: true,
      outputs: width,
      predict: ({ rows }) => new NdArray(constant.dtype, flat ? [rows] : [rows, width], repeat(constant.data, rows)),
    };
  },
};

function repeat(row: NdData, rows: number): NdData {
  const width = row.length;
  if (Array.isArray(row)) return Array.from({ length: rows * width }, (_, i) => row[i % width]) as PyValue[];
  const out = new (row.constructor as new (length: number) => typeof row)(rows * width);
  for (let i = 0; i < out.length; i++) out[i] = row[i % width];
  return out;
}
