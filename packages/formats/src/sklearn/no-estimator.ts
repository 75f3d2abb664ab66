import { LoadError } from '@berth/inference';
import { NdArray } from '../numpy/ndarray.ts';
import { PyDict, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import type { ClassTable } from './registry.ts';

/** Members of a container that are looked at. */
const MAX_MEMBERS = 1000;

/**
 * Why a file's content is no model: people save an estimator in a dict beside its columns and scores, which the error then
 * tells how to part.
 */
export function noEstimator(value: PyValue, classes: ClassTable): LoadError {
  const what = kindOfValue(value);
  const inner = [...members(value)].find(([, one]) => one instanceof PyObject && classes.has(one.type.path));
  if (inner === undefined) return new LoadError('UnsupportedModel', `the file holds ${what}, not an estimator`);
  const [place, estimator] = inner;
  const { name } = (estimator as PyObject).type;
  return new LoadError(
    'UnsupportedModel',
    `the file holds ${what}, not an estimator; the ${name} at [${place}] can be served: save it alone, joblib.dump(loaded[${place}], "model.joblib")`,
  );
}

function* members(value: PyValue): Generator<[place: string, value: PyValue]> {
  if (value instanceof PyDict) {
    let count = 0;
    for (const [key, one] of value.entries) {
      if (count++ >= MAX_MEMBERS) return;
      if (typeof key === 'string' && key.length <= 100) yield [JSON.stringify(key), one];
      if (typeof key === 'number') yield [String(key), one];
    }
    return;
  }
  const items = Array.isArray(value) ? value : value instanceof PyTuple ? value.items : [];
  for (const [at, one] of items.slice(0, MAX_MEMBERS).entries()) yield [String(at), one];
}

/** A value as an error names it. */
export function kindOfValue(value: PyValue): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof NdArray) return 'an array';
  if (typeof value === 'string') return 'a text';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'object') return `a ${value.constructor.name.replace(/^Py/, '').toLowerCase()}`;
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}
