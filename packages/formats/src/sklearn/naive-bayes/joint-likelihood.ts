import type { Estimator, Table } from '../estimator.ts';
import { estimatorBase } from '../estimator-base.ts';
import type { Fitted } from '../fitted.ts';
import { logSumExpRows } from '../matrix-product.ts';
import { argmaxRows, floats, takeLabels } from '../results.ts';

/** The joint log likelihood of each row and class, row-major [rows, classes]. */
export type JointLikelihood = (x: Table) => Float64Array;

/** Whether the library answers in float32 to this table. */
export type Float32Test = (x: Table) => boolean;

/** A classifier that chooses the class of the largest joint log likelihood: `_BaseNB`. */
export function naiveBayes(
  fitted: Fitted,
  rows: number,
  cols: number,
  joint: JointLikelihood,
  float32: Float32Test = () => false,
): Estimator {
  const classes = fitted.array('classes_');
  const count = classes.size;
  if (count !== rows) fitted.corrupt(`it has ${count} classes and parameters for ${rows}`);

  function logProbabilities(x: Table): Float64Array {
    const data = joint(x);
    const norm = logSumExpRows(data, x.rows, count);
    for (let at = 0; at < data.length; at++) data[at] -= norm[Math.floor(at / count)];
    return data;
  }

  return {
    ...estimatorBase(fitted, 'classifier', cols),
    classes: [classes],
    predict: (x) => takeLabels(classes, argmaxRows(joint(x), x.rows, count)),
    predictLogProba: (x) => floats([x.rows, count], logProbabilities(x), float32(x)),
    predictProba: (x) => floats([x.rows, count], logProbabilities(x).map(Math.exp), float32(x)),
  };
}
