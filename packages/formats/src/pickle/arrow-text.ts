import { LoadError } from '@berth/inference';
import { NdArray } from '../numpy/ndarray.ts';
import type { Budget } from './budget.ts';
import { PyGlobal, PyObject, PyTuple, type PyValue } from './values.ts';

function bad(): LoadError {
  return new LoadError('CorruptModel', 'the file is damaged: an Arrow array of text is inconsistent');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * `pyarrow.lib._restore_array((type, length, null_count, offset, buffers, children, dictionary))`, which pandas 3 keeps the
 * names of columns in: texts become an array of objects, other types stay inert.
 * @throws LoadError CorruptModel for offsets outside the text.
 */
export function restoreArrowArray(args: readonly PyValue[], budget: Budget): PyValue {
  const [state] = args;
  if (!(state instanceof PyTuple)) throw bad();
  const [type, length, , offset, buffers] = state.items;
  const wide = type === 'large_string' || type === 'large_utf8';
  if (!wide && type !== 'string' && type !== 'utf8')
    return new PyObject(new PyGlobal('pyarrow.lib', '_restore_array'), args);
  if (!isCount(length) || !isCount(offset) || !Array.isArray(buffers)) throw bad();
  const [validity, offsets, data = new Uint8Array(0)] = buffers;
  if (!(offsets instanceof Uint8Array) || !(data === null || data instanceof Uint8Array)) throw bad();
  const text = data ?? new Uint8Array(0);
  const width = wide ? 8 : 4;
  if ((offset + length + 1) * width > offsets.length) throw bad();
  budget.take(64 * length + text.length);
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.length);
  const at = (index: number) => (wide ? Number(view.getBigInt64(index * 8, true)) : view.getInt32(index * 4, true));
  const items: PyValue[] = [];
  for (let i = offset; i < offset + length; i++) {
    if (validity instanceof Uint8Array && ((validity[i >> 3] >> (i & 7)) & 1) === 0) {
      items.push(null);
      continue;
    }
    const [start, end] = [at(i), at(i + 1)];
    if (!(start >= 0 && end >= start && end <= text.length)) throw bad();
    try {
      items.push(utf8.decode(text.subarray(start, end)));
    } catch {
      throw bad();
    }
  }
  return new NdArray({ kind: 'O', itemSize: 8 }, [items.length], items);
}

/** `pyarrow.lib.chunked_array([array, …], type)`: one array of all texts. */
export function chunkedArrowArray(args: readonly PyValue[], budget: Budget): PyValue {
  const [chunks] = args;
  if (!Array.isArray(chunks)) throw bad();
  const items: PyValue[] = [];
  for (const chunk of chunks) {
    if (!(chunk instanceof NdArray)) return new PyObject(new PyGlobal('pyarrow.lib', 'chunked_array'), args);
    budget.take(16 * chunk.size);
    for (const item of chunk.data as PyValue[]) items.push(item);
  }
  return new NdArray({ kind: 'O', itemSize: 8 }, [items.length], items);
}

function isCount(value: PyValue): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
