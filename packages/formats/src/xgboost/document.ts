import { LoadError } from '@berth/inference';

/**
 * A JSON or UBJSON document as XGBoost writes it. Objects have no behaviour of their own: look fields up with
 * {@link fieldOf}, which sees own fields only.
 */
export type DocumentValue = null | boolean | number | string | NumberArray | DocumentValue[] | DocumentObject;

/** A typed array of UBJSON. */
export type NumberArray = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** An object of a document. */
export interface DocumentObject {
  readonly [key: string]: DocumentValue;
}

/** Whether the value is an object with fields. */
export function isObject(value: DocumentValue | undefined): value is DocumentObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A field of an object, undefined where it has none. */
export function fieldOf(object: DocumentObject, key: string): DocumentValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A field that must be an object. @throws LoadError CorruptModel that names the field. */
export function objectField(object: DocumentObject, key: string, where: string): DocumentObject {
  const value = fieldOf(object, key);
  if (!isObject(value)) throw damaged(where, key, value === undefined ? 'is missing' : 'is no object');
  return value;
}

/** A field that must be text. @throws LoadError CorruptModel that names the field. */
export function textField(object: DocumentObject, key: string, where: string): string {
  const value = fieldOf(object, key);
  if (typeof value !== 'string') throw damaged(where, key, value === undefined ? 'is missing' : 'is no text');
  return value;
}

/**
 * A whole number, written as a number or as text as XGBoost does in its parameters.
 * @throws LoadError CorruptModel that names the field.
 */
export function integerField(object: DocumentObject, key: string, where: string, fallback?: number): number {
  const value = fieldOf(object, key);
  if (value === undefined && fallback !== undefined) return fallback;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw damaged(
      where,
      key,
      value === undefined
        ? 'is missing'
        : `is no whole number${typeof value === 'string' ? `: ${JSON.stringify(value.slice(0, 40))}` : ''}`,
    );
  }
  return number;
}

/** An array of any kind. @throws LoadError CorruptModel that names the field. */
export function arrayField(object: DocumentObject, key: string, where: string): readonly DocumentValue[] | NumberArray {
  const value = fieldOf(object, key);
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value)) return value;
  throw damaged(where, key, value === undefined ? 'is missing' : 'is no array');
}

/**
 * An array of numbers (or booleans) as float64; JSON writes NaN as the word, which arrives here as null.
 * @throws LoadError CorruptModel that names the field, or the length where `length` is given and differs.
 */
export function numbersField(object: DocumentObject, key: string, where: string, length?: number): Float64Array {
  const values = arrayField(object, key, where);
  if (length !== undefined && values.length !== length) {
    throw damaged(where, key, `has ${values.length} elements instead of ${length}`);
  }
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number') out[i] = value;
    else if (typeof value === 'boolean') out[i] = value ? 1 : 0;
    else if (value === null) out[i] = NaN;
    else throw damaged(where, key, `has at ${i} something that is no number`);
  }
  return out;
}

/** {@link numbersField} whose elements must be 32-bit whole numbers. */
export function integersField(object: DocumentObject, key: string, where: string, length?: number): Int32Array {
  const values = numbersField(object, key, where, length);
  const out = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    out[i] = values[i];
    if (out[i] !== values[i]) throw damaged(where, key, `has at ${i} ${values[i]}, which is no 32-bit whole number`);
  }
  return out;
}

/** The error for a field that is not as XGBoost writes it. */
export function damaged(where: string, key: string, what: string): LoadError {
  return new LoadError('CorruptModel', `the XGBoost model's ${where}: "${key}" ${what}; save the model again`);
}
