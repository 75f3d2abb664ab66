/** Why an estimator has no evaluator. Written by hand: a test asks for one for each class without, and for no other. */
const REASONS: readonly { readonly reason: string; readonly module: string; readonly names: readonly string[] }[] = [
  {
    reason: 'labels only the rows it was fitted on: it has no `predict` for others',
    module: 'sklearn.cluster',
    names: [
      ...['AgglomerativeClustering', 'DBSCAN', 'HDBSCAN', 'OPTICS'],
      ...['SpectralBiclustering', 'SpectralClustering', 'SpectralCoclustering'],
    ],
  },
  {
    reason: 'places only the rows it was fitted on: it has no `transform` for others',
    module: 'sklearn.manifold',
    names: ['ClassicalMDS', 'MDS', 'SpectralEmbedding', 'TSNE'],
  },
  {
    reason: 'finds paths between neighbours, or solves for weights of them, at each `transform`; not written yet',
    module: 'sklearn.manifold',
    names: ['Isomap', 'LocallyLinearEmbedding'],
  },
  {
    reason: 'estimates a covariance: it has neither `predict` nor `transform`',
    module: 'sklearn.covariance',
    names: [
      ...['EmpiricalCovariance', 'GraphLasso', 'GraphLassoCV', 'GraphicalLasso', 'GraphicalLassoCV'],
      ...['LedoitWolf', 'MinCovDet', 'OAS', 'ShrunkCovariance'],
    ],
  },
  {
    reason: 'encodes targets, not rows; the labels of classifiers are read without it',
    module: 'sklearn.preprocessing',
    names: ['LabelBinarizer', 'LabelEncoder', 'MultiLabelBinarizer'],
  },
  {
    reason: 'takes a kernel matrix of rows against the rows of training, not rows; not written yet',
    module: 'sklearn.preprocessing',
    names: ['KernelCenterer'],
  },
  {
    reason: 'runs a solver at each `transform`, whose steps and sums are not written yet',
    module: 'sklearn.decomposition',
    names: [
      ...['DictionaryLearning', 'LatentDirichletAllocation', 'MiniBatchDictionaryLearning', 'MiniBatchNMF'],
      ...['MiniBatchSparsePCA', 'NMF', 'SparseCoder', 'SparsePCA'],
    ],
  },
  {
    reason: 'answers neighbours or densities, by methods of its own: it has neither `predict` nor `transform`',
    module: 'sklearn.neighbors',
    names: ['KernelDensity', 'LSHForest', 'NearestNeighbors'],
  },
  {
    reason: 'answers a graph of neighbours, as wide as the rows of training; not written yet',
    module: 'sklearn.neighbors',
    names: ['KNeighborsTransformer', 'RadiusNeighborsTransformer'],
  },
  {
    reason: 'takes images, not rows of features',
    module: 'sklearn.feature_extraction.image',
    names: ['PatchExtractor'],
  },
  {
    reason: 'removed in scikit-learn 0.21',
    module: 'sklearn.linear_model',
    names: ['RandomizedLasso', 'RandomizedLogisticRegression'],
  },
  ...(
    [
      ['sklearn.cluster', ['FeatureAgglomeration']],
      ['sklearn.gaussian_process', ['GaussianProcessClassifier']],
      ['sklearn.kernel_approximation', ['AdditiveChi2Sampler', 'PolynomialCountSketch', 'SkewedChi2Sampler']],
      ['sklearn.neighbors', ['NeighborhoodComponentsAnalysis']],
      ['sklearn.neural_network', ['BernoulliRBM']],
    ] as const
  ).map(([module, names]) => ({ reason: 'not written yet', module, names })),
];

/** The reason by `module.name`. */
export const WHY_NOT: ReadonlyMap<string, string> = new Map(
  REASONS.flatMap(({ reason, module, names }) => names.map((name) => [`${module}.${name}`, reason] as const)),
);
