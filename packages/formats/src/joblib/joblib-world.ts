import { LoadError } from '@berth/inference';
import { readDType } from '../numpy/dtype.ts';
import { NdArray } from '../numpy/ndarray.ts';
import { arrayFromBytes, checkByteLength, checkShape } from '../numpy/read-array.ts';
import type { Budget } from '../pickle/budget.ts';
import type { ByteReader } from '../pickle/byte-reader.ts';
import { DataWorld } from '../pickle/data-world.ts';
import { unpickle } from '../pickle/machine.ts';
import { PyObject, PyTuple, type PyValue } from '../pickle/values.ts';

/**
 * A pickle whose arrays lie between the opcodes, as joblib 0.10 and newer write them: a NumpyArrayWrapper says the type
 * and the shape, and the raw bytes follow its BUILD (joblib `numpy_pickle.py`, `NumpyArrayWrapper.read_array`).
 */
export class JoblibWorld extends DataWorld {
  override build(target: PyValue, state: PyValue, reader: ByteReader, budget: Budget): PyValue {
    const built = super.build(target, state, reader, budget);
    if (!(built instanceof PyObject) || !/^joblib\.numpy_pickle(_compat)?$/.test(built.type.module)) return built;
    if (built.type.name === 'NumpyArrayWrapper') return readWrappedArray(built, reader, budget, this.packages);
    throw new LoadError(
      'UnsupportedModel',
      'the file was saved by a joblib older than 0.10, which puts arrays in files of their own; save it again with a newer joblib',
    );
  }
}

function readWrappedArray(wrapper: PyObject, reader: ByteReader, budget: Budget, packages: Set<string>): NdArray {
  const shapeValue = wrapper.get('shape');
  const saved = readDType(wrapper.get('dtype') ?? null);
  const { shape, size } = checkShape(shapeValue instanceof PyTuple ? shapeValue.items : [-1]);
  if (saved.dtype.kind === 'O') {
    // A whole pickle of its own, written by plain pickle: it has no wrappers inside, so this does not recurse.
    const nested = unpickle(reader, new DataWorld(packages), budget);
    if (!(nested instanceof NdArray) || nested.dtype.kind !== 'O') {
      throw new LoadError('CorruptModel', 'the file is damaged: an array of objects is not there');
    }
    return nested;
  }
  // joblib 1.2 and newer align the data: one byte says how many bytes of padding follow it.
  const alignment = wrapper.get('numpy_array_alignment_bytes');
  if (alignment !== undefined && alignment !== null) reader.advance(reader.u8());
  const length = checkByteLength(saved, size, reader.remaining);
  const order = wrapper.get('order');
  return arrayFromBytes(saved, shape, size, reader.take(length), order === 'F', budget);
}
