import type { InferRequest, Model, TensorSpec } from '@berth/inference';
import type { LoadOptions } from '../format.ts';
import { type BoosterOutput, boosterModel, outputSpec } from '../trees/booster-model.ts';
import { type DenseRows, denseRows } from '../trees/dense-rows.ts';
import type { RowsSpec } from '../trees/rows-spec.ts';
import type { XgboostBooster } from './booster.ts';
import { xgboostCodes } from './category-codes.ts';
import { classProbabilities } from './classifier.ts';
import { readWrapperNote } from './scikit-learn-wrapper.ts';

type Rows = DenseRows<Float32Array>;

/**
 * A served XGBoost model. Its outputs:
 * `predict` is what `Booster.predict` answers with all trees (float32; KServe's xgbserver), but in the mlserver flavour a
 * file that `XGBClassifier.save_model` wrote answers the classifier's labels, and the rounds end at `best_iteration` as
 * the wrapper's do (MLServer's runtime loads the file into `XGBRegressor` or `XGBClassifier`);
 * `predict_proba` the probability of each class, for classification objectives;
 * `decision_function` the sums without the objective's transform (`output_margin`).
 */
export function xgboostModel(booster: XgboostBooster, options: LoadOptions): Model {
  const spec = rowsSpec(booster);
  const note = readWrapperNote(booster.attributes.get('scikit_learn'));
  const wrapped = options.flavour === 'mlserver';
  const end = wrapped && booster.bestIteration !== undefined ? booster.bestIteration + 1 : 0;
  const classes = classesOf(booster, note?.classes);
  const outputs = outputsOf(booster, end, wrapped && note?.classifier ? classes : undefined, classes);
  const hasProba = outputs.some((output) => output.spec.name === 'predict_proba');
  return boosterModel<Rows>({
    metadata: {
      platform: 'xgboost',
      inputs: [inputSpec(booster)],
      defaultOutputs: [options.predictProba && hasProba ? 'predict_proba' : 'predict'],
      ...(booster.featureNames === undefined ? {} : { columns: booster.featureNames }),
      ...(classes === undefined ? {} : { classes: classes.map(String) }),
      properties: describeBooster(booster),
    },
    outputs,
    read: (request: InferRequest) => denseRows(request, spec, (length) => new Float32Array(length)),
  });
}

function rowsSpec(booster: XgboostBooster): RowsSpec {
  const { numFeatures, featureNames, categories } = booster;
  const named = featureNames?.length === numFeatures ? featureNames : undefined;
  return {
    numFeatures,
    // As the library: a data frame without one of the columns does not match.
    absentIsMissing: false,
    // Without names the library calls the columns f0, f1, …
    names: named ?? inventedNames(numFeatures),
    namesInvented: named === undefined,
    ...(categories === undefined
      ? {}
      : { codes: categories.map((column) => (column === undefined ? undefined : xgboostCodes(column))) }),
  };
}

/** The library's own names, which a table of very many columns does without. */
function inventedNames(count: number): string[] {
  return count > 10_000 ? [] : Array.from({ length: count }, (_, column) => `f${column}`);
}

function inputSpec(booster: XgboostBooster): TensorSpec {
  const shape = [-1, booster.numFeatures];
  return booster.featureNames === undefined
    ? { name: 'input-0', datatype: 'FP32', shape }
    : { name: 'input-0', datatype: 'FP32', shape, labels: booster.featureNames };
}

/** The classes of a classification objective: the wrapper's own labels, else 0, 1, … */
function classesOf(booster: XgboostBooster, labels: readonly (string | number)[] | undefined) {
  const count = booster.numClass > 1 ? booster.numClass : 2;
  const classification = ['probability', 'class', 'class-probabilities', 'margin'].includes(booster.answers);
  if (!classification || booster.numTargets > 1) return undefined;
  return labels?.length === count ? labels : Array.from({ length: count }, (_, code) => code);
}

function outputsOf(
  booster: XgboostBooster,
  end: number,
  predictClasses: readonly (string | number)[] | undefined,
  classes: readonly (string | number)[] | undefined,
): BoosterOutput<Rows>[] {
  const options = { iterationEnd: end };
  const cols = booster.predict(new Float32Array(0), 0).cols;
  const sums = booster.predict(new Float32Array(0), 0, { margin: true }).cols;
  const predict: BoosterOutput<Rows> = {
    spec: outputSpec('predict', 'FP32', cols),
    compute: ({ data, rows }) => booster.predict(data, rows, options).data,
  };
  const margin: BoosterOutput<Rows> = {
    spec: outputSpec('decision_function', 'FP32', sums),
    compute: ({ data, rows }) => booster.predict(data, rows, { ...options, margin: true }).data,
  };
  const probabilities = classes === undefined ? undefined : classProbabilities(booster, options);
  if (probabilities === undefined || classes === undefined) return [predict, margin];
  const proba: BoosterOutput<Rows> = {
    spec: { name: 'predict_proba', datatype: 'FP32', shape: [-1, classes.length], labels: classes.map(String) },
    compute: ({ data, rows }) => probabilities(data, rows),
  };
  if (predictClasses === undefined) return [predict, proba, margin];
  return [labelOutput(predictClasses, probabilities), proba, margin];
}

/** `XGBClassifier.predict`: the class of the greatest probability; of two, the second only above one half. */
function labelOutput(
  classes: readonly (string | number)[],
  probabilities: (data: Float32Array, rows: number) => Float32Array,
): BoosterOutput<Rows> {
  const count = classes.length;
  const codes = (data: Float32Array, rows: number) => {
    const proba = probabilities(data, rows);
    return Array.from({ length: rows }, (_, row) => {
      if (count === 2) return proba[row * 2 + 1] > 0.5 ? 1 : 0;
      let best = 0;
      for (let k = 1; k < count; k++) if (proba[row * count + k] > proba[row * count + best]) best = k;
      return best;
    });
  };
  const labels = classes.map(String);
  if (classes.every((label) => Number.isSafeInteger(label))) {
    return {
      spec: { ...outputSpec('predict', 'INT64', 1), labels },
      compute: ({ data, rows }) => BigInt64Array.from(codes(data, rows), (code) => BigInt(classes[code])),
    };
  }
  if (classes.every((label) => typeof label === 'number')) {
    return {
      spec: { ...outputSpec('predict', 'FP64', 1), labels },
      compute: ({ data, rows }) => Float64Array.from(codes(data, rows), (code) => classes[code] as number),
    };
  }
  return {
    spec: { ...outputSpec('predict', 'BYTES', 1), labels },
    compute: ({ data, rows }) => codes(data, rows).map((code) => labels[code]),
  };
}

const ENCODINGS: ReadonlyMap<string, string> = new Map([
  ['json', 'XGBoost JSON'],
  ['ubjson', 'XGBoost UBJSON'],
  ['binary', 'XGBoost binary'],
]);

/** Free facts for people. */
function describeBooster(booster: XgboostBooster): ReadonlyMap<string, string> {
  const properties = new Map<string, string>([
    ['format', ENCODINGS.get(booster.encoding) as string],
    ['summary', `${booster.boosterName} ${booster.objective}, ${booster.trees} trees`],
    ['objective', booster.objective],
    ['booster', booster.boosterName],
    ['trees', String(booster.trees)],
  ]);
  if (booster.version !== undefined) properties.set('library_version', booster.version);
  if (booster.bestIteration !== undefined) properties.set('best_iteration', String(booster.bestIteration));
  return properties;
}
