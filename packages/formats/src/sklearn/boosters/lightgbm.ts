import { LoadError } from '@berth/inference';
import { type LightgbmBooster, parseLightgbm } from '../../lightgbm/booster.ts';
import type { NdArray } from '../../numpy/ndarray.ts';
import { PyObject } from '../../pickle/values.ts';
import { categoryCodes } from '../../trees/category-codes.ts';
import { Attributes } from '../attributes.ts';
import type { Estimator, EstimatorClass, Table } from '../estimator.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';
import { type BoosterInput, boosterRows } from './booster-rows.ts';

/** What every LightGBM estimator needs: rows, rounds, facts of the input. */
class Wrapped {
  readonly className: string;
  readonly booster: LightgbmBooster;
  readonly facts: Partial<Estimator>;
  readonly #input: BoosterInput;
  readonly #iterationEnd: number;

  /** @throws LoadError CorruptModel where there is no model text. */
  constructor(object: PyObject) {
    this.className = object.type.name;
    const holder = object.type.name === 'Booster' ? object : object.get('_Booster');
    const text = holder instanceof PyObject ? (holder.get('handle') ?? holder.get('_handle')) : undefined;
    if (!(holder instanceof PyObject) || typeof text !== 'string') {
      throw new LoadError('CorruptModel', `${this.className} holds no booster; was it fitted before it was saved?`);
    }
    const booster = parseLightgbm(text);
    this.booster = booster;
    const { categories, featureNames, numFeatures } = booster;
    this.#input = {
      who: this.className,
      features: numFeatures,
      absentIsMissing: false,
      allowInfinity: true,
      ...(categories === undefined
        ? {}
        : { codes: categories.map((column) => (column === undefined ? undefined : categoryCodes(column, 'missing'))) }),
    };
    // Without a number of rounds both predict until the best one, where early stopping found it.
    const best = holder.get('best_iteration');
    this.#iterationEnd = typeof best === 'number' && best > 0 ? best : 0;
    const invented = featureNames.every((name, column) => name === `Column_${column}`);
    this.facts = {
      nFeaturesIn: numFeatures,
      ...(invented
        ? {}
        : { featureNamesIn: featureNames, columnSpelling: (name: string) => name.replaceAll(/\s/g, '_') }),
      ...(categories === undefined ? {} : { acceptsText: true }),
    };
  }

  predict(x: Table, raw = false): NdArray {
    const rows = boosterRows(x, this.#input, (length) => new Float64Array(length));
    const { data, cols } = this.booster.predict(rows, x.rows, { iterationEnd: this.#iterationEnd, raw });
    return floats(cols === 1 ? [x.rows] : [x.rows, cols], data);
  }

  describe(): string {
    return `${this.className}(${this.booster.objective}, ${this.booster.trees} trees)`;
  }
}

function regressor(name: string): EstimatorClass {
  return {
    modules: [name === 'Booster' ? 'lightgbm.basic' : 'lightgbm.sklearn'],
    name,
    build: (object) => {
      const wrapped = new Wrapped(object);
      return {
        className: name,
        kind: 'regressor',
        ...wrapped.facts,
        outputs: wrapped.booster.predict(new Float64Array(0), 0).cols,
        predict: (x) => wrapped.predict(x),
        // As a booster's own file offers it (`raw_score=True`); the wrappers have no such method.
        ...(name === 'Booster' ? { decisionFunction: (x: Table) => wrapped.predict(x, true) } : {}),
        describe: () => wrapped.describe(),
      };
    },
  };
}

/** LGBMClassifier (lightgbm `sklearn.py`): two classes are one column, whose complement is put before it. */
const classifier: EstimatorClass = {
  modules: ['lightgbm.sklearn'],
  name: 'LGBMClassifier',
  build: (object) => {
    const wrapped = new Wrapped(object);
    const attributes = new Attributes(object);
    const classes = attributes.array(attributes.has('_classes') ? '_classes' : 'classes_');
    const objective = object.get('_objective');
    if (typeof objective !== 'string' && objective !== null && objective !== undefined) {
      throw attributes.unsupported('an objective function of its own');
    }
    // 4.7 brought both this attribute and `decision_function`, which calibration and others then prefer
    const hasDecision = attributes.has('_fitted_with_feature_names');
    const predictProba = (x: Table): NdArray => {
      const answer = wrapped.predict(x);
      if (answer.shape.length === 2) return answer;
      const positive = answer.toFloat64();
      const data = new Float64Array(x.rows * 2);
      for (let i = 0; i < x.rows; i++) {
        data[2 * i] = 1 - positive[i];
        data[2 * i + 1] = positive[i];
      }
      return floats([x.rows, 2], data);
    };
    return {
      className: 'LGBMClassifier',
      kind: 'classifier',
      ...wrapped.facts,
      classes: [classes],
      predict: (x) => {
        const proba = predictProba(x);
        return takeLabels(classes, argmaxRows(proba.toFloat64(), x.rows, proba.shape[1]));
      },
      predictProba,
      ...(hasDecision ? { decisionFunction: (x: Table) => wrapped.predict(x, true) } : {}),
      describe: () => wrapped.describe(),
    };
  },
};

/** Pickled LightGBM models, 2.0 to 4.x. */
export const LIGHTGBM: readonly EstimatorClass[] = [
  ...['LGBMModel', 'LGBMRegressor', 'LGBMRanker', 'Booster'].map(regressor),
  classifier,
];
