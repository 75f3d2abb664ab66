/** Test support: numpy record arrays and tree objects, built by hand. */
import { type DType, float64Array, NdArray } from '../../numpy/ndarray.ts';
import { PyDict, PyGlobal, PyObject, type PyValue } from '../../pickle/values.ts';

type FieldType = 'f8' | 'i8' | 'i4' | 'u4' | 'u1';
type Row = Readonly<Record<string, number>>;

/** A packed record array with the given fields, in order. */
export function recordArray(fields: Readonly<Record<string, FieldType>>, rows: readonly Row[]): NdArray {
  let offset = 0;
  const layout = Object.entries(fields).map(([name, type]) => {
    const dtype: DType = { kind: type[0] as 'f', itemSize: Number(type[1]) };
    const field = { name, dtype, offset };
    offset += dtype.itemSize;
    return field;
  });
  const bytes = new Uint8Array(offset * rows.length);
  const view = new DataView(bytes.buffer);
  for (const [at, row] of rows.entries()) {
    for (const field of layout) {
      const to = at * offset + field.offset;
      const value = row[field.name] ?? 0;
      if (field.dtype.kind === 'f') view.setFloat64(to, value, true);
      else if (field.dtype.itemSize === 8) view.setBigInt64(to, BigInt(value), true);
      else if (field.dtype.itemSize === 4) view.setInt32(to, value, true);
      else view.setUint8(to, value);
    }
  }
  return new NdArray({ kind: 'V', itemSize: offset, fields: layout }, [rows.length], bytes);
}

/** An object with a dict of attributes. */
export function fittedObject(
  module: string,
  name: string,
  attributes: Readonly<Record<string, PyValue>>,
  args: readonly PyValue[] = [],
): PyObject {
  const object = new PyObject(new PyGlobal(module, name), args);
  const state = new PyDict();
  for (const [key, value] of Object.entries(attributes)) state.entries.set(key, value);
  object.state = state;
  return object;
}

/** Node fields as scikit-learn 1.3 and newer have them; `ids` is int32 on 32-bit machines. */
export function treeFields(ids: 'i8' | 'i4' = 'i8'): Readonly<Record<string, FieldType>> {
  return {
    left_child: ids,
    right_child: ids,
    feature: ids,
    threshold: 'f8',
    impurity: 'f8',
    n_node_samples: ids,
    weighted_n_node_samples: 'f8',
    missing_go_to_left: 'u1',
  };
}

/** A leaf's fields. */
export const LEAF: Row = { left_child: -1, right_child: -1, feature: -2, threshold: -2 };

/** A `sklearn.tree._tree.Tree` of one output; `values` has one number per node. */
export function treeObject(
  nodes: readonly Row[],
  values: readonly number[],
  features: number,
  ids?: 'i8' | 'i4',
): PyObject {
  return fittedObject(
    'sklearn.tree._tree',
    'Tree',
    {
      max_depth: 9,
      node_count: nodes.length,
      nodes: recordArray(treeFields(ids), nodes),
      values: float64Array([values.length, 1, 1], Float64Array.from(values)),
    },
    [features, float64Array([1], Float64Array.of(1)), 1],
  );
}
