import type { InferRequest, Model } from '@berth/inference';
import type { LoadOptions } from '../format.ts';
import { type BoosterOutput, boosterModel, outputSpec } from '../trees/booster-model.ts';
import { categoryCodes } from '../trees/category-codes.ts';
import { type DenseRows, denseRows } from '../trees/dense-rows.ts';
import type { RowsSpec } from '../trees/rows-spec.ts';
import type { LightgbmBooster } from './booster.ts';

type Rows = DenseRows<Float64Array>;

/**
 * A served LightGBM model. Its outputs:
 * `predict` is what `Booster.predict` answers with all trees of the file (KServe's lgbserver and MLServer alike);
 * `predict_proba` the probability of each class, for binary, multiclass and multiclassova;
 * `decision_function` the sums without the objective's transform (`raw_score`).
 * A named column that the request lacks is missing in all rows, as KServe's lgbserver has it; an unknown one is refused.
 */
export function lightgbmModel(booster: LightgbmBooster, options: LoadOptions): Model {
  const spec = rowsSpec(booster);
  const classes = booster.answers === 'value' ? undefined : classNames(Math.max(2, booster.numClass));
  const outputs = outputsOf(booster, classes);
  return boosterModel<Rows>({
    metadata: {
      platform: 'lightgbm',
      inputs: [{ name: 'input-0', datatype: 'FP64', shape: [-1, booster.numFeatures], labels: booster.featureNames }],
      defaultOutputs: [options.predictProba && classes !== undefined ? 'predict_proba' : 'predict'],
      ...(spec.namesInvented ? {} : { columns: booster.featureNames }),
      ...(classes === undefined ? {} : { classes }),
      properties: describeBooster(booster),
    },
    outputs,
    read: (request: InferRequest) => denseRows(request, spec, (length) => new Float64Array(length)),
  });
}

function rowsSpec(booster: LightgbmBooster): RowsSpec {
  const { numFeatures, featureNames, categories } = booster;
  return {
    numFeatures,
    absentIsMissing: true,
    // LightGBM writes the blanks of a name as underscores.
    spelling: (name) => name.replaceAll(/\s/g, '_'),
    names: featureNames,
    namesInvented: featureNames.every((name, column) => name === `Column_${column}`),
    ...(categories === undefined
      ? {}
      : { codes: categories.map((column) => (column === undefined ? undefined : categoryCodes(column, 'missing'))) }),
  };
}

function outputsOf(booster: LightgbmBooster, classes: readonly string[] | undefined): BoosterOutput<Rows>[] {
  const { cols } = booster.predict(new Float64Array(0), 0);
  const predict: BoosterOutput<Rows> = {
    spec: outputSpec('predict', 'FP64', cols, cols > 1 ? classes : undefined),
    compute: ({ data, rows }) => booster.predict(data, rows).data,
  };
  const raw: BoosterOutput<Rows> = {
    spec: outputSpec('decision_function', 'FP64', cols),
    compute: ({ data, rows }) => booster.predict(data, rows, { raw: true }).data,
  };
  if (classes === undefined) return [predict, raw];
  const proba: BoosterOutput<Rows> = {
    spec: { name: 'predict_proba', datatype: 'FP64', shape: [-1, classes.length], labels: classes },
    compute: ({ data, rows }) => {
      const predicted = booster.predict(data, rows).data;
      return cols === 1 ? twoColumns(predicted) : predicted;
    },
  };
  return [predict, proba, raw];
}

/** The columns 1 − p and p. */
function twoColumns(positive: Float64Array): Float64Array {
  const out = new Float64Array(positive.length * 2);
  for (let row = 0; row < positive.length; row++) {
    out[row * 2] = 1 - positive[row];
    out[row * 2 + 1] = positive[row];
  }
  return out;
}

function classNames(count: number): string[] {
  return Array.from({ length: count }, (_, code) => String(code));
}

/** Free facts for people. */
function describeBooster(booster: LightgbmBooster): ReadonlyMap<string, string> {
  return new Map([
    ['format', `LightGBM text${booster.formatVersion === undefined ? '' : ` ${booster.formatVersion}`}`],
    ['summary', `${booster.objective}, ${booster.trees} trees`],
    ['objective', booster.objective],
    ['trees', String(booster.trees)],
  ]);
}
