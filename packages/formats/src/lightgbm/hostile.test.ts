import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { parseLightgbm } from './booster.ts';

const text = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=regression
feature_names=a b
feature_infos=[0:1] [0:1]
tree_sizes=1 1

Tree=0
num_leaves=1
num_cat=0
leaf_value=0.25
shrinkage=1

Tree=1
num_leaves=3
num_cat=1
split_feature=0 1
threshold=0.5 0
decision_type=2 1
left_child=1 -1
right_child=-2 -3
leaf_value=1 2 3
cat_boundaries=0 1
cat_threshold=5
shrinkage=0.1

end of trees

pandas_categorical:null
`;

function refused(from: string, to: string, expected: RegExp): void {
  const changed = text.replace(from, to);
  assert.notEqual(changed, text);
  assert.throws(
    () => parseLightgbm(changed),
    (error) => error instanceof LoadError && expected.test(error.message),
    `${to}: ${expected}`,
  );
}

describe('damaged LightGBM trees', () => {
  it('loads the model that the others are made from', () => {
    const rows = Float64Array.of(0, 0, 0, 1, 0, 2, 1, 0, NaN, NaN);
    assert.deepEqual([...parseLightgbm(text).predict(rows, 5).data], [1.25, 3.25, 1.25, 2.25, 3.25]);
  });

  it('names tree and node of a cycle, a shared child and a child outside', () => {
    refused('left_child=1 -1', 'left_child=0 -1', /tree 1, node 0 is reached twice/);
    refused('left_child=1 -1', 'left_child=1 0', /tree 1, node 0 is reached twice/);
    refused('right_child=-2 -3', 'right_child=1 -3', /tree 1, node 1 is reached twice/);
    refused('right_child=-2 -3', 'right_child=9 -3', /tree 1, node 0 has the right child/);
    refused('right_child=-2 -3', 'right_child=-9 -3', /tree 1, node 0 has the right child/);
    refused('left_child=1 -1', 'left_child=2147483648 -1', /tree 1: "left_child".*2147483648/);
  });

  it('names tree and node of a column or a set of categories that is not there, and of NaN', () => {
    refused('split_feature=0 1', 'split_feature=2 1', /tree 1, node 0.*is 2, but the model has 2 columns/);
    refused('split_feature=0 1', 'split_feature=0 -1', /tree 1, node 1.*is -1/);
    refused('threshold=0.5 0', 'threshold=nan 0', /tree 1, node 0 has the threshold NaN/);
    refused('threshold=0.5 0', 'threshold=0.5 7', /tree 1, node 1.*is 7, but the tree has 1 sets/);
    refused('cat_boundaries=0 1', 'cat_boundaries=0 2147483647', /tree 1: "cat_boundaries" ends at 2147483647/);
    refused('leaf_value=1 2 3', 'leaf_value=1 2 nan', /tree 1, node 4 is a leaf whose value is NaN/);
  });

  it('refuses counts that the file does not bear out', () => {
    refused('num_leaves=3', 'num_leaves=2147483648', /tree 1: "num_leaves" is 2147483648/);
    refused('num_cat=1', 'has_categorical=1', /tree 1 has no "num_cat".*older than LightGBM 2.0.5/);
    refused('num_leaves=3', 'num_leaves=4', /tree 1: "leaf_value" has 3 values instead of 4/);
    refused('leaf_value=1 2 3', 'leaf_value=1 2', /tree 1: "leaf_value" has 2 values instead of 3/);
    refused('tree_sizes=1 1', 'tree_sizes=1 1 1', /cut inside or after tree 1: it holds 2 of 3 trees/);
    refused('num_class=1', 'num_class=0', /"num_class" is 0/);
    refused('max_feature_idx=1', 'max_feature_idx=2', /"feature_names" has 2 names for 3 columns/);
    refused('max_feature_idx=1', 'max_feature_idx=9e99', /"max_feature_idx"/);
  });

  it('refuses objectives it does not know, also such as objects inherit', () => {
    refused('objective=regression', 'objective=mine', /objective "mine" is not supported/);
    refused('objective=regression', 'objective=constructor', /objective "constructor" is not supported/);
  });

  it('reads numbers as C writes them', () => {
    const infinite = text
      .replace('threshold=0.5 0', 'threshold=inf 0')
      .replace('leaf_value=1 2 3', 'leaf_value=1e+00 2 -1.5E+2');
    assert.deepEqual([...parseLightgbm(infinite).predict(Float64Array.of(1e300, 1), 1).data], [-149.75]);
  });

  it('says what a file is instead', () => {
    const says = (content: string, expected: RegExp) =>
      assert.throws(
        () => parseLightgbm(content),
        (error) => error instanceof LoadError && expected.test(error.message),
      );
    says('{"name":"tree","version":"v4"}', /dump_model/);
    says('hello\nworld\n', /no LightGBM text model/);
  });

  it('answers random damage with a LoadError or a model that predicts, and ends', () => {
    const sample = readFileSync(join(import.meta.dirname, 'golden/4.7.0/categorical_sets.txt'));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = Uint8Array.from(sample);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          const booster = parseLightgbm(bytes);
          if (booster.numFeatures <= 1000) booster.predict(new Float64Array(booster.numFeatures), 1);
        } catch (error) {
          assert.ok(error instanceof LoadError, `${error instanceof Error ? error.stack : error}`);
        }
      }),
      { numRuns: 400 },
    );
  });
});
