import { invalidInput } from '@berth/inference';
import type { Matrix, Table } from '../estimator.ts';
import type { Fitted } from '../fitted.ts';
import { requireFinite, toMatrix } from '../numbers.ts';
import type { NeighborSearch } from './neighbor-search.ts';

/** The table as numbers, checked as a neighbour estimator checks it. */
export function neighborInput(table: Table, fitted: Fitted, search: NeighborSearch): Matrix {
  const x = toMatrix(table, fitted.className, search.cols);
  requireFinite(x, fitted.className);
  return x;
}

/** `n_neighbors`, which may not exceed the fitted rows. */
export function readNeighborCount(fitted: Fitted, search: NeighborSearch, name = 'n_neighbors'): () => number {
  const count = fitted.number(name);
  if (!Number.isInteger(count) || count < 1) fitted.corrupt(`"${name}" is ${count}`);
  return () => {
    if (count <= search.rows) return count;
    throw invalidInput(
      `Expected n_neighbors <= n_samples_fit, but n_neighbors = ${count}, n_samples_fit = ${search.rows}`,
    );
  };
}

/** `weights`: `uniform`, `distance`; None is uniform. @throws LoadError UnsupportedModel for a callable. */
export function readWeights(fitted: Fitted): string {
  const weights = fitted.text('weights', 'uniform');
  if (weights !== 'uniform' && weights !== 'distance') fitted.unsupported(`weights="${weights}"`);
  return weights;
}
