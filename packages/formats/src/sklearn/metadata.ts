import type { Datatype, ModelMetadata, Tensor, TensorSpec } from '@berth/inference';
import type { NdArray } from '../numpy/ndarray.ts';
import type { PyValue } from '../pickle/values.ts';
import type { Estimator, Table } from './estimator.ts';
import type { LoadedEstimator } from './load.ts';
import { arrayDatatype } from './output.ts';

/** Class labels that the metadata lists; a model of ten thousand classes would drown its readers. */
const MAX_LABELS = 1000;

/** What a scikit-learn model says of itself. `answer` computes one output for a table, as the model would. */
export function describeModel(
  loaded: LoadedEstimator,
  predictProba: boolean,
  answer: (output: string, x: Table) => readonly Tensor[],
): ModelMetadata {
  const { estimator } = loaded;
  const outputs = outputSpecs(estimator).map((spec) => observed(spec, estimator, answer));
  const names = outputs.map((output) => output.name);
  const probabilities = names.filter((name) => /^predict_proba(_\d+)?$/.test(name));
  const first = names.includes('predict')
    ? ['predict']
    : names.includes('transform')
      ? ['transform']
      : names.slice(0, 1);
  const properties = new Map([
    ['class', estimator.className],
    ['summary', estimator.describe?.() ?? estimator.className],
  ]);
  if (loaded.libraryVersion !== undefined) properties.set('scikit-learn', loaded.libraryVersion);
  const classes = estimator.classes?.length === 1 ? labelTexts(estimator.classes[0]) : undefined;
  return {
    platform: 'sklearn',
    inputs: [inputSpec(estimator)],
    outputs,
    defaultOutputs: predictProba && probabilities.length > 0 ? probabilities : first,
    ...(estimator.featureNamesIn === undefined ? {} : { columns: estimator.featureNamesIn }),
    ...(classes === undefined ? {} : { classes }),
    properties,
  };
}

/**
 * The spec with the datatype and the width that the model really gives, tried on one made-up row: what an object does not
 * say (float32 results, the width of a transform). Where the row does not suit the model, the spec stays a guess.
 */
function observed(
  spec: TensorSpec,
  estimator: Estimator,
  answer: (output: string, x: Table) => readonly Tensor[],
): TensorSpec {
  const row = madeUpRow(estimator);
  if (row === undefined) return spec;
  try {
    const tensor = answer(spec.name, row).find((one) => one.name === spec.name);
    if (tensor === undefined || tensor.shape[0] !== 1) return spec;
    return { ...spec, datatype: tensor.datatype, shape: [-1, ...tensor.shape.slice(1)] };
  } catch {
    return spec;
  }
}

/** A row of zeros, or an empty text; nothing where the number of columns is unknown. */
function madeUpRow(estimator: Estimator): Table | undefined {
  if (estimator.takesDocuments === true) {
    return { kind: 'frame', rows: 1, named: false, columns: [{ kind: 'object', name: '0', data: [''] }] };
  }
  const cols = estimator.nFeaturesIn;
  return cols === undefined
    ? undefined
    : { kind: 'matrix', rows: 1, cols, data: new Float64Array(cols), dtype: 'float64' };
}

function inputSpec(estimator: Estimator): TensorSpec {
  if (estimator.takesDocuments === true) return { name: 'predict', datatype: 'BYTES', shape: [-1] };
  return {
    name: 'predict',
    datatype: 'FP64',
    shape: [-1, estimator.nFeaturesIn ?? -1],
    ...(estimator.featureNamesIn === undefined ? {} : { labels: estimator.featureNamesIn }),
  };
}

function outputSpecs(estimator: Estimator): TensorSpec[] {
  const targets = estimator.classes?.length ?? 1;
  const specs: TensorSpec[] = [];
  if (estimator.predict !== undefined) {
    const width = estimator.outputs ?? targets;
    specs.push({ name: 'predict', datatype: predictDatatype(estimator), shape: width > 1 ? [-1, width] : [-1] });
  }
  if (estimator.predictProba !== undefined) specs.push(...probabilitySpecs(estimator, 'predict_proba'));
  if (estimator.predictLogProba !== undefined) specs.push(...probabilitySpecs(estimator, 'predict_log_proba'));
  if (estimator.decisionFunction !== undefined) {
    const classes = estimator.classes?.[0]?.size ?? 1;
    specs.push({ name: 'decision_function', datatype: 'FP64', shape: classes > 2 ? [-1, -1] : [-1] });
  }
  if (estimator.transform !== undefined) specs.push({ name: 'transform', datatype: 'FP64', shape: [-1, -1] });
  return specs;
}

function predictDatatype(estimator: Estimator): Datatype {
  if (estimator.classes !== undefined && estimator.classes.length > 0) return arrayDatatype(estimator.classes[0]);
  return estimator.kind === 'regressor' || estimator.kind === 'transformer' ? 'FP64' : 'INT64';
}

function probabilitySpecs(estimator: Estimator, name: string): TensorSpec[] {
  const classes = estimator.classes ?? [];
  if (classes.length < 2)
    return [{ name, datatype: 'FP64', shape: [-1, classes[0]?.size ?? -1], ...labels(classes[0]) }];
  return classes.map((one, i) => ({ name: `${name}_${i}`, datatype: 'FP64', shape: [-1, one.size], ...labels(one) }));
}

function labels(classes: NdArray | undefined): { labels?: readonly string[] } {
  const texts = classes === undefined ? undefined : labelTexts(classes);
  return texts === undefined ? {} : { labels: texts };
}

function labelTexts(classes: NdArray): readonly string[] | undefined {
  if (classes.size > MAX_LABELS) return undefined;
  return Array.from(classes.data as ArrayLike<PyValue>, (label) => {
    if (classes.dtype.kind === 'b') return label ? 'True' : 'False';
    if (label instanceof Uint8Array) return Buffer.from(label).toString('latin1');
    return String(label);
  });
}
