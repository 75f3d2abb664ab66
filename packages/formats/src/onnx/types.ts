import type { Datatype } from '@berth/inference';
import { fieldsIn, MessageWriter, text, type WireField } from './wire.ts';

/** A value's type in a graph (onnx.proto TypeProto). An undefined shape is any rank; -1 is any size. */
export type ValueType =
  | { readonly kind: 'tensor'; readonly element: number; readonly shape: readonly number[] | undefined }
  | { readonly kind: 'sequence'; readonly of: ValueType }
  | { readonly kind: 'map' }
  | { readonly kind: 'other'; readonly what: string };

/** A named, typed input, output or inner value. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ValueType;
}

/** Element types of onnx.proto's TensorProto.DataType that this code names. */
export const ELEMENT = { float: 1, bfloat16: 16 } as const;

const DATATYPES: ReadonlyMap<number, Datatype> = new Map([
  [1, 'FP32'],
  [2, 'UINT8'],
  [3, 'INT8'],
  [4, 'UINT16'],
  [5, 'INT16'],
  [6, 'INT32'],
  [7, 'INT64'],
  [8, 'BYTES'],
  [9, 'BOOL'],
  [10, 'FP16'],
  [11, 'FP64'],
  [12, 'UINT32'],
  [13, 'UINT64'],
  [16, 'BF16'],
]);

const OTHER_ELEMENTS: ReadonlyMap<number, string> = new Map([
  [14, 'complex64'],
  [15, 'complex128'],
  [17, 'float8e4m3fn'],
  [18, 'float8e4m3fnuz'],
  [19, 'float8e5m2'],
  [20, 'float8e5m2fnuz'],
  [21, 'uint4'],
  [22, 'int4'],
  [23, 'float4e2m1'],
]);

/** The protocol's datatype of an ONNX element type, where it has one. */
export function datatypeOf(element: number): Datatype | undefined {
  return DATATYPES.get(element);
}

/** ONNX's name of an element type that the protocol does not have. */
export function elementName(element: number): string {
  return OTHER_ELEMENTS.get(element) ?? `element type ${element}`;
}

/** Reads a ValueInfoProto. */
export function readValueInfo(bytes: Uint8Array): ValueInfo {
  let name = '';
  let type: ValueType = { kind: 'other', what: 'no type' };
  for (const field of fieldsIn(bytes)) {
    if (field.field === 1) name = text(field);
    else if (field.field === 2) type = readType(field.bytes, 0);
  }
  return { name, type };
}

function readType(bytes: Uint8Array, depth: number): ValueType {
  if (depth > 8) return { kind: 'other', what: 'a deeply nested type' };
  for (const field of fieldsIn(bytes)) {
    if (field.field === 1) return readTensorType(field);
    if (field.field === 4) return { kind: 'sequence', of: readElementType(field, depth) };
    if (field.field === 5) return { kind: 'map' };
    if (field.field === 8) return { kind: 'other', what: 'a sparse tensor' };
    if (field.field === 9) return { kind: 'other', what: 'an optional value' };
    if (field.field === 7) return { kind: 'other', what: 'an opaque value' };
  }
  return { kind: 'other', what: 'no type' };
}

function readElementType(sequence: WireField, depth: number): ValueType {
  for (const field of fieldsIn(sequence.bytes)) if (field.field === 1) return readType(field.bytes, depth + 1);
  return { kind: 'other', what: 'no type' };
}

function readTensorType(tensor: WireField): ValueType {
  let element = 0;
  let shape: number[] | undefined;
  for (const field of fieldsIn(tensor.bytes)) {
    if (field.field === 1) element = field.value;
    else if (field.field === 2) shape = [...fieldsIn(field.bytes)].filter((dim) => dim.field === 1).map(readDim);
  }
  return { kind: 'tensor', element, shape };
}

function readDim(dim: WireField): number {
  for (const field of fieldsIn(dim.bytes)) {
    // Exporters write -1 as well as names for a size that is not known.
    if (field.field === 1) return Math.max(-1, field.value);
  }
  return -1;
}

/** A ValueInfoProto of a dense tensor; an undefined shape is any rank. */
export function writeTensorInfo(name: string, element: number, shape: readonly number[] | undefined): MessageWriter {
  const tensor = new MessageWriter().varint(1, element);
  if (shape !== undefined) {
    const dims = new MessageWriter();
    for (const dim of shape) {
      const written = new MessageWriter();
      if (dim >= 0) written.varint(1, dim);
      dims.message(1, written);
    }
    tensor.message(2, dims);
  }
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensor));
}
