import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject, PyTuple, type PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import { commonDtype, densify, frameToMatrix, matrix } from '../dense.ts';
import type { BuildContext, Estimator, EstimatorClass, Matrix, Table } from '../estimator.ts';
import { readClasses, stackOutputs } from '../labels.ts';
import { isFloat32 } from '../matrix-product.ts';
import { asList } from '../renamed.ts';
import { floats, takeLabels } from '../results.ts';
import { memberInput } from './member-input.ts';
import { predictOf } from './member-methods.ts';

const MODULES = ['sklearn.ensemble._stacking'];

type Answer = (x: Table) => NdArray | readonly NdArray[];

interface Stack {
  readonly attributes: Attributes;
  readonly members: readonly Estimator[];
  readonly methods: readonly Answer[];
  /** Whether the first column of a member's answer is left out: two classes' probabilities say the same twice. */
  readonly dropFirst: readonly boolean[];
  readonly names: readonly string[];
  readonly final: Estimator;
  readonly passthrough: boolean;
}

/** Reads the members, the method each answers with (`stack_method_`) and the final estimator. */
function readStack(object: PyObject, context: BuildContext, isBinary: boolean): Stack {
  const attributes = new Attributes(object);
  const members = attributes.items('estimators_').filter((value) => value !== 'drop' && value !== null);
  const methodNames = attributes.items('stack_method_').filter((value) => value !== null && value !== 'drop');
  if (members.length !== methodNames.length || members.length === 0) {
    throw attributes.corrupt('stack_method_', 'does not fit estimators_');
  }
  const built = members.map((value, at) => context.build(value, `estimators_[${at}]`));
  const kept = (asList(object.get('estimators')) ?? []).flatMap((pair) => {
    const items = pair instanceof PyTuple ? pair.items : (asList(pair) ?? []);
    return items[1] === 'drop' || items[1] === null ? [] : [String(items[0])];
  });
  return {
    attributes,
    members: built,
    methods: built.map((member, at) => methodOf(member, methodNames[at], attributes)),
    dropFirst: methodNames.map((name) => name === 'predict_proba' && isBinary),
    names: kept,
    final: context.build(object.get('final_estimator_') ?? null, 'final_estimator_'),
    passthrough: object.get('passthrough') === true,
  };
}

function methodOf(member: Estimator, name: PyValue, attributes: Attributes): Answer {
  const method =
    name === 'predict_proba'
      ? member.predictProba
      : name === 'decision_function'
        ? member.decisionFunction
        : name === 'predict'
          ? member.predict
          : undefined;
  if (method === undefined) throw attributes.unsupported(`stack_method ${String(name)} of ${member.className}`);
  return method.bind(member);
}

interface Block {
  readonly data: Float64Array;
  readonly width: number;
  /** Columns from the left that are not passed on. */
  readonly skip: number;
  readonly dtype: Matrix['dtype'];
}

/** What the final estimator gets: the members' answers side by side, then X itself with `passthrough`. */
function metaFeatures(x: Table, stack: Stack): Matrix {
  const blocks: Block[] = [];
  for (const [at, method] of stack.methods.entries()) {
    const answer = method(x);
    if (answer instanceof NdArray) {
      const width = answer.shape.length === 1 ? 1 : answer.shape[1];
      blocks.push({
        data: answer.toFloat64(),
        width,
        skip: stack.dropFirst[at] && width > 1 ? 1 : 0,
        dtype: dtypeOf(answer),
      });
    } else
      for (const one of answer)
        blocks.push({ data: one.toFloat64(), width: one.shape[1], skip: 1, dtype: dtypeOf(one) });
  }
  if (stack.passthrough) {
    const own =
      x.kind === 'frame' ? frameToMatrix(x, stack.attributes.className) : x.kind === 'sparse' ? densify(x) : x;
    blocks.push({ data: own.data, width: own.cols, skip: 0, dtype: own.dtype });
  }
  const cols = blocks.reduce((sum, block) => sum + block.width - block.skip, 0);
  const out = new Float64Array(x.rows * cols);
  let to = 0;
  for (const { data, width, skip } of blocks) {
    for (let row = 0; row < x.rows; row++) {
      out.set(data.subarray(row * width + skip, (row + 1) * width), row * cols + to);
    }
    to += width - skip;
  }
  return matrix(x.rows, cols, out, blocks.map((block) => block.dtype).reduce(commonDtype));
}

function dtypeOf(array: NdArray): Matrix['dtype'] {
  if (isFloat32(array)) return 'float32';
  return array.dtype.kind === 'i' ? 'int64' : array.dtype.kind === 'b' ? 'bool' : 'float64';
}

/** Names as `get_feature_names_out` gives them; the width of each member's block is worked out on one empty row. */
function metaNames(stack: Stack, prefix: string, input: readonly string[], widths: readonly number[]): string[] {
  const names = stack.names.flatMap((name, at) =>
    widths[at] === 1
      ? [`${prefix}_${name}`]
      : Array.from({ length: widths[at] ?? 0 }, (_, k) => `${prefix}_${name}${k}`),
  );
  return stack.passthrough ? [...names, ...input] : names;
}

function featureCounts(object: PyObject): readonly number[] {
  return (asList(object.get('_n_feature_outs')) ?? []).map(Number);
}

/**
 * StackingClassifier (sklearn `ensemble/_stacking.py`): the final estimator was trained on class numbers, the label
 * encoder holds the labels; a list of encoders means one answer for each of several targets.
 */
function buildClassifier(object: PyObject, context: BuildContext): Estimator {
  const attributes = new Attributes(object);
  const encoder = object.get('_label_encoder') ?? object.get('_le');
  const encoders = Array.isArray(encoder) ? encoder : undefined;
  const classes = readClasses(
    encoders?.map((one) => (one instanceof PyObject ? (one.get('classes_') ?? null) : null)) ??
      (encoder instanceof PyObject ? encoder.get('classes_') : undefined) ??
      object.get('classes_'),
    attributes.className,
  );
  const stack = readStack(object, context, classes.length === 1 && classes[0].size === 2);
  const { final } = stack;
  const finalPredict = predictOf(final, attributes);
  return {
    className: attributes.className,
    kind: 'classifier',
    ...memberInput(attributes, stack.members),
    classes,
    outputs: classes.length,
    transform: (x) => metaFeatures(x, stack),
    featureNamesOut: (input) => metaNames(stack, 'stackingclassifier', input, featureCounts(object)),
    predict(x) {
      const numbers = finalPredict(metaFeatures(x, stack)).toFloat64();
      if (classes.length === 1) return takeLabels(classes[0], numbers);
      const columns = classes.map((labels, k) =>
        takeLabels(
          labels,
          Float64Array.from({ length: x.rows }, (_, row) => numbers[row * classes.length + k]),
        ),
      );
      return stackOutputs(columns, x.rows);
    },
    ...(final.predictProba === undefined
      ? {}
      : {
          predictProba: (x: Table) => {
            const proba = final.predictProba?.(metaFeatures(x, stack)) as NdArray | readonly NdArray[];
            return proba instanceof NdArray ? proba : firstColumns(proba, x.rows);
          },
        }),
    ...(final.decisionFunction === undefined
      ? {}
      : { decisionFunction: (x: Table) => final.decisionFunction?.(metaFeatures(x, stack)) as NdArray }),
    describe: () => `${attributes.className}(… → ${final.className})`,
  };
}

/** With several targets scikit-learn answers the first class's probability of each. */
function firstColumns(arrays: readonly NdArray[], rows: number): NdArray {
  const out = new Float64Array(rows * arrays.length);
  for (const [k, array] of arrays.entries()) {
    const values = array.toFloat64();
    for (let row = 0; row < rows; row++) out[row * arrays.length + k] = values[row * array.shape[1]];
  }
  return floats([rows, arrays.length], out);
}

/** StackingRegressor (sklearn `ensemble/_stacking.py`). */
function buildRegressor(object: PyObject, context: BuildContext): Estimator {
  const stack = readStack(object, context, false);
  const { attributes, final } = stack;
  const finalPredict = predictOf(final, attributes);
  return {
    className: attributes.className,
    kind: 'regressor',
    ...memberInput(attributes, stack.members),
    ...(final.outputs === undefined ? {} : { outputs: final.outputs }),
    predict: (x) => finalPredict(metaFeatures(x, stack)),
    transform: (x) => metaFeatures(x, stack),
    featureNamesOut: (input) => metaNames(stack, 'stackingregressor', input, featureCounts(object)),
    describe: () => `${attributes.className}(… → ${final.className})`,
  };
}

/** `Stacking*`. */
export const stacking: readonly EstimatorClass[] = [
  { modules: MODULES, name: 'StackingClassifier', build: buildClassifier },
  { modules: MODULES, name: 'StackingRegressor', build: buildRegressor },
];
