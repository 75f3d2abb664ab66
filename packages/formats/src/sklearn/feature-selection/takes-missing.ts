import { PyObject, PyTuple, type PyValue } from '../../pickle/values.ts';
import { versionAtLeast } from '../estimator-base.ts';

/** Wrappers in wrappers, before a file is taken to go in circles. */
const MAX_DEPTH = 32;

const TREE_CRITERIA: ReadonlySet<PyValue | undefined> = new Set([
  ...['gini', 'log_loss', 'entropy'],
  ...['squared_error', 'friedman_mse', 'poisson'],
]);

/**
 * The tag `allow_nan` of an estimator as its parameters give it: wrappers that select features check their rows by it.
 * @param version scikit-learn's release: trees take missing values since 1.3 to 1.9, by kind and criterion.
 */
export function takesMissing(estimator: PyValue | undefined, version: string | undefined, depth = 0): boolean {
  if (!(estimator instanceof PyObject) || depth > MAX_DEPTH) return false;
  const { name, module } = estimator.type;
  if (module.startsWith('xgboost.') || module.startsWith('lightgbm.')) return true;
  const since = (minor: number) => versionAtLeast(version, 1, minor);
  const inner = (value: PyValue | undefined) => takesMissing(value, version, depth + 1);
  const criterion = since(9) || TREE_CRITERIA.has(estimator.get('criterion'));
  const splitter = estimator.get('splitter');
  switch (name.replace(/(Classifier|Regressor)$/, '')) {
    case 'HistGradientBoosting':
      return true;
    case 'DecisionTree':
      return since(9) || (since(3) && criterion && (splitter === 'best' || since(6)));
    case 'ExtraTree':
      return since(6) && criterion && splitter === 'random';
    case 'RandomForest':
      return since(4) && criterion;
    case 'ExtraTrees':
      return since(6) && criterion;
    case 'Bagging': {
      const own = estimator.get('estimator') ?? null;
      return since(3) && (own === null || inner(own));
    }
    case 'Voting':
    case 'Stacking':
      return since(4) && members(estimator).every((member) => member === 'drop' || inner(member));
    case 'KNeighbors':
    case 'RadiusNeighbors':
    case 'NearestCentroid':
      return since(6) && estimator.get('metric') === 'nan_euclidean';
    case 'SelectFromModel':
    case 'RFE':
    case 'RFECV':
    case 'SequentialFeatureSelector':
    case 'FrozenEstimator':
      return inner(estimator.get('estimator'));
    default:
      return false;
  }
}

/** The second of each of the pairs of `estimators`; what is no pair takes nothing. */
function members(ensemble: PyObject): readonly (PyValue | undefined)[] {
  const pairs = ensemble.get('estimators');
  if (!Array.isArray(pairs)) return [undefined];
  return pairs.map((pair) => (pair instanceof PyTuple ? pair.items[1] : Array.isArray(pair) ? pair[1] : undefined));
}
