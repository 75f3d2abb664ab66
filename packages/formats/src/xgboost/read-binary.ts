import { LoadError } from '@berth/inference';
import type { TreeSource } from '../trees/tree-source.ts';
import { ByteReader } from './byte-reader.ts';
import type { LinearModel, TreeModel, Version, XgboostFile } from './model-file.ts';
import { splitsToTree } from './splits.ts';

const LEARNER_PARAM_BYTES = 136;
const GBTREE_PARAM_BYTES = 160;
const GBLINEAR_PARAM_BYTES = 136;
const TREE_PARAM_BYTES = 148;
const NODE_BYTES = 20;
const STAT_BYTES = 16;

/**
 * Whether the bytes from `start` have the shape of the old binary format: a learner record and then the name of an
 * objective such as `binary:logistic`, with its length before it.
 */
export function looksBinary(bytes: Uint8Array, start: number): boolean {
  const at = start + LEARNER_PARAM_BYTES;
  if (bytes.length < at + 12) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(at, true) || view.getUint32(at + 4, true);
  if (length < 3 || length > 64) return false;
  const text = String.fromCharCode(...bytes.subarray(at + 8, Math.min(bytes.length, at + 16 + length)));
  return /[a-z]+:[a-z]/.test(text);
}

/**
 * Reads XGBoost's old binary format, which releases up to 2.x wrote (`LearnerIO::LoadModel(dmlc::Stream*)` in XGBoost's
 * `src/learner.cc`, `GBTreeModel::Load`, `RegTree::Load`): C structures in little-endian, lengths of 8 bytes.
 * @throws LoadError CorruptModel that says in which part the file is cut or damaged.
 */
export function readBinaryModel(bytes: Uint8Array, start: number): XgboostFile {
  const reader = new ByteReader(bytes, start);
  const learner = reader.record(LEARNER_PARAM_BYTES, 'the learner parameters');
  const major = learner.getUint32(20, true);
  const version: Version | undefined = major === 0 ? undefined : [major, learner.getUint32(24, true), undefined];
  const numFeatures = learner.getUint32(4, true);
  const numClass = learner.getInt32(8, true);
  // The number of targets came with 1.6; releases before left the field zero.
  const numTargets = Math.max(1, learner.getInt32(28, true));
  const objective = readObjectiveName(reader);
  const boosterName = reader.text('the name of the booster');
  const model = readBooster(reader, boosterName);
  const attributes = learner.getInt32(12, true) === 0 ? new Map<string, string>() : readAttributes(reader);
  return {
    encoding: 'binary',
    version,
    objective,
    boosterName,
    numFeatures,
    numClass,
    numTargets,
    baseScore: [learner.getFloat32(0, true)],
    baseScoreIsMargin: version === undefined,
    featureNames: [],
    featureTypes: [],
    attributes,
    model,
  };
}

/** The length may have been written by a 32-bit program: then it fills the upper half and a gap follows. */
function readObjectiveName(reader: ByteReader): string {
  const length = reader.record(8, 'the name of the objective');
  if (length.getUint32(4, true) === 0) return reader.characters(length.getUint32(0, true), 'the name of the objective');
  reader.record(4, 'the name of the objective');
  return reader.characters(length.getUint32(4, true), 'the name of the objective');
}

function readBooster(reader: ByteReader, name: string): TreeModel | LinearModel {
  if (name === 'gblinear') {
    reader.record(GBLINEAR_PARAM_BYTES, 'the linear parameters');
    return { kind: 'linear', weights: readFloats(reader, 'the weights') };
  }
  if (name !== 'gbtree' && name !== 'dart') {
    throw new LoadError(
      'UnsupportedModel',
      `XGBoost booster ${JSON.stringify(name.slice(0, 40))} is not supported; gbtree, dart and gblinear are`,
    );
  }
  const model = readTrees(reader);
  if (name === 'gbtree' || model.trees.length === 0) return model;
  const weightDrop = readFloats(reader, 'the weights of the trees');
  if (weightDrop.length !== model.trees.length) {
    throw new LoadError(
      'CorruptModel',
      `the dart model has ${model.trees.length} trees, but ${weightDrop.length} weights`,
    );
  }
  return { ...model, weightDrop };
}

function readTrees(reader: ByteReader): TreeModel {
  const params = reader.record(GBTREE_PARAM_BYTES, 'the tree parameters');
  const count = params.getInt32(0, true);
  if (count < 0 || count * TREE_PARAM_BYTES > reader.left) {
    throw new LoadError(
      'CorruptModel',
      `the XGBoost binary model announces ${count} trees, ${reader.left} bytes are left`,
    );
  }
  const trees = Array.from({ length: count }, (_, tree) => readTree(reader, tree));
  const info = reader.record(4 * count, 'the groups of the trees');
  return {
    kind: 'trees',
    trees,
    treeInfo: Int32Array.from({ length: count }, (_, tree) => info.getInt32(4 * tree, true)),
    leafSize: 1,
    parallelTrees: Math.max(1, params.getInt32(4, true)),
  };
}

function readTree(reader: ByteReader, tree: number): TreeSource {
  const where = `tree ${tree}`;
  const params = reader.record(TREE_PARAM_BYTES, where);
  const roots = params.getInt32(0, true);
  if (roots > 1)
    throw new LoadError('UnsupportedModel', `${where} has ${roots} roots; models with one root are supported`);
  const count = params.getInt32(4, true);
  if (count < 1 || count * (NODE_BYTES + STAT_BYTES) > reader.left) {
    throw new LoadError(
      'CorruptModel',
      `${where} announces ${count} nodes, ${reader.left} bytes are left: the file is cut or damaged`,
    );
  }
  const nodes = reader.record(NODE_BYTES * count, where);
  reader.record(STAT_BYTES * count, where);
  const splits = {
    left: new Int32Array(count),
    right: new Int32Array(count),
    feature: new Int32Array(count),
    condition: new Float32Array(count),
    defaultLeft: new Uint8Array(count),
  };
  for (let node = 0; node < count; node++) {
    const at = node * NODE_BYTES;
    splits.left[node] = nodes.getInt32(at + 4, true);
    splits.right[node] = nodes.getInt32(at + 8, true);
    const column = nodes.getUint32(at + 12, true);
    splits.feature[node] = column & 0x7fffffff;
    splits.defaultLeft[node] = column >>> 31;
    splits.condition[node] = nodes.getFloat32(at + 16, true);
  }
  return splitsToTree(splits);
}

function readFloats(reader: ByteReader, what: string): Float32Array {
  const count = reader.count(4, what);
  const record = reader.record(4 * count, what);
  return Float32Array.from({ length: count }, (_, i) => record.getFloat32(4 * i, true));
}

function readAttributes(reader: ByteReader): Map<string, string> {
  const count = reader.count(16, 'the attributes');
  const attributes = new Map<string, string>();
  for (let i = 0; i < count; i++) attributes.set(reader.text('the attributes'), reader.text('the attributes'));
  return attributes;
}
