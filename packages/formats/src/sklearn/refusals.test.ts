import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64Array, NdArray } from '../numpy/ndarray.ts';
import { PyDict, PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import type { Cell, Frame, Matrix } from './estimator.ts';
import { buildNow } from './load-now.ts';

function object(path: string, attributes: Record<string, PyValue>): PyObject {
  const [module, name] = [path.slice(0, path.lastIndexOf('.')), path.slice(path.lastIndexOf('.') + 1)];
  const made = new PyObject(new PyGlobal(module, name));
  const state = new PyDict();
  for (const [key, value] of Object.entries(attributes)) state.entries.set(key, value);
  made.state = state;
  return made;
}

const floats = (shape: number[], ...values: number[]) => float64Array(shape, Float64Array.from(values));
const texts = (...values: string[]) => new NdArray({ kind: 'U', itemSize: 40 }, [values.length], values);
const load = (path: string, attributes: Record<string, PyValue>) => buildNow(object(path, attributes)).estimator;

function matrix(cols: number, ...values: number[]): Matrix {
  return { kind: 'matrix', rows: values.length / cols, cols, data: Float64Array.from(values), dtype: 'float64' };
}

function frame(...columns: Cell[][]): Frame {
  return {
    kind: 'frame',
    named: false,
    rows: columns[0].length,
    columns: columns.map((data, index) => ({ kind: 'object', name: String(index), data })),
  };
}

test('what is no estimator is told, with the one that it holds', () => {
  const dict = new PyDict();
  dict.entries.set('columns', ['age']);
  dict.entries.set('model', object('sklearn.linear_model._base.LinearRegression', {}));
  const cases: [PyValue, RegExp][] = [
    [dict, /holds a dict, .*the LinearRegression at \["model"\].*joblib\.dump\(loaded\["model"\], "model\.joblib"\)/],
    [new PyTuple([1, dict.entries.get('model') as PyValue]), /holds a tuple, .*the LinearRegression at \[1\]/],
    [new PyDict(), /holds a dict, not an estimator$/],
    [floats([1], 1), /holds an array, not an estimator$/],
    ['model.pkl', /holds a text, not an estimator$/],
  ];
  for (const [value, message] of cases) assert.throws(() => buildNow(value), { reason: 'UnsupportedModel', message });
});

const callable = new PyGlobal('sklearn.metrics.pairwise', 'chi2_kernel');
const svc = {
  kernel: 'linear',
  classes_: floats([2], 0, 1),
  support_vectors_: floats([2, 2], 0, 0, 1, 1),
  _n_support: floats([2], 1, 1),
  _dual_coef_: floats([1, 2], 1, -1),
  _intercept_: floats([1], 0.5),
};
const knn = {
  _fit_X: floats([3, 2], 0, 0, 1, 1, 2, 2),
  _y: floats([3], 0, 1, 1),
  classes_: texts('a', 'b'),
  outputs_2d_: false,
  n_neighbors: 1,
  weights: 'uniform',
  effective_metric_: 'euclidean',
};
const encoder = { categories_: [texts('a', 'b')], handle_unknown: 'error', sparse_output: false };

const unsupported: [what: string, path: string, attributes: Record<string, PyValue>, message: RegExp][] = [
  ['a callable kernel', 'sklearn.svm._classes.SVC', { ...svc, kernel: callable }, /chi2_kernel \(a custom callable\)/],
  ['a precomputed kernel', 'sklearn.svm._classes.SVC', { ...svc, kernel: 'precomputed' }, /precomputed/],
  [
    'a callable metric',
    'sklearn.neighbors._classification.KNeighborsClassifier',
    { ...knn, effective_metric_: callable },
    /callable/,
  ],
  [
    'a metric by name',
    'sklearn.neighbors._classification.KNeighborsClassifier',
    { ...knn, effective_metric_: 'jaccard' },
    /jaccard/,
  ],
  [
    'callable weights',
    'sklearn.neighbors._classification.KNeighborsClassifier',
    { ...knn, weights: callable },
    /weights/,
  ],
  [
    'a custom tokenizer',
    'sklearn.feature_extraction.text.CountVectorizer',
    { vocabulary_: ['a'], tokenizer: callable },
    /tokenizer/,
  ],
  [
    'a custom analyzer',
    'sklearn.feature_extraction.text.CountVectorizer',
    { vocabulary_: ['a'], analyzer: callable },
    /analyzer/,
  ],
  [
    'input from files',
    'sklearn.feature_extraction.text.CountVectorizer',
    { vocabulary_: ['a'], input: 'filename' },
    /filename/,
  ],
  [
    'a back-reference',
    'sklearn.feature_extraction.text.CountVectorizer',
    { vocabulary_: ['a'], token_pattern: '(a)\\1' },
    /token_pattern/,
  ],
  [
    'the old OneHotEncoder',
    'sklearn.preprocessing.data.OneHotEncoder',
    { n_values_: floats([1], 2) },
    /before scikit-learn 0\.20/,
  ],
];
for (const [what, path, attributes, message] of unsupported) {
  test(`${what} is refused by name`, () => {
    assert.throws(() => load(path, attributes), { reason: 'UnsupportedModel', message });
  });
}

const corrupt: [what: string, path: string, attributes: Record<string, PyValue>, message: RegExp][] = [
  ['no fitted attributes', 'sklearn.preprocessing._data.StandardScaler', {}, /"mean_" is missing/],
  [
    'support counts that do not add up',
    'sklearn.svm._classes.SVC',
    { ...svc, _n_support: floats([2], 1, 5) },
    /adds up to 6/,
  ],
  [
    'coefficients of another shape',
    'sklearn.svm._classes.SVC',
    { ...svc, _dual_coef_: floats([1, 3], 1, 2, 3) },
    /dual_coef_/,
  ],
  [
    'labels outside of the classes',
    'sklearn.neighbors._classification.KNeighborsClassifier',
    { ...knn, _y: floats([3], 0, 9, 1) },
    /code 9/,
  ],
  [
    'a tree without arrays',
    'sklearn.neighbors._classification.KNeighborsClassifier',
    { ...knn, _tree: object('sklearn.neighbors._kd_tree.KDTree', {}) },
    /tree is damaged/,
  ],
  [
    'groups that do not fit',
    'sklearn.preprocessing._encoders.OneHotEncoder',
    {
      ...encoder,
      _infrequent_enabled: true,
      _default_to_infrequent_mappings: [floats([1], 0)],
      _infrequent_indices: [floats([1], 9)],
    },
    /do not fit/,
  ],
  [
    'arrays of different lengths',
    'sklearn.preprocessing._data.StandardScaler',
    { mean_: floats([2], 0, 0), scale_: floats([3], 1, 1, 1) },
    /different lengths/,
  ],
  ['a missing vocabulary', 'sklearn.feature_extraction.text.CountVectorizer', {}, /vocabulary_/],
  [
    'layers that do not fit',
    'sklearn.neural_network._multilayer_perceptron.MLPRegressor',
    {
      activation: 'relu',
      out_activation_: 'identity',
      coefs_: [floats([2, 3], 1, 2, 3, 4, 5, 6), floats([2, 1], 1, 1)],
      intercepts_: [floats([3], 0, 0, 0), floats([1], 0)],
    },
    /layer 1 does not fit/,
  ],
  [
    'a pair of scalars for a matrix',
    'sklearn.decomposition._pca.PCA',
    { components_: new PyTuple([1, 2]) },
    /components_/,
  ],
];
for (const [what, path, attributes, message] of corrupt) {
  test(`${what}: the model is damaged, and the error says where`, () => {
    assert.throws(() => load(path, attributes), { reason: 'CorruptModel', message });
  });
}

test("an unknown category is the client's error and names category, column and row", () => {
  const encode = load('sklearn.preprocessing._encoders.OneHotEncoder', encoder);
  assert.throws(() => encode.transform?.(frame(['a', 'zebra'])), {
    code: 'INVALID_INPUT',
    message: /'zebra'.*column 0, row 1/,
  });
});

test('a missing value where none may be names row and column', () => {
  const classifier = load('sklearn.svm._classes.SVC', svc);
  assert.throws(() => classifier.predict?.(matrix(2, 1, 2, 3, NaN)), {
    code: 'INVALID_INPUT',
    message: /row 1, column 1/,
  });
});

test('another number of columns names both', () => {
  const classifier = load('sklearn.neighbors._classification.KNeighborsClassifier', knn);
  assert.throws(() => classifier.predict?.(matrix(3, 1, 2, 3)), {
    code: 'INVALID_INPUT',
    message: /3 features.*2 features/,
  });
});

test('a document that is no text names its row', () => {
  const vectorizer = load('sklearn.feature_extraction.text.CountVectorizer', { vocabulary_: ['a', 'b'] });
  assert.throws(() => vectorizer.transform?.(frame(['a', 7])), {
    code: 'INVALID_INPUT',
    message: /row 1 has the number 7/,
  });
  assert.throws(() => vectorizer.transform?.(matrix(1, 7)), { code: 'INVALID_INPUT', message: /one text in each row/ });
});

test('text that is no number names row, column and text', () => {
  const scaler = load('sklearn.preprocessing._data.MaxAbsScaler', { scale_: floats([1], 2) });
  assert.throws(() => scaler.transform?.(frame(['1.5', 'x'])), {
    code: 'INVALID_INPUT',
    message: /row 1, column 0 .*"x"/,
  });
});

test('values that Box and Cox cannot take are refused with their place', () => {
  const power = load('sklearn.preprocessing._data.PowerTransformer', {
    method: 'box-cox',
    standardize: false,
    lambdas_: floats([1], 0.5),
  });
  assert.throws(() => power.transform?.(matrix(1, 1, -2)), { code: 'INVALID_INPUT', message: /row 1, column 0 is -2/ });
});

test('a row without neighbours needs an outlier label', () => {
  const { n_neighbors: _, ...rest } = knn;
  const radius = load('sklearn.neighbors._classification.RadiusNeighborsClassifier', {
    ...rest,
    radius: 0.5,
    outlier_label_: null,
  });
  assert.throws(() => radius.predict?.(matrix(2, 0, 0, 50, 50)), { code: 'INVALID_INPUT', message: /row 1/ });
});

test('a category code outside of those known is refused', () => {
  const logs = floats([2, 3], -1, -1, -1, -1, -1, -1);
  const bayes = load('sklearn.naive_bayes.CategoricalNB', {
    classes_: texts('a', 'b'),
    feature_log_prob_: [logs],
    class_log_prior_: floats([2], -1, -1),
  });
  assert.throws(() => bayes.predict?.(matrix(1, 3)), {
    code: 'INVALID_INPUT',
    message: /category 3; known are 0 to 2/,
  });
});
