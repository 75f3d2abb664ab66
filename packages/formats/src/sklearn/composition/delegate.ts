import type { Estimator, Table } from '../estimator.ts';

/** An estimator that answers as `inner` does, after `prepare`. What inner lacks, it lacks; facts of the input are dropped. */
export function delegate(inner: Estimator, prepare: (x: Table) => Table): Estimator {
  const out: { -readonly [K in keyof Estimator]: Estimator[K] } = { className: inner.className, kind: inner.kind };
  if (inner.classes !== undefined) out.classes = inner.classes;
  if (inner.outputs !== undefined) out.outputs = inner.outputs;
  const { predict, predictProba, predictLogProba, decisionFunction, transform } = inner;
  if (predict !== undefined) out.predict = (x) => predict.call(inner, prepare(x));
  if (predictProba !== undefined) out.predictProba = (x) => predictProba.call(inner, prepare(x));
  if (predictLogProba !== undefined) out.predictLogProba = (x) => predictLogProba.call(inner, prepare(x));
  if (decisionFunction !== undefined) out.decisionFunction = (x) => decisionFunction.call(inner, prepare(x));
  if (transform !== undefined) out.transform = (x) => transform.call(inner, prepare(x));
  return out;
}
