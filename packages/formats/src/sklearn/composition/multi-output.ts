import { LoadError } from '@berth/inference';
import type { NdArray } from '../../numpy/ndarray.ts';
import { Attributes } from '../attributes.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { stackTargets } from './targets.ts';

type Method = (x: Table) => NdArray;

/** The fitted estimators of a list attribute. */
export function buildAll(attributes: Attributes, name: string, context: BuildContext): Estimator[] {
  const estimators = attributes
    .items(name)
    .map((value, i) => context.build(value, `${attributes.className}.${name}[${i}]`));
  if (estimators.length === 0) throw attributes.corrupt(name, 'is empty');
  return estimators;
}

/** The method of every estimator, or undefined where one lacks it. */
export function methodOfAll(
  estimators: readonly Estimator[],
  method: 'predict' | 'predictProba' | 'decisionFunction',
): Method[] | undefined {
  const out: Method[] = [];
  for (const estimator of estimators) {
    const found = estimator[method] as Method | undefined;
    if (found === undefined) return undefined;
    out.push((x) => found.call(estimator, x));
  }
  return out;
}

/** sklearn `multioutput.py`, MultiOutputClassifier and MultiOutputRegressor: one estimator a target. */
function multiOutput(name: string, kind: 'classifier' | 'regressor'): EstimatorClass {
  return {
    modules: ['sklearn.multioutput'],
    name,
    build: (object, context) => {
      const attributes = new Attributes(object);
      const estimators = buildAll(attributes, 'estimators_', context);
      const predict = methodOfAll(estimators, 'predict');
      const proba = kind === 'classifier' ? methodOfAll(estimators, 'predictProba') : undefined;
      if (predict === undefined) throw new LoadError('CorruptModel', `${name} holds something that can not predict`);
      const classes = estimators.map((estimator) => estimator.classes?.[0]);
      return {
        className: name,
        kind,
        ...inputOf(estimators[0]),
        ...attributes.inputFacts(),
        ...(kind === 'classifier' && classes.every((one) => one !== undefined)
          ? { classes: classes as NdArray[] }
          : {}),
        outputs: estimators.length,
        predict: (x) => stackTargets(predict.map((one) => one(x))),
        ...(proba === undefined ? {} : { predictProba: (x: Table) => proba.map((one) => one(x)) }),
        describe: () => `${name}(${estimators[0].describe?.() ?? estimators[0].className} × ${estimators.length})`,
      };
    },
  };
}

/** What an estimator inside says of the input, for one around it that hands its input on. */
export function inputOf(inner: Estimator): Partial<Estimator> {
  return {
    ...(inner.nFeaturesIn === undefined ? {} : { nFeaturesIn: inner.nFeaturesIn }),
    ...(inner.featureNamesIn === undefined ? {} : { featureNamesIn: inner.featureNamesIn }),
    ...(inner.columnSpelling === undefined ? {} : { columnSpelling: inner.columnSpelling }),
    ...(inner.requiredFeatures === undefined ? {} : { requiredFeatures: inner.requiredFeatures }),
    ...(inner.acceptsText === undefined ? {} : { acceptsText: inner.acceptsText }),
    ...(inner.takesDocuments === undefined ? {} : { takesDocuments: inner.takesDocuments }),
  };
}

export const MULTI_OUTPUT: readonly EstimatorClass[] = [
  multiOutput('MultiOutputClassifier', 'classifier'),
  multiOutput('MultiOutputRegressor', 'regressor'),
];
