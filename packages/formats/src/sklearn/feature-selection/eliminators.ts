import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { Fitted } from '../fitted.ts';
import { selector } from './selector.ts';
import { takesMissing } from './takes-missing.ts';

function readSupport(fitted: Fitted): boolean[] {
  return Array.from(fitted.floats('support_'), (value) => value !== 0);
}

/** RFE and RFECV: a selector that also answers as the estimator that was fitted on what it kept. */
function eliminator(name: string): EstimatorClass {
  return {
    modules: ['sklearn.feature_selection._rfe', 'sklearn.feature_selection.rfe', 'sklearn.feature_selection'],
    name,
    build(object, context: BuildContext): Estimator {
      const fitted = new Fitted(object);
      const select = selector(fitted, readSupport(fitted), takesMissing(fitted.raw('estimator'), context.version));
      const inner = context.build(fitted.raw('estimator_') ?? null, `the estimator of ${name}`);
      const through = <Result>(method: ((x: Table) => Result) | undefined) =>
        method === undefined ? undefined : (x: Table) => method.call(inner, select.transform(x));
      const methods = {
        predict: through(inner.predict),
        predictProba: through(inner.predictProba),
        predictLogProba: through(inner.predictLogProba),
        decisionFunction: through(inner.decisionFunction),
      };
      const present = Object.fromEntries(Object.entries(methods).filter(([, method]) => method !== undefined));
      return {
        ...select,
        kind: inner.kind,
        ...(inner.classes === undefined ? {} : { classes: inner.classes }),
        ...(inner.outputs === undefined ? {} : { outputs: inner.outputs }),
        ...present,
        describe: () => `${name}(${inner.describe?.() ?? inner.className})`,
      };
    },
  };
}

const sequential: EstimatorClass = {
  modules: ['sklearn.feature_selection._sequential', 'sklearn.feature_selection'],
  name: 'SequentialFeatureSelector',
  build(object, { version }) {
    const fitted = new Fitted(object);
    return selector(fitted, readSupport(fitted), takesMissing(fitted.raw('estimator'), version));
  },
};

const varianceThreshold: EstimatorClass = {
  modules: [
    'sklearn.feature_selection._variance_threshold',
    'sklearn.feature_selection.variance_threshold',
    'sklearn.feature_selection',
  ],
  name: 'VarianceThreshold',
  build(object) {
    const fitted = new Fitted(object);
    const threshold = fitted.numberOr(0, 'threshold');
    return selector(
      fitted,
      Array.from(fitted.floats('variances_'), (variance) => variance > threshold),
      true,
    );
  },
};

export const eliminatorClasses: readonly EstimatorClass[] = [
  eliminator('RFE'),
  eliminator('RFECV'),
  sequential,
  varianceThreshold,
];
