import type { BuildContext, Estimator, EstimatorClass, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase, numberedNames, versionAtLeast } from '../estimator-base.ts';
import { type Dense, Fitted } from '../fitted.ts';
import { bothFloat32, isFloat32, roundedWhere, timesTransposed } from '../matrix-product.ts';
import { matrixLike, requireFinite, toMatrix, toNumbers } from '../numbers.ts';

const FLOAT32_EPSILON = 2 ** -23;

/** A transformer that multiplies rows with `components_` after `centre`, and divides by `scale`. */
interface Projection {
  readonly centre?: Float64Array | undefined;
  /** Subtract the projected mean rather than the mean, as scikit-learn does since 1.5. */
  readonly centreLast?: boolean;
  /** Rows of float32 stay that when the mean is subtracted, whatever its dtype. */
  readonly centresInPlace?: boolean;
  readonly scale?: Float64Array | undefined;
  readonly keepSparse?: boolean;
}

function projection(fitted: Fitted, components: Dense, parts: Projection): Estimator {
  const { centre, scale, keepSparse } = parts;
  const { rows: outputs, cols } = components;
  const { className } = fitted;
  const stored = fitted.array('components_');
  const centreRow = centre === undefined ? undefined : { rows: 1, cols, data: centre };
  const shift =
    parts.centreLast === true && centreRow !== undefined
      ? roundedWhere(isFloat32(stored), timesTransposed({ kind: 'matrix', ...centreRow, dtype: 'float64' }, components))
      : undefined;

  function project(x: Matrix | SparseMatrix): Float64Array {
    if (centre === undefined || shift !== undefined || x.kind === 'sparse') return timesTransposed(x, components);
    const data = x.data.map((value, at) => value - centre[at % cols]);
    const float32 = parts.centresInPlace === true && x.dtype === 'float32';
    return timesTransposed({ ...x, data: roundedWhere(float32, data) }, components);
  }

  return {
    ...estimatorBase(fitted, 'transformer', cols),
    featureNamesOut: numberedNames(className, outputs),
    transform(table: Table): Table {
      const x = keepSparse === true ? toNumbers(table, className, cols) : toMatrix(table, className, cols);
      requireFinite(x, className);
      const float32 = bothFloat32(x, stored);
      const out = roundedWhere(float32, project(x));
      if (shift !== undefined) for (let at = 0; at < out.length; at++) out[at] -= shift[at % outputs];
      if (scale !== undefined) for (let at = 0; at < out.length; at++) out[at] /= scale[at % outputs];
      return matrixLike({ dtype: float32 ? 'float32' : 'float64' }, x.rows, outputs, out);
    },
  };
}

/** PCA and IncrementalPCA. */
function pca(name: string, modules: readonly string[]): EstimatorClass {
  return {
    modules,
    name,
    build(object, context: BuildContext) {
      const fitted = new Fitted(object);
      const components = fitted.matrix('components_');
      const recent = versionAtLeast(context.version, 1, 5);
      const float32 = isFloat32(fitted.array('components_'));
      const floor = recent ? (float32 ? FLOAT32_EPSILON : Number.EPSILON) : 0;
      return projection(fitted, components, {
        centre: fitted.has('mean_') ? fitted.vector(components.cols, 'mean_') : undefined,
        centreLast: recent,
        scale: fitted.flag('whiten', false)
          ? roundedWhere(float32, fitted.vector(components.rows, 'explained_variance_').map(Math.sqrt)).map((value) =>
              Math.max(value, floor),
            )
          : undefined,
      });
    },
  };
}

const truncatedSvd: EstimatorClass = {
  modules: ['sklearn.decomposition._truncated_svd', 'sklearn.decomposition.truncated_svd', 'sklearn.decomposition'],
  name: 'TruncatedSVD',
  build(object) {
    const fitted = new Fitted(object);
    return projection(fitted, fitted.matrix('components_'), { keepSparse: true });
  },
};

const fastIca: EstimatorClass = {
  modules: ['sklearn.decomposition._fastica', 'sklearn.decomposition.fastica_', 'sklearn.decomposition'],
  name: 'FastICA',
  build(object) {
    const fitted = new Fitted(object);
    const components = fitted.matrix('components_');
    const whitened = fitted.raw('whiten') !== false && fitted.has('mean_');
    const centre = whitened ? fitted.vector(components.cols, 'mean_') : undefined;
    return projection(fitted, components, { centre, centresInPlace: true });
  },
};

export const projectionClasses: readonly EstimatorClass[] = [
  pca('PCA', ['sklearn.decomposition._pca', 'sklearn.decomposition.pca', 'sklearn.decomposition']),
  pca('IncrementalPCA', [
    'sklearn.decomposition._incremental_pca',
    'sklearn.decomposition.incremental_pca',
    'sklearn.decomposition',
  ]),
  truncatedSvd,
  fastIca,
];
