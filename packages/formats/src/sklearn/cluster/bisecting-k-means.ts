import { PyObject, type PyValue } from '../../pickle/values.ts';
import type { Estimator, EstimatorClass, Matrix } from '../estimator.ts';
import { estimatorBase, numberedNames } from '../estimator-base.ts';
import { rowNormOrder, squaredDistances } from '../expanded-distances.ts';
import { type Dense, Fitted } from '../fitted.ts';
import { squaredNorms, timesTransposed } from '../matrix-product.ts';
import { matrixLike, requireFinite, toMatrix } from '../numbers.ts';
import { int32s } from '../results.ts';

/** Nodes that a tree may have (each cluster adds two), and levels. */
const MAX_NODES = 1_000_000;
const MAX_DEPTH = 2000;

/** A leaf's label, or the two centres that a row is compared with. */
type Node = { readonly label: number } | { readonly centers: Dense; readonly children: readonly [Node, Node] };

function readNode(
  value: PyValue | undefined,
  mean: Float64Array,
  budget: { left: number; depth: number },
  owner: Fitted,
): Node {
  if (!(value instanceof PyObject) || --budget.left < 0 || budget.depth > MAX_DEPTH)
    return owner.corrupt('"_bisecting_tree" is damaged');
  const node = new Fitted(value);
  if (!node.has('left')) return { label: node.number('label') };
  const sides = [node.raw('left'), node.raw('right')];
  const centers = sides.map((side) =>
    side instanceof PyObject
      ? new Fitted(side).vector(mean.length, 'center')
      : owner.corrupt('"_bisecting_tree" is damaged'),
  );
  const data = Float64Array.from([...centers[0], ...centers[1]], (one, at) => one + mean[at % mean.length]);
  budget.depth++;
  const children = [readNode(sides[0], mean, budget, owner), readNode(sides[1], mean, budget, owner)] as const;
  budget.depth--;
  return { centers: { rows: 2, cols: mean.length, data }, children };
}

/** From the root, always to the nearer of two centres. */
export const bisectingKMeans: EstimatorClass = {
  modules: ['sklearn.cluster._bisect_k_means', 'sklearn.cluster'],
  name: 'BisectingKMeans',
  build(object, context): Estimator {
    const fitted = new Fitted(object);
    const centers = fitted.matrix('cluster_centers_');
    const { cols } = centers;
    const mean = fitted.floatsOr('_X_mean') ?? new Float64Array(cols);
    const root = readNode(fitted.raw('_bisecting_tree'), mean, { left: MAX_NODES, depth: 0 }, fitted);
    const order = rowNormOrder(context.version);

    function label(x: Matrix): number {
      let node = root;
      while (!('label' in node)) {
        const [left, right] = timesTransposed(x, node.centers);
        const [leftNorm, rightNorm] = squaredNorms(node.centers);
        node = node.children[rightNorm - 2 * right < leftNorm - 2 * left ? 1 : 0];
      }
      return node.label;
    }

    const checked = (table: Parameters<NonNullable<Estimator['predict']>>[0]): Matrix => {
      const x = toMatrix(table, fitted.className, cols);
      requireFinite(x, fitted.className);
      return x;
    };
    return {
      ...estimatorBase(fitted, 'clusterer', cols),
      featureNamesOut: numberedNames(fitted.className, centers.rows),
      predict(table) {
        const x = checked(table);
        const labels = new Int32Array(x.rows);
        for (let row = 0; row < x.rows; row++) {
          labels[row] = label({ ...x, rows: 1, data: x.data.subarray(row * cols, (row + 1) * cols) });
        }
        return int32s([x.rows], labels);
      },
      transform(table) {
        const x = checked(table);
        return matrixLike(x, x.rows, centers.rows, squaredDistances(x, centers, order).map(Math.sqrt));
      },
    };
  },
};
