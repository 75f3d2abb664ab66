import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { parseXgboost } from './booster.ts';

interface Tree {
  left_children: number[];
  right_children: number[];
  split_indices: number[];
  split_conditions: (number | string)[];
  tree_param: Record<string, string>;
}

interface Model {
  learner: {
    attributes: Record<string, string>;
    learner_model_param: Record<string, unknown>;
    objective: { name: string };
    gradient_booster: {
      name: string;
      model: { gbtree_model_param: Record<string, string>; trees: Tree[]; tree_info: number[] };
    };
  };
}

/** A whole model: two trees with a root and two leaves each, on two columns. */
function model(): Model {
  const tree = (id: number) => ({
    id,
    base_weights: [0, 1, 2],
    categories: [],
    categories_nodes: [],
    categories_segments: [],
    categories_sizes: [],
    default_left: [1, 0, 0],
    left_children: [1, -1, -1],
    loss_changes: [1, 0, 0],
    parents: [2147483647, 0, 0],
    right_children: [2, -1, -1],
    split_conditions: [0.5, -1, 1] as (number | string)[],
    split_indices: [1, 0, 0],
    split_type: [0, 0, 0],
    sum_hessian: [2, 1, 1],
    tree_param: { num_deleted: '0', num_feature: '2', num_nodes: '3', size_leaf_vector: '1' },
  });
  return {
    learner: {
      attributes: {},
      gradient_booster: {
        model: {
          gbtree_model_param: { num_parallel_tree: '1', num_trees: '2' },
          tree_info: [0, 0],
          trees: [tree(0), tree(1)],
        },
        name: 'gbtree',
      },
      learner_model_param: { base_score: '5E-1', num_class: '0', num_feature: '2', num_target: '1' },
      objective: { name: 'reg:squarederror' },
    },
  };
}

function parse(change: (model: Model, tree: Tree) => void, words?: (text: string) => string) {
  const changed = model();
  change(changed, changed.learner.gradient_booster.model.trees[1]);
  const text = JSON.stringify(changed);
  return parseXgboost(new TextEncoder().encode(words?.(text) ?? text));
}

function refused(change: (model: Model, tree: Tree) => void, text: RegExp, words?: (text: string) => string): void {
  assert.throws(
    () => parse(change, words),
    (error) => error instanceof LoadError && text.test(error.message),
    String(text),
  );
}

describe('damaged XGBoost trees', () => {
  it('loads the model that the others are made from', () => {
    const rows = Float32Array.of(0, 0.4, 0, 0.5, 0, NaN);
    assert.deepEqual([...parse(() => {}).predict(rows, 3).data], [-1.5, 2.5, -1.5]);
  });

  it('names tree and node of a cycle, a shared child and a child outside', () => {
    refused((_, tree) => {
      tree.left_children[0] = 0;
    }, /tree 1, node 0 is reached twice/);
    refused((_, tree) => {
      tree.left_children[1] = 0;
      tree.right_children[1] = 2;
    }, /tree 1, node \d is reached twice/);
    refused((_, tree) => {
      tree.right_children[0] = 1;
    }, /tree 1, node 1 is reached twice/);
    refused((_, tree) => {
      tree.left_children[0] = -2;
    }, /tree 1, node 0 has the left child -2/);
    refused((_, tree) => {
      tree.right_children[0] = 3;
    }, /tree 1, node 0 has the right child 3, outside its 3 nodes/);
    refused((_, tree) => {
      tree.right_children[0] = -1;
    }, /tree 1, node 0 has the right child -1/);
    refused((_, tree) => {
      tree.right_children[0] = 2 ** 31;
    }, /tree 1: "right_children".*2147483648/);
  });

  it('names tree and node of a column that is not there and of NaN', () => {
    refused((_, tree) => {
      tree.split_indices[0] = 2;
    }, /tree 1, node 0 splits on column 2, but the model has 2 columns/);
    refused((_, tree) => {
      tree.split_indices[0] = -1;
    }, /tree 1, node 0 splits on column -1/);
    const words = (text: string) => text.replace('"?"', 'NaN');
    refused(
      (_, tree) => {
        tree.split_conditions[0] = '?';
      },
      /tree 1, node 0 has the threshold NaN/,
      words,
    );
    refused(
      (_, tree) => {
        tree.split_conditions[2] = '?';
      },
      /tree 1, node 2 is a leaf whose value is NaN/,
      words,
    );
  });

  it('refuses counts that the file does not bear out', () => {
    refused((whole) => {
      whole.learner.gradient_booster.model.gbtree_model_param.num_trees = '2147483648';
    }, /num_trees says 2147483648/);
    refused((_, tree) => {
      tree.tree_param.num_nodes = '2147483647';
    }, /tree 1: "left_children" has 3 elements instead of 2147483647/);
    refused((_, tree) => {
      tree.left_children.pop();
    }, /tree 1: "left_children" has 2 elements/);
    refused((whole) => {
      whole.learner.gradient_booster.model.tree_info[1] = 7;
    }, /tree 1 adds to output 7/);
    refused((whole) => {
      whole.learner.learner_model_param.num_class = '4000000000';
    }, /4000000000 classes/);
    refused((whole) => {
      whole.learner.learner_model_param.num_feature = '-1';
    }, /-1 columns/);
  });

  it('refuses a base score that is no number, and objectives and boosters it does not know', () => {
    refused((whole) => {
      whole.learner.learner_model_param.base_score = 'x';
    }, /base_score" is "x"/);
    refused((whole) => {
      whole.learner.learner_model_param.base_score = '[1,2]';
    }, /base_score has 2 values for 1 outputs/);
    refused((whole) => {
      whole.learner.objective.name = 'reg:mine';
    }, /objective "reg:mine" is not supported/);
    refused((whole) => {
      whole.learner.gradient_booster.name = 'gbforest';
    }, /booster "gbforest" is not supported/);
  });

  it('does not run out of stack on deep nesting', () => {
    const deep = (text: string) => text.replace('"?"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    refused(
      (whole) => {
        whole.learner.learner_model_param.base_score = '?';
      },
      /base_score" is neither/,
      deep,
    );
    refused(
      (whole) => {
        whole.learner.learner_model_param.num_class = '?';
      },
      /"num_class" is no whole number/,
      deep,
    );
    refused(
      (_, tree) => {
        tree.split_conditions[0] = '?';
      },
      /"split_conditions" has at 0 something/,
      deep,
    );
  });

  it('looks up nothing that an object inherits', () => {
    refused((whole) => {
      whole.learner.objective.name = 'constructor';
    }, /objective "constructor" is not supported/);
    refused((whole) => {
      Object.assign(whole.learner, { gradient_booster: undefined });
    }, /"gradient_booster" is missing/);
  });
});

describe('damaged XGBoost files', () => {
  const folder = join(import.meta.dirname, 'golden');
  const samples = [
    '0.82/binary_logistic.bst',
    '1.3.3/deep.bst',
    '1.3.3/pickled_dart.handle',
    '1.0.2/pickled_dart.handle',
    '3.2.0/deep.ubj',
    '3.2.0/early.json',
    '2.1.4/pickled_dart.handle',
  ].map((path) => join(folder, path));

  it('has its samples', () => {
    for (const sample of samples) assert.ok(readdirSync(join(sample, '..')).length > 0, sample);
  });

  it('refuses a file that is cut anywhere', () => {
    for (const sample of samples) {
      const bytes = readFileSync(sample);
      for (let length = 0; length < bytes.length - 8; length += 61) {
        const cut = bytes.subarray(0, length);
        // Of a pickled booster with binary model the settings at the end may be missing.
        assert.throws(() => parseXgboost(cut), LoadError, `${sample} cut after ${length} bytes`);
      }
    }
  });

  it('answers random damage with a LoadError or a model that predicts, and ends', () => {
    const contents = samples.map((sample) => readFileSync(sample));
    fc.assert(
      fc.property(
        fc.nat(contents.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (which, changes) => {
          const bytes = Uint8Array.from(contents[which]);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          try {
            const booster = parseXgboost(bytes);
            if (booster.numFeatures <= 1000) booster.predict(new Float32Array(booster.numFeatures), 1);
          } catch (error) {
            assert.ok(error instanceof LoadError, `${error instanceof Error ? error.stack : error}`);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('says what a file is instead', () => {
    const says = (text: string, expected: RegExp) =>
      assert.throws(
        () => parseXgboost(new TextEncoder().encode(text)),
        (error) => error instanceof LoadError && expected.test(error.message),
      );
    says('', /empty \(0 bytes\)/);
    says('booster[0]:\n0:[f0<1] yes=1,no=2', /text dump/);
    says('[{"nodeid": 0, "leaf": 1}]', /dump for people/);
    says('tree\nversion=v4\n', /LightGBM text model/);
    says('{"name":"tree","tree_info":[]}', /LightGBM JSON dump/);
    says('hello', /neither JSON, UBJSON nor/);
    says('{"learner":', /JSON model is damaged or cut/);
  });
});
