import { LoadError } from '@berth/inference';
import { NdArray } from '../numpy/ndarray.ts';
import { PyObject, PyTuple, type PyValue } from '../pickle/values.ts';

/**
 * Typed reads of a fitted object's attributes. Each throws LoadError CorruptModel that names class and attribute, so that
 * a damaged file says where, and never gives a number that is none.
 */
export class Attributes {
  readonly object: PyObject;

  constructor(object: PyObject) {
    this.object = object;
  }

  get className(): string {
    return this.object.type.name;
  }

  corrupt(name: string, what: string): LoadError {
    return new LoadError('CorruptModel', `${this.className}.${name} ${what}; was it fitted before it was saved?`);
  }

  /** Names a parameter's value that has no evaluator. */
  unsupported(what: string): LoadError {
    return new LoadError('UnsupportedModel', `${this.object.type.path} with ${what} has no native evaluator yet`);
  }

  has(name: string): boolean {
    return this.object.get(name) !== undefined;
  }

  value(name: string): PyValue {
    const value = this.object.get(name);
    if (value === undefined) throw this.corrupt(name, 'is missing');
    return value;
  }

  number(name: string, fallback?: number): number {
    const value = this.object.get(name) ?? fallback;
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return Number(value);
    if (value instanceof NdArray && value.size === 1) return value.toFloat64()[0];
    throw this.corrupt(name, 'is no number');
  }

  boolean(name: string, fallback?: boolean): boolean {
    const value = this.object.get(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    if (value === 0 || value === 1) return value === 1;
    throw this.corrupt(name, 'is neither True nor False');
  }

  /** A text parameter; `fallback` where it is absent or None. */
  text(name: string, fallback?: string): string {
    const value = this.object.get(name) ?? fallback;
    if (typeof value === 'string') return value;
    throw this.corrupt(name, 'is no text');
  }

  array(name: string): NdArray {
    const value = this.value(name);
    if (value instanceof NdArray) return value;
    throw this.corrupt(name, 'is no array');
  }

  arrayOrUndefined(name: string): NdArray | undefined {
    const value = this.object.get(name);
    return value instanceof NdArray ? value : undefined;
  }

  /** An array of numbers as float64. */
  floats(name: string): Float64Array {
    try {
      return this.array(name).toFloat64();
    } catch (error) {
      if (error instanceof LoadError) throw error;
      throw this.corrupt(name, 'holds something that is no number');
    }
  }

  object_(name: string): PyObject {
    const value = this.value(name);
    if (value instanceof PyObject) return value;
    throw this.corrupt(name, 'is no object');
  }

  /** The items of a list or tuple. */
  items(name: string): readonly PyValue[] {
    return sequence(this.value(name), () => this.corrupt(name, 'is no list'));
  }

  /** `feature_names_in_`, where there is one. */
  featureNamesIn(): readonly string[] | undefined {
    const names = this.arrayOrUndefined('feature_names_in_');
    if (names === undefined || !Array.isArray(names.data)) return undefined;
    return (names.data as PyValue[]).every((name) => typeof name === 'string') ? (names.data as string[]) : undefined;
  }

  /** `n_features_in_`, or `n_features_` of older releases. */
  nFeaturesIn(): number | undefined {
    for (const name of ['n_features_in_', 'n_features_']) {
      const value = this.object.get(name);
      if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
    }
    return undefined;
  }

  /** What every estimator says of its input, to spread into an Estimator. */
  inputFacts(): { nFeaturesIn?: number; featureNamesIn?: readonly string[] } {
    const nFeaturesIn = this.nFeaturesIn();
    const featureNamesIn = this.featureNamesIn();
    return {
      ...(nFeaturesIn === undefined ? {} : { nFeaturesIn }),
      ...(featureNamesIn === undefined ? {} : { featureNamesIn }),
    };
  }
}

/** The items of a list, a tuple or a one-dimensional array of objects or text. @throws what `error` makes, for anything else. */
export function sequence(value: PyValue, error: () => Error): readonly PyValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof PyTuple) return value.items;
  if (value instanceof NdArray && value.shape.length === 1) return Array.from(value.data as ArrayLike<PyValue>);
  throw error();
}
