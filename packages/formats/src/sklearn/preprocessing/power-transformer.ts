import { invalidInput } from '@berth/inference';
import type { BuildContext, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase, sameNames, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';

/**
 * What one column's function is made of. numpy keeps float32 rows in float32 until they meet a power in float64: `own` rounds
 * what is computed of the rows alone, `both` what is computed with the power.
 */
interface Exponent {
  readonly lambda: number;
  /** 2 − λ, which numpy 2 leaves in float32 where λ is one. */
  readonly mirrored: number;
  readonly own: (value: number) => number;
  readonly both: (value: number) => number;
}

type Power = (x: number, exponent: Exponent) => number;

/** scikit-learn's own Yeo-Johnson, in use up to 1.7. */
const yeoJohnson: Power = (x, { lambda, mirrored, own, both }) => {
  const power = (base: number, exponent: number) => both(both(both(own(base + 1) ** exponent) - 1) / exponent);
  if (x >= 0) return Math.abs(lambda) < Number.EPSILON ? own(Math.log1p(x)) : power(x, lambda);
  return Math.abs(lambda - 2) > Number.EPSILON ? -power(-x, mirrored) : -own(Math.log1p(-x));
};

/** `scipy.stats.yeojohnson`, which keeps digits for small lambda. */
const stableYeoJohnson: Power = (x, { lambda, mirrored, own, both }) => {
  const power = (base: number, exponent: number) =>
    both(both(Math.expm1(both(exponent * own(Math.log1p(base))))) / exponent);
  if (x >= 0) return Math.abs(lambda) < Number.EPSILON ? own(Math.log1p(x)) : power(x, lambda);
  if (Math.abs(lambda - 2) <= Number.EPSILON) return -own(Math.log1p(-x));
  return -power(-x, mirrored);
};

/** `scipy.special.boxcox`. */
const boxCox: Power = (x, { lambda }) => {
  if (Math.abs(lambda) < 1e-19) return Math.log(x);
  const exponent = lambda * Math.log(x);
  if (exponent < 709.78) return Math.expm1(exponent) / lambda;
  return Math.sign(lambda) * Math.exp(exponent - Math.log(Math.abs(lambda))) - 1 / lambda;
};

function choosePower(fitted: Fitted, context: BuildContext): Power {
  const method = fitted.text('method', 'yeo-johnson');
  if (method === 'box-cox') return boxCox;
  if (method !== 'yeo-johnson') fitted.unsupported(`method="${method}"`);
  return versionAtLeast(context.version, 1, 8) ? stableYeoJohnson : yeoJohnson;
}

export const powerTransformer: EstimatorClass = {
  modules: ['sklearn.preprocessing._data', 'sklearn.preprocessing.data', 'sklearn.preprocessing'],
  name: 'PowerTransformer',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const lambdas = fitted.floats('lambdas_');
    // numpy 1 took a power as float32 where the rows are.
    const { numpy2 } = context;
    const singleFit = fitted.array('lambdas_').dtype.itemSize === 4;
    const power = choosePower(fitted, context);
    const scaler = fitted.flag('standardize', true)
      ? context.build(fitted.raw('_scaler') ?? null, 'the scaler of PowerTransformer')
      : undefined;
    const base = estimatorBase(fitted, 'transformer', lambdas.length);

    function exponentsFor(isSingle: boolean): Exponent[] {
      const own = isSingle ? Math.fround : Number;
      const both = isSingle && (singleFit || !numpy2) ? Math.fround : Number;
      const mirror = (lambda: number) => both(singleFit && numpy2 ? Math.fround(2 - lambda) : 2 - lambda);
      return Array.from(lambdas, (lambda) => ({ lambda: both(lambda), mirrored: mirror(lambda), own, both }));
    }

    function requirePositive(x: Matrix): void {
      const at = x.data.findIndex((value) => value <= 0);
      if (power !== boxCox || at < 0) return;
      throw invalidInput(
        `The Box-Cox transformation can only be applied to strictly positive data; row ${Math.floor(at / x.cols)}, ` +
          `column ${at % x.cols} is ${x.data[at]}`,
      );
    }

    return {
      ...base,
      featureNamesOut: sameNames,
      transform(table: Table): Table {
        const x = toMatrix(table, base.className, lambdas.length);
        requireFinite(x, base.className, true);
        requirePositive(x);
        const exponents = exponentsFor(x.dtype === 'float32');
        const data = x.data.map((value, at) => power(value, exponents[at % x.cols]));
        const powered = matrixLike(x, x.rows, x.cols, data);
        return scaler?.transform?.(powered) ?? powered;
      },
    };
  },
};
