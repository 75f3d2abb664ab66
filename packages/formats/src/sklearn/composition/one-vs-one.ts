import { Attributes } from '../attributes.ts';
import type { EstimatorClass, Table } from '../estimator.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';
import { binaryScores, binaryThreshold } from './binary-scores.ts';
import { buildAll, inputOf } from './multi-output.ts';

/** sklearn `multiclass.py`, OneVsOneClassifier: votes of all pairs, ties broken by summed confidences. */
export const oneVsOne: EstimatorClass = {
  modules: ['sklearn.multiclass'],
  name: 'OneVsOneClassifier',
  build: (object, context) => {
    const attributes = new Attributes(object);
    const classes = attributes.array('classes_');
    const count = classes.size;
    const estimators = buildAll(attributes, 'estimators_', context);
    if (estimators.length !== (count * (count - 1)) / 2)
      throw attributes.corrupt('estimators_', 'does not fit classes_');
    const pairwise = object.get('pairwise_indices_');
    if (pairwise !== undefined && pairwise !== null) throw attributes.unsupported('a precomputed kernel');

    const votes = (x: Table): Float64Array => {
      const answers = estimators.map((estimator) => ({
        labels: (estimator.predict as NonNullable<typeof estimator.predict>)(x).toFloat64(),
        scores: binaryScores(estimator, x),
      }));
      return pairVotes(answers, x.rows, count);
    };
    return {
      className: 'OneVsOneClassifier',
      kind: 'classifier',
      ...inputOf(estimators[0]),
      ...attributes.inputFacts(),
      classes: [classes],
      predict: (x) => {
        const data = votes(x);
        if (count > 2) return takeLabels(classes, argmaxRows(data, x.rows, count));
        const threshold = binaryThreshold(estimators[0]);
        return takeLabels(
          classes,
          Int8Array.from({ length: x.rows }, (_, i) => (data[2 * i + 1] > threshold ? 1 : 0)),
        );
      },
      decisionFunction: (x) => {
        const data = votes(x);
        if (count > 2) return floats([x.rows, count], data);
        return floats(
          [x.rows],
          Float64Array.from({ length: x.rows }, (_, i) => data[2 * i + 1]),
        );
      },
    };
  },
};

/** sklearn `utils/multiclass.py`, `_ovr_decision_function`. */
function pairVotes(
  answers: readonly { readonly labels: Float64Array; readonly scores: Float64Array }[],
  rows: number,
  count: number,
): Float64Array {
  const votes = new Float64Array(rows * count);
  const confidence = new Float64Array(rows * count);
  let pair = 0;
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const { labels, scores } = answers[pair++];
      for (let i = 0; i < rows; i++) {
        confidence[i * count + a] -= scores[i];
        confidence[i * count + b] += scores[i];
        if (labels[i] === 0) votes[i * count + a] += 1;
        else if (labels[i] === 1) votes[i * count + b] += 1;
      }
    }
  }
  for (let i = 0; i < votes.length; i++) votes[i] += confidence[i] / (3 * (Math.abs(confidence[i]) + 1));
  return votes;
}
