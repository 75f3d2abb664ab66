import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoadError } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import { buildNow } from '../load-now.ts';
import { fittedObject, LEAF, treeObject } from './record-fixture.ts';

function chain(nodes: number): Record<string, number>[] {
  const out: Record<string, number>[] = [];
  for (let node = 0; node + 2 < nodes; node += 2) {
    out.push({ left_child: node + 1, right_child: node + 2, feature: 0, threshold: node }, LEAF);
  }
  out.push(LEAF);
  return out;
}

function forest(treeNodes: number, times: number) {
  const nodes = chain(treeNodes);
  const tree = fittedObject('sklearn.tree._classes', 'DecisionTreeRegressor', {
    tree_: treeObject(nodes, new Array(nodes.length).fill(1), 1),
  });
  return fittedObject('sklearn.ensemble._forest', 'RandomForestRegressor', {
    estimators_: new Array(times).fill(tree),
    n_features_in_: 1,
    _sklearn_version: '1.5.2',
  });
}

test('a forest that names one big tree a million times is refused before it is laid out', () => {
  assert.throws(
    () => buildNow(forest(20_001, 1_000_000)),
    (error) => error instanceof LoadError && error.reason === 'LimitExceeded' && /over and over/.test(error.message),
  );
});

test('a few repeats of a small tree are as good as any trees', () => {
  const { estimator } = buildNow(forest(5, 4));
  const x = { kind: 'matrix', rows: 1, cols: 1, data: Float64Array.of(1), dtype: 'float64' } as const;
  const answer = estimator.predict?.(x);
  assert.deepEqual(answer?.data, Float64Array.of(1));
});

test('an estimator that is named many times in one file is built once', () => {
  const member = forest(2001, 3);
  const classes = new NdArray({ kind: 'i', itemSize: 8 }, [2], BigInt64Array.of(0n, 1n));
  const voters = fittedObject('sklearn.ensemble._voting', 'VotingRegressor', {
    estimators_: new Array(20_000).fill(member),
    estimators: [],
    weights: null,
    classes_: classes,
  });
  const { estimator } = buildNow(voters);
  assert.equal(estimator.nFeaturesIn, 1);
});
