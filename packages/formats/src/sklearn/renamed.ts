import { NdArray } from '../numpy/ndarray.ts';
import { type PyObject, PyTuple, type PyValue } from '../pickle/values.ts';

/** The first of `names` that the object has: releases renamed attributes. */
export function renamed(object: PyObject, ...names: readonly string[]): PyValue | undefined {
  for (const name of names) {
    const value = object.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A Python number, a numpy scalar or an array of one element as a number; undefined for anything else. */
export function asNumber(value: PyValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
  if (value instanceof NdArray && value.size === 1 && 'biuf'.includes(value.dtype.kind)) return value.toFloat64()[0];
  return undefined;
}

/** The elements of a list, a tuple or an object array; undefined for anything else. */
export function asList(value: PyValue | undefined): readonly PyValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof PyTuple) return value.items;
  if (value instanceof NdArray && Array.isArray(value.data)) return value.data;
  return undefined;
}
