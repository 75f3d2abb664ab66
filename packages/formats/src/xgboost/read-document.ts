import { LoadError } from '@berth/inference';
import { readBaseScore } from './base-score.ts';
import { readCategoryContainer } from './category-container.ts';
import {
  arrayField,
  type DocumentObject,
  type DocumentValue,
  damaged,
  fieldOf,
  integerField,
  integersField,
  isObject,
  numbersField,
  objectField,
  textField,
} from './document.ts';
import { isAtLeast, type LinearModel, type TreeModel, type Version, type XgboostFile } from './model-file.ts';
import { readDocumentTree } from './read-tree.ts';

/**
 * Reads a JSON or UBJSON model (XGBoost's `doc/model.schema`), or a pickled booster's `{"Config": …, "Model": …}`.
 * @throws LoadError CorruptModel that names the field, UnsupportedModel for another booster.
 */
export function readDocumentModel(document: DocumentValue, encoding: 'json' | 'ubjson'): XgboostFile {
  if (!isObject(document)) throw notAModel(document);
  const snapshot = fieldOf(document, 'Model');
  const root = isObject(snapshot) ? snapshot : document;
  if (fieldOf(root, 'learner') === undefined) throw notAModel(document);
  const learner = objectField(root, 'learner', 'document');
  const params = objectField(learner, 'learner_model_param', 'learner');
  const booster = objectField(learner, 'gradient_booster', 'learner');
  const boosterName = textField(booster, 'name', 'gradient_booster');
  const config = fieldOf(document, 'Config');
  const version = readVersion(root);
  const model = readBooster(booster, boosterName);
  return {
    ...(config === undefined ? {} : { config }),
    encoding,
    version,
    objective: textField(objectField(learner, 'objective', 'learner'), 'name', 'objective'),
    boosterName,
    numFeatures: integerField(params, 'num_feature', 'learner_model_param'),
    numClass: integerField(params, 'num_class', 'learner_model_param', 0),
    numTargets: integerField(params, 'num_target', 'learner_model_param', 1),
    baseScore: readBaseScore(fieldOf(params, 'base_score')),
    baseScoreIsMargin: isAtLeast(version, 3, 1) && isUntrained(params, model),
    featureNames: readTexts(learner, 'feature_names'),
    featureTypes: readTexts(learner, 'feature_types'),
    attributes: readAttributes(learner),
    model,
  };
}

/** A model of no trees whose base score nobody set: from 3.1 on the library predicts with it as it stands. */
function isUntrained(params: DocumentObject, model: TreeModel | LinearModel): boolean {
  const estimated = integerField(params, 'boost_from_average', 'learner_model_param', 0) !== 0;
  return estimated && model.kind === 'trees' && model.trees.length === 0;
}

function readBooster(booster: DocumentObject, name: string): TreeModel | LinearModel {
  switch (name) {
    case 'gbtree':
      return readTrees(objectField(booster, 'model', 'gradient_booster'));
    case 'dart': {
      const trees = readTrees(objectField(objectField(booster, 'gbtree', 'gradient_booster'), 'model', 'gbtree'));
      return { ...trees, weightDrop: numbersField(booster, 'weight_drop', 'gradient_booster', trees.trees.length) };
    }
    case 'gblinear': {
      const weights = Float32Array.from(
        numbersField(objectField(booster, 'model', 'gradient_booster'), 'weights', 'model'),
      );
      return { kind: 'linear', weights };
    }
    default:
      throw new LoadError(
        'UnsupportedModel',
        `XGBoost booster "${name}" is not supported; gbtree, dart and gblinear are`,
      );
  }
}

function readTrees(model: DocumentObject): TreeModel {
  const params = objectField(model, 'gbtree_model_param', 'model');
  const documents = arrayField(model, 'trees', 'model');
  const count = integerField(params, 'num_trees', 'gbtree_model_param', documents.length);
  if (count !== documents.length) {
    throw damaged('model', 'trees', `has ${documents.length} trees, but num_trees says ${count}`);
  }
  const ordered = new Array<DocumentObject | undefined>(count);
  for (let i = 0; i < count; i++) {
    const tree = documents[i];
    if (typeof tree === 'number' || !isObject(tree)) throw damaged('model', 'trees', `has at ${i} no tree`);
    const id = integerField(tree, 'id', `trees[${i}]`, i);
    if (id < 0 || id >= count || ordered[id] !== undefined) throw damaged('model', 'trees', `has at ${i} the id ${id}`);
    ordered[id] = tree;
  }
  const trees = ordered.map((tree, id) => readDocumentTree(tree as DocumentObject, id));
  const leafSize = trees[0]?.leafSize ?? 1;
  const odd = trees.findIndex((tree) => tree.leafSize !== leafSize);
  if (odd >= 0) throw damaged(`trees[${odd}]`, 'size_leaf_vector', `differs from the first tree's ${leafSize}`);
  const cats = fieldOf(model, 'cats');
  const categories = isObject(cats) ? readCategoryContainer(cats) : undefined;
  const starts = fieldOf(model, 'iteration_indptr');
  return {
    kind: 'trees',
    trees: trees.map((tree) => tree.source),
    treeInfo: integersField(model, 'tree_info', 'model', count),
    leafSize,
    parallelTrees: Math.max(1, integerField(params, 'num_parallel_tree', 'gbtree_model_param', 1)),
    ...(starts === undefined ? {} : { iterationStarts: integersField(model, 'iteration_indptr', 'model') }),
    ...(categories === undefined ? {} : { categories }),
  };
}

function readVersion(root: DocumentObject): Version | undefined {
  if (fieldOf(root, 'version') === undefined) return undefined;
  const parts = integersField(root, 'version', 'document');
  return parts.length === 3 ? [parts[0], parts[1], parts[2]] : undefined;
}

function readTexts(learner: DocumentObject, key: string): string[] {
  const values = fieldOf(learner, key);
  if (!Array.isArray(values)) return [];
  return values.map((value, i) => {
    if (typeof value !== 'string') throw damaged('learner', key, `has at ${i} something that is no text`);
    return value;
  });
}

function readAttributes(learner: DocumentObject): Map<string, string> {
  const attributes = fieldOf(learner, 'attributes');
  if (!isObject(attributes)) return new Map();
  return new Map(Object.entries(attributes).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function notAModel(document: DocumentValue): LoadError {
  const first = Array.isArray(document) ? document[0] : document;
  if (isObject(first) && fieldOf(first, 'nodeid') !== undefined) {
    return new LoadError(
      'UnsupportedModel',
      'this is a dump for people (Booster.dump_model), which leaves out what prediction needs; save the model with Booster.save_model("model.ubj")',
    );
  }
  if (isObject(first) && fieldOf(first, 'tree_info') !== undefined) {
    return new LoadError(
      'UnsupportedModel',
      'this is a LightGBM JSON dump (Booster.dump_model); save the model as text with Booster.save_model("model.txt")',
    );
  }
  return new LoadError('CorruptModel', 'this is no XGBoost model: the document has no "learner"');
}
