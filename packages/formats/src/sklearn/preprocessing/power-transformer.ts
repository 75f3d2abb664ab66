import { invalidInput } from '@berth/inference';
import type { BuildContext, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { estimatorBase, sameNames, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';

/** `mirrored` is 2 − λ, which numpy 2 leaves in float32 where λ is one. */
type Power = (x: number, lambda: number, mirrored: number) => number;

/** scikit-learn's own Yeo-Johnson, in use up to 1.7. */
const yeoJohnson: Power = (x, lambda, mirrored) => {
  if (x >= 0) return Math.abs(lambda) < Number.EPSILON ? Math.log1p(x) : ((x + 1) ** lambda - 1) / lambda;
  return Math.abs(lambda - 2) > Number.EPSILON ? -((-x + 1) ** mirrored - 1) / mirrored : -Math.log1p(-x);
};

/** `scipy.stats.yeojohnson`, which keeps digits for small lambda. */
const stableYeoJohnson: Power = (x, lambda, mirrored) => {
  if (x >= 0) return Math.abs(lambda) < Number.EPSILON ? Math.log1p(x) : Math.expm1(lambda * Math.log1p(x)) / lambda;
  if (Math.abs(lambda - 2) <= Number.EPSILON) return -Math.log1p(-x);
  return -Math.expm1(mirrored * Math.log1p(-x)) / mirrored;
};

/** `scipy.special.boxcox`. */
const boxCox: Power = (x, lambda) => {
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
    // numpy's version is not in the file: most use numpy 2 from 1.5 on
    const single = fitted.array('lambdas_').dtype.itemSize === 4 && versionAtLeast(context.version, 1, 5);
    const mirrored = lambdas.map((lambda) => (single ? Math.fround(2 - lambda) : 2 - lambda));
    const power = choosePower(fitted, context);
    const scaler = fitted.flag('standardize', true)
      ? context.build(fitted.raw('_scaler') ?? null, 'the scaler of PowerTransformer')
      : undefined;
    const base = estimatorBase(fitted, 'transformer', lambdas.length);

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
        const data = x.data.map((value, at) => power(value, lambdas[at % x.cols], mirrored[at % x.cols]));
        const powered = matrixLike(x, x.rows, x.cols, data);
        return scaler?.transform?.(powered) ?? powered;
      },
    };
  },
};
