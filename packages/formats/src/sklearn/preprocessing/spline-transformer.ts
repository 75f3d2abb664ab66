import { invalidInput } from '@berth/inference';
import { PyObject } from '../../pickle/values.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';
import { type BSpline, evaluateSpline, readBSpline } from './b-spline.ts';
import { toSparse } from './polynomial-features.ts';

/** The basis of one feature at x, written to `out` from `at`. */
type Expansion = (x: number, out: Float64Array, at: number) => void;

function withExtrapolation(
  spline: BSpline,
  extrapolation: string,
  feature: number,
  fitted: Fitted,
  version: string | undefined,
): Expansion {
  const { knots, degree, outputs } = spline;
  const low = knots[degree];
  const high = knots[knots.length - degree - 1];
  const inside: Expansion = (x, out, at) => evaluateSpline(spline, x, out, at);
  switch (extrapolation) {
    case 'continue':
    case 'error':
      return inside;
    case 'periodic':
      return (x, out, at) => {
        const period = high - low;
        const turned = period > 0 ? (((x - low) % period) + period) % period : 0;
        // a constant feature has no period: NaN until 1.7, which the treatment of missing values then made zero
        if (period > 0) evaluateSpline(spline, low + turned, out, at);
        else out.fill(versionAtLeast(version, 1, 8) ? 0 : Number.NaN, at, at + outputs);
      };
    case 'constant':
      return (x, out, at) => {
        inside(Math.min(Math.max(x, low), high), out, at);
        // only the `degree` functions next to that end go on
        if (x < low) out.fill(0, at + degree, at + outputs);
        if (x > high) out.fill(0, at, at + outputs - degree);
      };
    case 'linear':
      return linear(spline, feature);
    default:
      return fitted.unsupported(`extrapolation="${extrapolation}"`);
  }
}

/**
 * Straight on from the value and slope at both ends. For degree 0 and 1 the library raises its degree by one with each
 * feature until it is 2, and so takes its ends further inside for the later features; so does this.
 */
function linear(spline: BSpline, feature: number): Expansion {
  const { knots, outputs, degree } = spline;
  const shift = Math.min(degree + feature, Math.max(degree, 2));
  const reach = shift <= 1 ? shift + 1 : shift;
  const [low, high] = [knots[shift], knots[knots.length - shift - 1]];
  const edges = [low, high].map((edge) => {
    const value = new Float64Array(outputs);
    const slope = new Float64Array(outputs);
    evaluateSpline(spline, edge, value, 0);
    evaluateSpline(spline, edge, slope, 0, 1);
    return { edge, value, slope };
  });
  return (x, out, at) => {
    if (!(x < low || x > high)) return evaluateSpline(spline, x, out, at);
    const { edge, value, slope } = edges[x < low ? 0 : 1];
    out.fill(0, at, at + outputs);
    for (let j = 0; j < Math.min(reach, outputs); j++) {
      const k = x < low ? j : outputs - 1 - j;
      out[at + k] = value[k] + (x - edge) * slope[k];
    }
  };
}

/** B-spline basis functions of each feature. */
export const splineTransformer: EstimatorClass = {
  modules: ['sklearn.preprocessing._polynomial', 'sklearn.preprocessing'],
  name: 'SplineTransformer',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const extrapolation = fitted.text('extrapolation', 'constant');
    const splines = fitted.list('bsplines_').map((value) => {
      if (!(value instanceof PyObject)) return fitted.corrupt('"bsplines_" holds no spline');
      return readBSpline(value);
    });
    const count = splines[0]?.outputs ?? 0;
    if (splines.some((spline) => spline.outputs !== count)) fitted.corrupt('its splines have different sizes');
    const expansions = splines.map((spline, feature) =>
      withExtrapolation(spline, extrapolation, feature, fitted, context.version),
    );
    const perFeature = fitted.flag('include_bias', true) ? count : count - 1;
    const zeroMissing = fitted.text('handle_missing', 'error') === 'zeros';
    const sparse = fitted.flag('sparse_output', false);
    const base = estimatorBase(fitted, 'transformer', splines.length);
    return {
      ...base,
      featureNamesOut: (input) =>
        input.flatMap((name) => Array.from({ length: perFeature }, (_, index) => `${name}_sp_${index}`)),
      transform(table: Table): Table {
        const x = toMatrix(table, base.className, splines.length);
        requireFinite(x, base.className, zeroMissing);
        const cols = splines.length * perFeature;
        const out = new Float64Array(x.rows * cols);
        const buffer = new Float64Array(count);
        for (let row = 0; row < x.rows; row++) {
          expansions.forEach((expand, feature) => {
            const value = x.data[row * x.cols + feature];
            if (Number.isNaN(value)) buffer.fill(0);
            else expand(value, buffer, 0);
            if (extrapolation === 'error' && buffer.some(Number.isNaN)) {
              throw invalidInput(`X contains values beyond the limits of the knots (row ${row}, column ${feature})`);
            }
            out.set(buffer.subarray(0, perFeature), row * cols + feature * perFeature);
          });
        }
        const result = matrixLike(x, x.rows, cols, out);
        return sparse ? toSparse(result) : result;
      },
    };
  },
};
