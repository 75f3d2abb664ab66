import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, versionAtLeast } from '../estimator-base.ts';
import { Fitted } from '../fitted.ts';
import { toMatrix } from '../numbers.ts';
import { floats, int64s } from '../results.ts';
import { neighborInput, readNeighborCount } from './estimator-input.ts';
import { readSearch } from './neighbor-search.ts';

/** How thin the data is around a row compared to around its neighbours; only with `novelty=True` does it answer new rows. */
export const localOutlierFactor: EstimatorClass = {
  modules: ['sklearn.neighbors._lof', 'sklearn.neighbors.lof', 'sklearn.neighbors'],
  name: 'LocalOutlierFactor',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    if (!fitted.flag('novelty', false)) fitted.unsupported('novelty=False (it scores only its own training rows)');
    const search = readSearch(fitted, context.version);
    const neighborCount = readNeighborCount(fitted, search, 'n_neighbors_');
    const density = fitted.vector(search.rows, '_lrd');
    const reach = fitted.matrix('_distances_fit_X_');
    if (reach.rows !== search.rows) fitted.corrupt('"_distances_fit_X_" does not fit its rows');
    const offset = fitted.number('offset_');

    // Releases before 1.2 computed in float64 whatever came.
    const keepsFloat32 = versionAtLeast(context.version, 1, 2);
    const float32 = keepsFloat32 && fitted.array('_lrd').dtype.itemSize === 4;

    function scores(table: Table): Float64Array {
      const x = neighborInput(table, fitted, search);
      const count = neighborCount();
      const out = new Float64Array(x.rows);
      for (let row = 0; row < x.rows; row++) {
        const { indices, distances: exact } = search.nearest(x, row, count);
        const distances = keepsFloat32 && x.dtype === 'float32' ? exact.map(Math.fround) : exact;
        let reachable = 0;
        let densities = 0;
        for (let k = 0; k < count; k++) {
          reachable += Math.max(distances[k], reach.data[indices[k] * reach.cols + count - 1]);
          densities += density[indices[k]];
        }
        const own = 1 / (reachable / count + 1e-10);
        out[row] = -(densities / own / count);
      }
      return out;
    }

    return {
      ...estimatorBase(fitted, 'outlier', search.cols),
      predict: (x) =>
        int64s(
          [x.rows],
          scores(x).map((score) => (score - offset < 0 ? -1 : 1)),
        ),
      decisionFunction(table) {
        const x = toMatrix(table, fitted.className);
        return floats(
          [x.rows],
          scores(x).map((score) => score - offset),
          float32 && x.dtype === 'float32',
        );
      },
    };
  },
};
