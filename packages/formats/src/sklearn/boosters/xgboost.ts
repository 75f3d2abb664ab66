import { LoadError } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { parseXgboost, type XgboostBooster } from '../../xgboost/booster.ts';
import { boosterCodes } from '../../xgboost/category-codes.ts';
import { classProbabilities } from '../../xgboost/classifier.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { argmaxRows, int64s, takeLabels } from '../results.ts';
import { type BoosterInput, boosterRows } from './booster-rows.ts';

/** The booster inside a fitted XGBModel, or a pickled Booster itself. @throws LoadError */
function readBooster(object: PyObject): { booster: XgboostBooster; names: readonly string[] | undefined } {
  let holder: PyValue | undefined = object;
  if (object.type.name !== 'Booster') holder = object.get('_Booster');
  // Up to 0.7 the wrapper kept the raw bytes themselves.
  const raw = holder instanceof PyObject ? holder.get('handle') : holder;
  if (!(raw instanceof Uint8Array)) {
    throw new LoadError('CorruptModel', `${object.type.name} holds no booster; was it fitted before it was saved?`);
  }
  const booster = parseXgboost(raw);
  // Up to 1.3 the names lie beside the booster's bytes.
  const kept = holder instanceof PyObject ? holder.get('feature_names') : undefined;
  const names =
    booster.featureNames ??
    (Array.isArray(kept) && kept.every((name) => typeof name === 'string') ? (kept as string[]) : undefined);
  const invented = names?.every((name, j) => name === `f${j}`) ?? true;
  return { booster, names: invented || names?.length !== booster.numFeatures ? undefined : names };
}

/** What every XGBoost estimator needs: rows, rounds, facts of the input. */
class Wrapped {
  readonly className: string;
  readonly booster: XgboostBooster;
  readonly facts: Partial<Estimator>;
  readonly #input: BoosterInput;
  readonly #rounds: number;

  constructor(object: PyObject) {
    const { booster, names } = readBooster(object);
    this.className = object.type.name;
    this.booster = booster;
    const missing = object.get('missing');
    const { categories } = booster;
    this.#input = {
      who: this.className,
      features: booster.numFeatures,
      absentIsMissing: true,
      allowInfinity: false,
      ...(typeof missing === 'number' && !Number.isNaN(missing) ? { missing: Math.fround(missing) } : {}),
      ...boosterCodes(booster, booster.numFeatures),
    };
    this.#rounds = object.type.name === 'Booster' || booster.boosterName === 'gblinear' ? 0 : roundsOf(object, booster);
    this.facts = {
      nFeaturesIn: booster.numFeatures,
      ...(names === undefined ? {} : { featureNamesIn: names }),
      ...(categories === undefined ? {} : { acceptsText: true }),
    };
  }

  rows(x: Table): Float32Array {
    return boosterRows(x, this.#input, (length) => new Float32Array(length));
  }

  get options(): { iterationEnd: number } {
    return { iterationEnd: this.#rounds };
  }

  /** `predict` of the booster: [n], or [n, cols]. */
  predict(x: Table, margin = false): NdArray {
    const { data, cols } = this.booster.predict(this.rows(x), x.rows, { ...this.options, margin });
    return float32s(cols === 1 ? [x.rows] : [x.rows, cols], data);
  }

  describe(): string {
    const { boosterName, objective, trees } = this.booster;
    return `${this.className}(${boosterName} ${objective}, ${trees} trees)`;
  }
}

/** Boosting rounds until early stopping: what the wrappers predict with. 0 is all. */
function roundsOf(object: PyObject, booster: XgboostBooster): number {
  if (booster.bestIteration !== undefined) return booster.bestIteration + 1;
  const limit = object.get('best_ntree_limit');
  const parallel = object.get('num_parallel_tree');
  if (typeof limit !== 'number' || limit <= 0) return 0;
  return Math.ceil(limit / (typeof parallel === 'number' && parallel > 0 ? parallel : 1));
}

function float32s(shape: readonly number[], data: Float32Array): NdArray {
  return new NdArray({ kind: 'f', itemSize: 4 }, shape, data);
}

const MODULES = ['xgboost.sklearn'];

function regressor(name: string): EstimatorClass {
  return {
    modules: name === 'Booster' ? ['xgboost.core'] : MODULES,
    name,
    build: (object) => {
      const wrapped = new Wrapped(object);
      return {
        className: name,
        kind: 'regressor',
        ...wrapped.facts,
        outputs: wrapped.booster.predict(new Float32Array(0), 0).cols,
        predict: (x) => wrapped.predict(x),
        // As a booster's own file offers it (`output_margin=True`); the wrappers have no such method.
        ...(name === 'Booster' ? { decisionFunction: (x: Table) => wrapped.predict(x, true) } : {}),
        describe: () => wrapped.describe(),
      };
    },
  };
}

/** XGBClassifier and XGBRFClassifier (xgboost `sklearn.py`, `predict` and `predict_proba`). */
function classifier(name: string): EstimatorClass {
  return {
    modules: MODULES,
    name,
    build: (object) => {
      const wrapped = new Wrapped(object);
      const { booster } = wrapped;
      if (booster.numTargets > 1) return multiLabel(wrapped);
      const classes = readClasses(object, booster);
      const probabilities = classProbabilities(booster, wrapped.options);
      const predictProba = (x: Table): NdArray => {
        if (probabilities !== undefined)
          return float32s([x.rows, classes.size], probabilities(wrapped.rows(x), x.rows));
        // Whatever another objective answers is taken for the second class's probability, as the wrapper does.
        const answer = wrapped.predict(x);
        return answer.shape.length === 2 ? answer : float32s([x.rows, 2], withComplement(answer.data as Float32Array));
      };
      return {
        className: name,
        kind: 'classifier',
        ...wrapped.facts,
        classes: [classes],
        predict: (x) => {
          const answer = wrapped.predict(x);
          if (answer.shape.length === 2)
            return takeLabels(classes, argmaxRows(answer.toFloat64(), x.rows, answer.shape[1]));
          if (booster.objective !== 'multi:softmax') {
            return takeLabels(
              classes,
              Int8Array.from(answer.data as Float32Array, (value) => (value > 0.5 ? 1 : 0)),
            );
          }
          // The booster answers the classes' codes; the wrapper makes them int32.
          return new NdArray({ kind: 'i', itemSize: 4 }, [x.rows], Int32Array.from(answer.data as Float32Array));
        },
        predictProba,
        describe: () => wrapped.describe(),
      };
    },
  };
}

/** The columns 1 − p and p. */
function withComplement(positive: Float32Array): Float32Array {
  const out = new Float32Array(positive.length * 2);
  for (let i = 0; i < positive.length; i++) {
    out[2 * i] = 1 - positive[i];
    out[2 * i + 1] = positive[i];
  }
  return out;
}

/** One yes or no a label: 0.0 and 1.0, as the wrapper answers them. */
function multiLabel(wrapped: Wrapped): Estimator {
  return {
    className: wrapped.className,
    kind: 'classifier',
    ...wrapped.facts,
    outputs: wrapped.booster.numTargets,
    predict: (x) => {
      const { shape, data } = wrapped.predict(x);
      return new NdArray(
        { kind: 'f', itemSize: 8 },
        shape,
        Float64Array.from(data as Float32Array, (p) => (p > 0.5 ? 1 : 0)),
      );
    },
    predictProba: (x) => wrapped.predict(x),
    describe: () => wrapped.describe(),
  };
}

/** The label encoder's classes (up to 1.x), or `classes_`, or 0, 1, … */
function readClasses(object: PyObject, booster: XgboostBooster): NdArray {
  const encoder = object.get('_le');
  const count = Math.max(2, booster.numClass);
  for (const holder of [encoder instanceof PyObject ? encoder : undefined, object]) {
    const classes = holder === undefined ? undefined : new Attributes(holder).arrayOrUndefined('classes_');
    if (classes?.size === count) return classes;
  }
  return int64s(
    [count],
    Int32Array.from({ length: count }, (_, code) => code),
  );
}

/** Pickled XGBoost models, 0.8 to 3.x. */
export const XGBOOST: readonly EstimatorClass[] = [
  ...['XGBModel', 'XGBRegressor', 'XGBRFRegressor', 'XGBRanker', 'Booster'].map(regressor),
  ...['XGBClassifier', 'XGBRFClassifier'].map(classifier),
];
