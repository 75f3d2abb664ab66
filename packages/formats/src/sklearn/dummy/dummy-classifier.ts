import { NdArray } from '../../numpy/ndarray.ts';
import type { PyValue } from '../../pickle/values.ts';
import { Attributes } from '../attributes.ts';
import type { EstimatorClass } from '../estimator.ts';
import { readClasses, stackOutputs } from '../labels.ts';
import { asList } from '../renamed.ts';
import { floats, logOf, takeLabels } from '../results.ts';
import { type DummyOutput, readStrategy, toFloats } from './strategy.ts';

/** DummyClassifier (sklearn `dummy.py`): never looks at its input. */
export const dummyClassifier: EstimatorClass = {
  modules: ['sklearn.dummy'],
  name: 'DummyClassifier',
  build(object) {
    const attributes = new Attributes(object);
    const classes = readClasses(object.get('classes_'), attributes.className);
    const perOutput = (value: PyValue | undefined): readonly PyValue[] =>
      classes.length === 1 ? [value ?? null] : (asList(value) ?? []);
    const priors = perOutput(object.get('class_prior_'));
    const constants = perOutput(object.get('constant'));
    const outputs = classes.map((labels, k): DummyOutput => {
      const prior = toFloats(priors[k]);
      if (prior.length !== labels.size) throw attributes.corrupt('class_prior_', 'does not fit classes_');
      return { classes: labels, prior, constant: constants[k] ?? null };
    });
    const name = String(object.get('_strategy') ?? object.get('strategy'));
    const strategy = readStrategy(name, outputs, attributes);
    const keepTwo = object.get('output_2d_') === true;
    const proba = (rows: number) => {
      const arrays = strategy.probabilities(rows).map((data, k) => floats([rows, classes[k].size], data));
      return arrays.length === 1 ? arrays[0] : arrays;
    };
    return {
      className: attributes.className,
      kind: 'classifier',
      ...attributes.inputFacts(),
      acceptsText: true,
      classes,
      outputs: outputs.length,
      predict({ rows }) {
        const labels = strategy.choices(rows).map((chosen, k) => takeLabels(classes[k], chosen));
        const answer = stackOutputs(labels, rows);
        return keepTwo && outputs.length === 1 ? new NdArray(answer.dtype, [rows, 1], answer.data) : answer;
      },
      predictProba: ({ rows }) => proba(rows),
      predictLogProba({ rows }) {
        const all = proba(rows);
        return all instanceof NdArray ? logOf(all) : all.map(logOf);
      },
    };
  },
};
