import type { InferRequest, Model, TensorSpec } from '@berth/inference';
import type { LoadOptions } from '../format.ts';
import { boosterModel } from '../trees/booster-model.ts';
import { type DenseRows, denseRows } from '../trees/dense-rows.ts';
import type { RowsSpec } from '../trees/rows-spec.ts';
import type { XgboostBooster } from './booster.ts';
import { boosterCodes } from './category-codes.ts';
import { classesOf, outputsOf } from './outputs.ts';
import { readWrapperNote } from './scikit-learn-wrapper.ts';

type Rows = DenseRows<Float32Array>;

/**
 * A served XGBoost model. Its outputs:
 * `predict` is what `Booster.predict` answers with all trees (float32; KServe's xgbserver), but in the mlserver flavour a
 * file that `XGBClassifier.save_model` wrote answers the classifier's labels, and the rounds end at `best_iteration` as
 * the wrapper's do (MLServer's runtime loads the file into `XGBRegressor` or `XGBClassifier`);
 * `predict_proba` the probability of each class, for classification objectives;
 * `decision_function` the sums without the objective's transform (`output_margin`).
 * Infinite cells are compared as they are, as releases up to 1.3 have it; current ones refuse them.
 * A named column that the request lacks is refused, as is one that the model does not have.
 */
export function xgboostModel(booster: XgboostBooster, options: LoadOptions): Model {
  const spec = rowsSpec(booster);
  const note = readWrapperNote(booster.attributes.get('scikit_learn'));
  const wrapped = options.flavour === 'mlserver';
  const end = wrapped && booster.bestIteration !== undefined ? booster.bestIteration + 1 : 0;
  const classes = classesOf(booster, note?.classes);
  const outputs = outputsOf(booster, { iterationEnd: end, labels: wrapped && note?.classifier === true, classes });
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
  const { numFeatures, featureNames } = booster;
  const named = featureNames?.length === numFeatures ? featureNames : undefined;
  return {
    numFeatures,
    // As the library: a data frame without one of the columns does not match.
    absentIsMissing: false,
    // Without names the library calls the columns f0, f1, …
    names: named ?? inventedNames(numFeatures),
    namesInvented: named === undefined,
    ...boosterCodes(booster, numFeatures),
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
