import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { exploreModel } from './explore.ts';
import { FeatureFactsCollector } from './feature-facts.ts';
import { discoverModels } from './layout/discover.ts';
import { NdArray } from './numpy/ndarray.ts';
import { PyDict, PyGlobal, PyObject, PyTuple, type PyValue } from './pickle/values.ts';
import { exploreSklearn } from './sklearn/explore.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');

async function explore(path: string, width = 4) {
  const [model] = await discoverModels(path);
  return exploreModel(model, width);
}

function object(path: string, attributes: Record<string, PyValue>): PyObject {
  const dot = path.lastIndexOf('.');
  const made = new PyObject(new PyGlobal(path.slice(0, dot), path.slice(dot + 1)));
  const state = new PyDict();
  for (const [name, value] of Object.entries(attributes)) state.entries.set(name, value);
  made.state = state;
  return made;
}

function floats(...values: number[]): NdArray {
  return new NdArray({ kind: 'f', itemSize: 8 }, [values.length], Float64Array.from(values));
}

describe('what a file tells of its columns', () => {
  test('thresholds of XGBoost', async () => {
    const facts = await explore(join(EXAMPLES, 'xgboost-iris', 'model'));
    assert.equal(facts.length, 4);
    assert.ok(facts.every(({ thresholds }) => thresholds.length > 0));
  });

  test('thresholds and ranges of LightGBM', async () => {
    const facts = await explore(join(EXAMPLES, 'lightgbm-iris', 'model'));
    assert.ok(facts.every(({ thresholds }) => thresholds.length > 0));
    assert.deepEqual(facts[0].range?.center, (4.3 + 7.9) / 2);
  });

  test('support vectors of an SVC', async () => {
    const facts = await explore(join(EXAMPLES, 'sklearn-iris', 'model'));
    assert.ok(facts.every(({ seen }) => seen.length > 5));
  });

  test('words of a vectoriser', async () => {
    const [facts] = await explore(join(import.meta.dirname, 'sklearn', 'fixtures', 'texts.joblib'), 1);
    assert.ok(facts.words?.includes('refund'));
  });

  test('nothing of an ONNX graph', async () => {
    assert.deepEqual(await explore(join(EXAMPLES, 'onnx-iris', 'model')), []);
  });
});

describe('what a scikit-learn object tells', () => {
  const scaler = object('sklearn.preprocessing._data.StandardScaler', { mean_: floats(10, 0), scale_: floats(2, 1) });
  const bins = object('sklearn.preprocessing._discretization.KBinsDiscretizer', {
    bin_edges_: [floats(1.5), floats(3)],
  });

  test('goes through a scaler back to the input’s units', () => {
    const steps = [new PyTuple(['scale', scaler]), new PyTuple(['bins', bins])];
    const facts = exploreSklearn(object('sklearn.pipeline.Pipeline', { steps }), 2);
    assert.deepEqual(facts[0].range, { center: 10, spread: 2 });
    assert.deepEqual(
      facts.map(({ thresholds }) => thresholds),
      [[13], [3]],
    );
  });

  test('goes to the columns that a ColumnTransformer names', () => {
    const encoder = object('sklearn.preprocessing._encoders.OneHotEncoder', { categories_: [['a', 'b', null]] });
    const transformers = [
      new PyTuple(['scale', scaler, [2, 0]]),
      new PyTuple(['encode', encoder, ['city']]),
      new PyTuple(['rest', 'drop', [3]]),
    ];
    const names = ['age', 'city', 'income', 'id'];
    const columns = object('sklearn.compose._column_transformer.ColumnTransformer', {
      transformers_: transformers,
      feature_names_in_: names,
    });
    const facts = exploreSklearn(columns, 4);
    assert.equal(facts[2].range?.center, 10);
    assert.equal(facts[0].range?.center, 0);
    assert.deepEqual(facts[1].categories, ['a', 'b', null]);
    assert.deepEqual(facts[3], { thresholds: [], seen: [] });
  });

  const columnsOf = (attributes: Record<string, PyValue>) =>
    object('sklearn.compose._column_transformer.ColumnTransformer', attributes);
  const slice = (start: number, stop: number) => {
    const made = new PyObject(new PyGlobal('builtins', 'slice'));
    made.args = [start, stop, null];
    return made;
  };

  test('goes on behind a ColumnTransformer, in the order in which it gives its columns', () => {
    const encoder = object('sklearn.preprocessing._encoders.OneHotEncoder', { categories_: [['a', 'b']] });
    const places = new PyDict();
    places.entries.set('encode', slice(0, 2));
    places.entries.set('scale', slice(2, 4));
    const columns = columnsOf({
      transformers_: [new PyTuple(['encode', encoder, [0]]), new PyTuple(['scale', scaler, [2, 1]])],
      output_indices_: places,
    });
    const behind = object('sklearn.preprocessing._discretization.KBinsDiscretizer', {
      bin_edges_: [floats(0.5), floats(0.5), floats(1), floats(7)],
    });
    const steps = [new PyTuple(['columns', columns]), new PyTuple(['bins', behind])];
    const facts = exploreSklearn(object('sklearn.pipeline.Pipeline', { steps }), 3);
    assert.deepEqual(
      facts.map(({ thresholds }) => thresholds),
      [[], [7], [12]],
    );
  });

  test('knows that histogram-based boosting puts its categories first', () => {
    const encoder = object('sklearn.preprocessing._encoders.OrdinalEncoder', { categories_: [['S', 'M']] });
    const checks = object('sklearn.preprocessing._function_transformer.FunctionTransformer', { func: null });
    const places = new PyDict();
    places.entries.set('encoder', slice(0, 1));
    places.entries.set('numerical', slice(1, 2));
    const flags = (...bits: number[]) => new NdArray({ kind: 'b', itemSize: 1 }, [bits.length], Uint8Array.from(bits));
    const preprocessor = columnsOf({
      transformers_: [new PyTuple(['encoder', encoder, flags(0, 1)]), new PyTuple(['numerical', checks, flags(1, 0)])],
      output_indices_: places,
    });
    const boosting = object('sklearn.ensemble._hist_gradient_boosting.HistGradientBoostingClassifier', {
      _preprocessor: preprocessor,
      bin_edges_: [floats(0), floats(33)],
    });
    const facts = exploreSklearn(boosting, 2);
    assert.deepEqual(facts[0].thresholds, [33]);
    assert.deepEqual(facts[1], { thresholds: [], seen: [], categories: ['S', 'M'] });
  });

  test('takes an encoder’s categories before what an imputer puts in', () => {
    const imputer = object('sklearn.impute._base.SimpleImputer', { statistics_: ['b', '?'] });
    const encoder = object('sklearn.preprocessing._encoders.OneHotEncoder', { categories_: [['a', 'b']] });
    const steps = [new PyTuple(['impute', imputer]), new PyTuple(['encode', encoder])];
    const facts = exploreSklearn(object('sklearn.pipeline.Pipeline', { steps }), 2);
    assert.deepEqual(
      facts.map(({ categories }) => categories),
      [['a', 'b'], ['?']],
    );
  });

  test('knows words for a hashing vectoriser, and looks behind the names of a FeatureUnion', () => {
    const hashing = object('sklearn.feature_extraction.text.HashingVectorizer', {});
    const union = object('sklearn.pipeline.FeatureUnion', { transformer_list: [new PyTuple(['hash', hashing])] });
    const [facts] = exploreSklearn(columnsOf({ transformers_: [new PyTuple(['text', union, [0]])] }), 1);
    assert.ok((facts.words?.length ?? 0) > 3);
  });

  test('categories that are true and false stay so', () => {
    const seen = new NdArray({ kind: 'b', itemSize: 1 }, [2], Uint8Array.of(0, 1));
    const encoder = object('sklearn.preprocessing._encoders.OneHotEncoder', { categories_: [seen] });
    assert.deepEqual(exploreSklearn(encoder, 1)[0].categories, [false, true]);
  });

  test('ends where an object holds itself', () => {
    const loop = object('sklearn.ensemble._voting.VotingClassifier', {});
    (loop.state as PyDict).entries.set('estimators_', [loop, bins]);
    assert.deepEqual(exploreSklearn(loop, 2)[0].thresholds, [1.5]);
  });
});

test('very many thresholds are sampled, the same ones each time', () => {
  const sample = () => {
    const facts = new FeatureFactsCollector(1);
    for (let i = 0; i < 100_000; i++) facts.threshold(0, i);
    return facts.facts()[0].thresholds;
  };
  assert.deepEqual(sample(), sample());
  assert.ok(sample().length <= 128 && Math.max(...sample()) > 50_000);
});
