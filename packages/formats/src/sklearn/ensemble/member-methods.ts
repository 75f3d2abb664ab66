import { NdArray } from '../../numpy/ndarray.ts';
import type { Attributes } from '../attributes.ts';
import type { Estimator, Table } from '../estimator.ts';

/** `predict` of a member of an ensemble. @throws LoadError UnsupportedModel, at load time, where it has none. */
export function predictOf(member: Estimator, owner: Attributes): (x: Table) => NdArray {
  const { predict } = member;
  if (predict === undefined) throw owner.unsupported(`the member ${member.className}, which has no predict,`);
  return (x) => predict.call(member, x);
}

/**
 * `predict_proba` of a member as `[rows, classes]`.
 * @param count number of classes that it must answer.
 * @throws LoadError UnsupportedModel, at load time, where the member has none or other classes.
 */
export function probabilitiesOf(member: Estimator, count: number, owner: Attributes): (x: Table) => NdArray {
  const { predictProba } = member;
  if (predictProba === undefined) {
    throw owner.unsupported(`the member ${member.className}, which has no predict_proba,`);
  }
  if (member.classes !== undefined && (member.classes.length !== 1 || member.classes[0].size !== count)) {
    throw owner.unsupported(`the member ${member.className}, which knows other classes,`);
  }
  return (x) => {
    const proba = predictProba.call(member, x);
    if (proba instanceof NdArray && proba.size === x.rows * count) return proba;
    throw new TypeError(`${member.className} answers no probability for each of ${count} classes`);
  };
}
