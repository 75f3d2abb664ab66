import type { EstimatorClass, Table } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { rowNormOrder, squaredDistances } from '../expanded-distances.ts';
import { Fitted } from '../fitted.ts';
import { bothFloat32 } from '../matrix-product.ts';
import { matrixLike, requireFinite, toNumbers } from '../numbers.ts';
import { argmaxRows, int64s, takeLabels } from '../results.ts';

/** A clusterer that predicts by the nearest of its centres; `labels` names the array of their labels, where they have any. */
function nearestCenter(name: string, modules: readonly string[], centersName: string, labels?: string): EstimatorClass {
  return {
    modules,
    name,
    build(object, context) {
      const fitted = new Fitted(object);
      const centers = fitted.matrix(centersName);
      const names = labels === undefined ? undefined : fitted.array(labels);
      if (names !== undefined && names.size !== centers.rows) fitted.corrupt(`"${labels}" does not fit its centres`);
      const order = rowNormOrder(context.version);
      const checked = (table: Table) => {
        const x = toNumbers(table, name, centers.cols);
        requireFinite(x, name);
        return x;
      };
      const transform = (table: Table): Table => {
        const x = checked(table);
        const dtype = bothFloat32(x, fitted.array(centersName)) ? 'float32' : 'float64';
        return matrixLike({ dtype }, x.rows, centers.rows, squaredDistances(x, centers, order).map(Math.sqrt));
      };
      return {
        ...estimatorBase(fitted, 'clusterer', centers.cols),
        // only Birch has labels apart from its centres, and only Birch transforms
        ...(names === undefined ? {} : { transform, featureNamesOut: numberedNames(name, centers.rows) }),
        predict(table) {
          const x = checked(table);
          const nearness = squaredDistances(x, centers, order).map((distance) => -distance);
          const nearest = argmaxRows(nearness, x.rows, centers.rows);
          return names === undefined ? int64s([x.rows], nearest) : takeLabels(names, nearest);
        },
      };
    },
  };
}

export const nearestCenterClasses: readonly EstimatorClass[] = [
  nearestCenter('MeanShift', ['sklearn.cluster._mean_shift', 'sklearn.cluster.mean_shift_'], 'cluster_centers_'),
  nearestCenter(
    'AffinityPropagation',
    ['sklearn.cluster._affinity_propagation', 'sklearn.cluster.affinity_propagation_'],
    'cluster_centers_',
  ),
  nearestCenter(
    'Birch',
    ['sklearn.cluster._birch', 'sklearn.cluster.birch'],
    'subcluster_centers_',
    'subcluster_labels_',
  ),
];
