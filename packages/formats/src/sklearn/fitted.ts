import { LoadError } from '@berth/inference';
import { NdArray } from '../numpy/ndarray.ts';
import { PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import { densify } from './dense.ts';
import { readSparse } from './sparse.ts';

/** Cells that a stored sparse matrix may have when it is made dense. */
const MAX_DENSE_CELLS = 2 ** 26;

/** Rows × columns of float64, row-major. */
export interface Dense {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/**
 * The attributes of a fitted estimator, read with checks: what is absent or of a wrong kind is a LoadError CorruptModel
 * that names class and attribute. Where a release renamed an attribute, the readers take several names and the first
 * that is there wins.
 */
export class Fitted {
  readonly object: PyObject;

  constructor(object: PyObject) {
    this.object = object;
  }

  get className(): string {
    return this.object.type.name;
  }

  /** Whether the attribute exists and is not None. */
  has(name: string): boolean {
    const value = this.object.get(name);
    return value !== undefined && value !== null;
  }

  /** The first of the names that exists, or undefined. None counts as existing. */
  raw(...names: string[]): PyValue | undefined {
    for (const name of names) {
      const value = this.object.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** @throws LoadError CorruptModel with the class and the attribute named. */
  corrupt(what: string): never {
    throw new LoadError('CorruptModel', `${this.className}: ${what}`);
  }

  /** @throws LoadError UnsupportedModel with the class named. */
  unsupported(what: string): never {
    throw new LoadError('UnsupportedModel', `${this.className} with ${what} has no native evaluator`);
  }

  private need(names: string[]): PyValue {
    const value = this.raw(...names);
    if (value === undefined || value === null) {
      this.corrupt(`the attribute "${names.join('" or "')}" is missing; was the estimator fitted before it was saved?`);
    }
    return value;
  }

  /** A number (also a numpy scalar or an array of one). */
  number(...names: string[]): number {
    const value = scalarNumber(this.need(names));
    if (value === undefined) this.corrupt(`"${names[0]}" is no number`);
    return value;
  }

  numberOr(fallback: number, ...names: string[]): number {
    const value = this.raw(...names);
    if (value === undefined || value === null) return fallback;
    return this.number(...names);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined || value === null) return fallback;
    if (typeof value === 'boolean') return value;
    const number = scalarNumber(value);
    if (number === undefined) this.corrupt(`"${name}" is no boolean`);
    return number !== 0;
  }

  /** A string parameter; a callable or another thing is refused by name, for no callable ever runs. */
  text(name: string, fallback?: string): string {
    const value = this.raw(name);
    if (typeof value === 'string') return value;
    if ((value === undefined || value === null) && fallback !== undefined) return fallback;
    if (value instanceof PyGlobal || value instanceof PyObject) {
      this.unsupported(`${name}=${describeValue(value)} (a custom callable)`);
    }
    this.corrupt(`"${name}" is no text`);
  }

  /** An array of any dtype. */
  array(...names: string[]): NdArray {
    const value = this.need(names);
    if (!(value instanceof NdArray)) this.corrupt(`"${names[0]}" is no array`);
    return value;
  }

  /** A 1-d (or flattened) float64 array; a list of numbers will do. */
  floats(...names: string[]): Float64Array {
    return this.toFloats(this.need(names), names[0]);
  }

  /** As {@link floats}, undefined where the attribute is absent or None. */
  floatsOr(...names: string[]): Float64Array | undefined {
    const value = this.raw(...names);
    return value === undefined || value === null ? undefined : this.toFloats(value, names[0]);
  }

  /** A 1-d float64 array of exactly this length. */
  vector(length: number, ...names: string[]): Float64Array {
    const data = this.floats(...names);
    if (data.length !== length) this.corrupt(`"${names[0]}" has ${data.length} elements, expected ${length}`);
    return data;
  }

  /** A 2-d float64 array (dense, or a scipy.sparse matrix made dense); a 1-d one is one row. */
  matrix(...names: string[]): Dense {
    return this.toDense(this.need(names), names[0]);
  }

  /** A list (or tuple, or object array) of values. */
  list(...names: string[]): readonly PyValue[] {
    const items = listItems(this.need(names));
    if (items === undefined) this.corrupt(`"${names[0]}" is no list`);
    return items;
  }

  toDense(value: PyValue, name: string): Dense {
    if (value instanceof PyObject) {
      const sparse = readSparse(value);
      if (sparse === undefined) this.corrupt(`"${name}" is no matrix`);
      if (sparse.rows * sparse.cols > MAX_DENSE_CELLS) {
        const size = `${sparse.rows} × ${sparse.cols}`;
        throw new LoadError(
          'LimitExceeded',
          `${this.className}: "${name}" (${size}, sparse) is too large to be made dense`,
        );
      }
      return densify(sparse);
    }
    if (!(value instanceof NdArray) || value.shape.length > 2) this.corrupt(`"${name}" is no matrix`);
    const cols = value.shape.at(-1) ?? 1;
    const rows = value.shape.length === 2 ? value.shape[0] : 1;
    return { rows, cols, data: this.toFloats(value, name) };
  }

  toFloats(value: PyValue, name: string): Float64Array {
    if (value instanceof NdArray) {
      try {
        return value.toFloat64();
      } catch (cause) {
        throw new LoadError('CorruptModel', `${this.className}: "${name}" holds no numbers`, { cause });
      }
    }
    const items = listItems(value) ?? [value];
    const out = new Float64Array(items.length);
    items.forEach((item, index) => {
      const number = scalarNumber(item);
      if (number === undefined) this.corrupt(`"${name}" holds no numbers`);
      out[index] = number;
    });
    return out;
  }
}

/** The number in a Python or numpy scalar, or undefined. */
export function scalarNumber(value: PyValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof NdArray && value.size === 1 && !['U', 'S', 'V'].includes(value.dtype.kind)) {
    return scalarNumber(value.data[0] as PyValue);
  }
  return undefined;
}

/** The items of a list, a tuple or a 1-d array; undefined for anything else. */
export function listItems(value: PyValue | undefined): readonly PyValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof PyTuple) return value.items;
  if (value instanceof NdArray && value.shape.length <= 1) return Array.from(value.data as ArrayLike<PyValue>);
  return undefined;
}

/** A value for messages: a global's path, an object's class, else its kind. */
export function describeValue(value: PyValue | undefined): string {
  if (value instanceof PyGlobal) return value.path;
  if (value instanceof PyObject) return value.type.path;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === undefined || value === null) return 'None';
  return typeof value === 'object' ? 'an object' : String(value);
}
