import type { PyObject } from '../../pickle/values.ts';
import { isAtLeast } from '../version.ts';

const CLASSIFIER_CRITERIA = new Set(['gini', 'log_loss', 'entropy']);
const REGRESSOR_CRITERIA = new Set(['squared_error', 'friedman_mse', 'poisson']);

/**
 * Whether a fitted tree takes NaN at predict time, release by release: `allow_nan` tags of `sklearn.tree._classes`
 * (1.3 best splitter only; 1.6 ExtraTree too; 1.9 every criterion).
 */
export function treeAllowsNaN(tree: PyObject, version: string | undefined): boolean {
  if (!isAtLeast(version, 1, 3)) return false;
  const name = tree.type.name;
  const extra = name.startsWith('ExtraTree');
  const splitter = tree.get('splitter') ?? (extra ? 'random' : 'best');
  const criterion = String(tree.get('criterion'));
  const criteria = name.endsWith('Classifier') ? CLASSIFIER_CRITERIA : REGRESSOR_CRITERIA;
  const monotonic = tree.get('monotonic_cst');
  if (monotonic !== undefined && monotonic !== null && !isAtLeast(version, 1, 9)) return false;
  if (isAtLeast(version, 1, 9)) return !extra || splitter === 'random';
  if (!criteria.has(criterion)) return false;
  if (extra) return isAtLeast(version, 1, 6) && splitter === 'random';
  return isAtLeast(version, 1, 6) || splitter === 'best';
}

/** As {@link treeAllowsNaN} for a forest of such trees: forests take NaN since 1.4 (ExtraTrees since 1.6). */
export function forestAllowsNaN(firstTree: PyObject, version: string | undefined): boolean {
  return isAtLeast(version, 1, 4) && treeAllowsNaN(firstTree, version);
}
