import { invalidInput, LoadError } from '@berth/inference';
import { NdArray } from '../../numpy/ndarray.ts';
import { PyObject, PyTuple, type PyValue } from '../../pickle/values.ts';

/** Which columns a part of a ColumnTransformer takes, as it was saved. */
export type ColumnSpec =
  | { readonly kind: 'positions'; readonly values: readonly number[] }
  | { readonly kind: 'names'; readonly values: readonly string[] }
  | { readonly kind: 'mask'; readonly values: readonly boolean[] }
  | { readonly kind: 'slice'; readonly start: PyValue; readonly stop: PyValue; readonly step: PyValue };

/** @throws LoadError CorruptModel for what names no columns. */
export function readColumns(value: PyValue, part: string): ColumnSpec {
  const bad = () => new LoadError('CorruptModel', `the columns of transformer "${part}" can not be read`);
  if (typeof value === 'string') return { kind: 'names', values: [value] };
  if (typeof value === 'number') return { kind: 'positions', values: [value] };
  if (value instanceof PyObject && value.type.path === 'builtins.slice') {
    const [start = null, stop = null, step = null] = value.args;
    return { kind: 'slice', start, stop, step };
  }
  let items: readonly PyValue[];
  if (Array.isArray(value)) items = value;
  else if (value instanceof PyTuple) items = value.items;
  else if (value instanceof NdArray && value.dtype.kind === 'b')
    items = Array.from(value.data as Uint8Array, (bit) => bit !== 0);
  else if (value instanceof NdArray && value.shape.length === 1) items = Array.from(value.data as ArrayLike<PyValue>);
  else throw bad();
  if (items.length === 0) return { kind: 'positions', values: [] };
  if (items.every((item) => typeof item === 'boolean')) return { kind: 'mask', values: items as boolean[] };
  if (items.every((item) => typeof item === 'string')) return { kind: 'names', values: items as string[] };
  const numbers = items.map((item) => (typeof item === 'bigint' ? Number(item) : item));
  if (numbers.every((item) => Number.isInteger(item))) return { kind: 'positions', values: numbers as number[] };
  throw bad();
}

/**
 * The positions that a spec means in a table of `width` columns with these names.
 * @throws InferenceError INVALID_INPUT that names a missing column.
 */
export function resolveColumns(spec: ColumnSpec, names: readonly string[] | undefined, width: number): number[] {
  switch (spec.kind) {
    case 'positions':
      return spec.values.map((value) => inRange(value < 0 ? value + width : value, width));
    case 'mask':
      return spec.values.flatMap((taken, i) => (taken ? [inRange(i, width)] : []));
    case 'names':
      return spec.values.map((name) => position(name, names));
    case 'slice':
      return slicePositions(spec, names, width);
  }
}

function inRange(index: number, width: number): number {
  if (index >= 0 && index < width) return index;
  throw invalidInput(`the model needs column ${index}; the input has ${width} columns`);
}

function position(name: string, names: readonly string[] | undefined): number {
  if (names === undefined) {
    throw invalidInput(
      `the model takes its columns by name ("${name}", …); send named columns (content type pd, or objects)`,
    );
  }
  const index = names.indexOf(name);
  if (index < 0) throw invalidInput(`column "${name}" is missing; the input has ${names.slice(0, 20).join(', ')}`);
  return index;
}

/** Python's slice: by position without its end, by name with it (pandas `.loc`). */
function slicePositions(
  spec: { start: PyValue; stop: PyValue; step: PyValue },
  names: readonly string[] | undefined,
  width: number,
): number[] {
  const step = typeof spec.step === 'number' && spec.step !== 0 ? spec.step : 1;
  const bound = (value: PyValue, fallback: number, inclusive: number): number => {
    if (typeof value === 'string') return position(value, names) + inclusive;
    if (typeof value !== 'number') return fallback;
    return Math.min(width, Math.max(step < 0 ? -1 : 0, value < 0 ? value + width : value));
  };
  const start = bound(spec.start, step > 0 ? 0 : width - 1, 0);
  const stop = bound(spec.stop, step > 0 ? width : -1, step > 0 ? 1 : -1);
  const out: number[] = [];
  for (let i = Math.min(start, step < 0 ? width - 1 : start); step > 0 ? i < stop : i > stop; i += step) out.push(i);
  return out;
}
