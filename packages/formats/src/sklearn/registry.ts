import type { EstimatorClass } from './estimator.ts';

/** Classes with a native evaluator by `module.name`, for every module that ever held them. */
export type ClassTable = ReadonlyMap<string, EstimatorClass>;

/**
 * A family of estimators: its code is imported when a file names something of one of its packages, so that a start pays
 * for the families that are served.
 */
interface Family {
  /** The packages whose classes it has: the first two parts of their modules' paths. */
  readonly packages: readonly string[];
  readonly load: () => Promise<readonly EstimatorClass[]>;
}

/** Every class with a native evaluator; a family adds one entry. */
export const FAMILIES: readonly Family[] = [
  {
    packages: [
      ...['sklearn.pipeline', 'imblearn.pipeline', 'sklearn.compose', 'sklearn.preprocessing'],
      ...['sklearn.model_selection', 'sklearn.grid_search', 'sklearn.multioutput', 'sklearn.multiclass'],
    ],
    load: async () => (await import('./composition/classes.ts')).COMPOSITION,
  },
  {
    packages: ['xgboost.sklearn', 'xgboost.core'],
    load: async () => (await import('./boosters/xgboost.ts')).XGBOOST,
  },
  {
    packages: ['lightgbm.sklearn', 'lightgbm.basic'],
    load: async () => (await import('./boosters/lightgbm.ts')).LIGHTGBM,
  },
  {
    packages: ['sklearn.linear_model', 'sklearn.svm', 'sklearn.cross_decomposition'],
    load: async () => (await import('./linear/classes.ts')).LINEAR,
  },
  {
    packages: [
      ...['sklearn.tree', 'sklearn.ensemble', 'sklearn.calibration', 'sklearn.model_selection', 'sklearn.frozen'],
      ...['sklearn.dummy', 'sklearn.isotonic'],
    ],
    load: async () => (await import('./ensemble/classes.ts')).ENSEMBLES,
  },
  { packages: ['sklearn.svm'], load: async () => (await import('./svm/classes.ts')).SVM },
  {
    packages: ['sklearn.preprocessing'],
    load: async () => (await import('./preprocessing/classes.ts')).PREPROCESSING,
  },
  {
    packages: ['sklearn.impute', 'sklearn.preprocessing'],
    load: async () => (await import('./impute/classes.ts')).IMPUTE,
  },
  {
    packages: ['sklearn.feature_extraction'],
    load: async () => (await import('./feature-extraction/classes.ts')).FEATURE_EXTRACTION,
  },
  {
    packages: ['sklearn.feature_selection'],
    load: async () => (await import('./feature-selection/classes.ts')).FEATURE_SELECTION,
  },
  { packages: ['sklearn.naive_bayes'], load: async () => (await import('./naive-bayes/classes.ts')).NAIVE_BAYES },
  {
    packages: ['sklearn.discriminant_analysis', 'sklearn.lda', 'sklearn.qda'],
    load: async () => (await import('./discriminant-analysis/classes.ts')).DISCRIMINANT_ANALYSIS,
  },
  { packages: ['sklearn.neural_network'], load: async () => (await import('./neural-network/mlp.ts')).NEURAL_NETWORK },
  { packages: ['sklearn.cluster'], load: async () => (await import('./cluster/classes.ts')).CLUSTER },
  { packages: ['sklearn.decomposition'], load: async () => (await import('./decomposition/classes.ts')).DECOMPOSITION },
  { packages: ['sklearn.mixture'], load: async () => (await import('./mixture/gaussian-mixture.ts')).MIXTURE },
  { packages: ['sklearn.neighbors'], load: async () => (await import('./neighbors/classes.ts')).NEIGHBORS },
  {
    packages: ['sklearn.kernel_ridge', 'sklearn.kernel_approximation'],
    load: async () => (await import('./kernel/classes.ts')).KERNEL,
  },
  {
    packages: ['sklearn.gaussian_process'],
    load: async () => (await import('./gaussian-process/regressor.ts')).GAUSSIAN_PROCESS,
  },
  {
    packages: ['sklearn.random_projection'],
    load: async () => (await import('./random-projection/random-projection.ts')).RANDOM_PROJECTION,
  },
  {
    packages: ['sklearn.covariance'],
    load: async () => (await import('./covariance/elliptic-envelope.ts')).COVARIANCE,
  },
  {
    packages: ['sklearn.semi_supervised'],
    load: async () => (await import('./semi-supervised/classes.ts')).SEMI_SUPERVISED,
  },
];

/** The classes of the families that have something in one of the packages. */
export async function classesOf(packages: ReadonlySet<string>): Promise<ClassTable> {
  const wanted = FAMILIES.filter((family) => family.packages.some((name) => packages.has(name)));
  return tableOf(await Promise.all(wanted.map((family) => family.load())));
}

/** Every class there is. */
export async function everyClass(): Promise<ClassTable> {
  return tableOf(await Promise.all(FAMILIES.map((family) => family.load())));
}

function tableOf(families: readonly (readonly EstimatorClass[])[]): ClassTable {
  return new Map(
    families.flat().flatMap((entry) => entry.modules.map((module) => [`${module}.${entry.name}`, entry] as const)),
  );
}
