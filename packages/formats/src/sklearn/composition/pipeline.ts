import { LoadError } from '@berth/inference';
import { PyObject, type PyValue } from '../../pickle/values.ts';
import { Attributes, sequence } from '../attributes.ts';
import { checkWidth } from '../dense.ts';
import type { BuildContext, Estimator, EstimatorClass, Table } from '../estimator.ts';
import { delegate } from './delegate.ts';
import { IDENTITY, isPassthrough } from './identity.ts';

/** The estimators of a `steps` list; `passthrough` and None are left out, except as the last one. */
export function buildSteps(steps: readonly PyValue[], context: BuildContext, owner: string): Estimator[] {
  const out: Estimator[] = [];
  steps.forEach((step, i) => {
    const pair = sequence(
      step,
      () => new LoadError('CorruptModel', `a step of ${owner} is no pair of name and estimator`),
    );
    const [name, value] = pair;
    if (isPassthrough(value)) {
      if (i === steps.length - 1) out.push(IDENTITY);
      return;
    }
    const estimator = context.build(value, `step "${String(name)}" of ${owner}`);
    if (i < steps.length - 1 && estimator.transform === undefined) {
      throw new LoadError('CorruptModel', `step "${String(name)}" of ${owner} can not transform`);
    }
    out.push(estimator);
  });
  if (out.length === 0) throw new LoadError('CorruptModel', `${owner} has no steps`);
  return out;
}

/** A chain of fitted estimators: each but the last transforms, the last answers. */
export function chain(steps: readonly Estimator[], className: string): Estimator {
  const last = steps[steps.length - 1];
  const first = steps[0];
  const before = steps.slice(0, -1);
  const through = (x: Table): Table => {
    let table = x;
    for (const step of before) {
      if (step.nFeaturesIn !== undefined) checkWidth(table, step.nFeaturesIn, step.className);
      table = (step.transform as (x: Table) => Table)(table);
    }
    if (last.nFeaturesIn !== undefined) checkWidth(table, last.nFeaturesIn, last.className);
    return table;
  };
  const namesOut = steps.every((step) => step.featureNamesOut !== undefined);
  return {
    ...delegate(last, through),
    className,
    ...(first.nFeaturesIn === undefined ? {} : { nFeaturesIn: first.nFeaturesIn }),
    ...(first.featureNamesIn === undefined ? {} : { featureNamesIn: first.featureNamesIn }),
    ...(first.columnSpelling === undefined ? {} : { columnSpelling: first.columnSpelling }),
    ...(first.requiredFeatures === undefined ? {} : { requiredFeatures: first.requiredFeatures }),
    ...(first.acceptsText === undefined ? {} : { acceptsText: first.acceptsText }),
    ...(first.takesDocuments === undefined ? {} : { takesDocuments: first.takesDocuments }),
    ...(namesOut
      ? {
          featureNamesOut: (input: readonly string[]) =>
            steps.reduce(
              (names, step) => (step.featureNamesOut as (n: readonly string[]) => readonly string[])(names),
              input,
            ),
        }
      : {}),
    describe: () => `${className}(${steps.map((step) => step.describe?.() ?? step.className).join(', ')})`,
  };
}

/** sklearn `pipeline.py`, Pipeline. */
export const pipeline: EstimatorClass = {
  modules: ['sklearn.pipeline'],
  name: 'Pipeline',
  build: (object, context) => {
    const attributes = new Attributes(object);
    return chain(buildSteps(attributes.items('steps'), context, 'Pipeline'), 'Pipeline');
  },
};

/** imbalanced-learn's Pipeline: its samplers change what is fitted, not what is predicted. */
export const imbalancedPipeline: EstimatorClass = {
  modules: ['imblearn.pipeline'],
  name: 'Pipeline',
  build: (object, context) => {
    const attributes = new Attributes(object);
    const steps = attributes.items('steps').filter((step) => {
      const [, value] = sequence(step, () => attributes.corrupt('steps', 'holds no pairs'));
      return !(value instanceof PyObject && SAMPLERS.test(value.type.module));
    });
    return chain(buildSteps(steps, context, 'Pipeline'), 'Pipeline');
  },
};

const SAMPLERS = /^imblearn\.(over_sampling|under_sampling|combine)\b/;
