import type { Estimator, EstimatorClass, Matrix, SparseMatrix, Table } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { rowNormOrder, squaredDistances } from '../expanded-distances.ts';
import { Fitted } from '../fitted.ts';
import { bothFloat32, squaredNorms, timesTransposed } from '../matrix-product.ts';
import { matrixLike, requireFinite, toNumbers } from '../numbers.ts';
import { int32s } from '../results.ts';

/**
 * KMeans and MiniBatchKMeans: the nearest centre by |c|² − 2x·c, the first of equals; `transform` gives the distances.
 */
function kMeans(name: string): EstimatorClass {
  return {
    modules: ['sklearn.cluster._kmeans', 'sklearn.cluster.k_means_', 'sklearn.cluster'],
    name,
    build(object, context): Estimator {
      const fitted = new Fitted(object);
      const centers = fitted.matrix('cluster_centers_');
      const stored = fitted.array('cluster_centers_');
      const order = rowNormOrder(context.version);
      const norms = squaredNorms(centers);

      function checked(table: Table): Matrix | SparseMatrix {
        const x = toNumbers(table, name, centers.cols);
        requireFinite(x, name);
        return x;
      }

      return {
        ...estimatorBase(fitted, 'clusterer', centers.cols),
        predict(table) {
          const x = checked(table);
          const products = timesTransposed(x, centers);
          const labels = new Int32Array(x.rows);
          for (let row = 0; row < x.rows; row++) {
            let least = Infinity;
            for (let index = 0; index < centers.rows; index++) {
              const distance = norms[index] - 2 * products[row * centers.rows + index];
              if (distance < least) {
                least = distance;
                labels[row] = index;
              }
            }
          }
          return int32s([x.rows], labels);
        },
        transform(table) {
          const x = checked(table);
          const dtype = bothFloat32(x, stored) ? 'float32' : 'float64';
          return matrixLike({ dtype }, x.rows, centers.rows, squaredDistances(x, centers, order).map(Math.sqrt));
        },
        featureNamesOut: numberedNames(name, centers.rows),
      };
    },
  };
}

export const kMeansClasses: readonly EstimatorClass[] = [kMeans('KMeans'), kMeans('MiniBatchKMeans')];
