/**
 * The tensor datatypes of the Open Inference Protocol, with Triton's `BF16`
 * (open_inference_grpc.proto; Triton `model_config.proto`).
 */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'BF16'
  | 'FP32'
  | 'FP64'
  | 'BYTES';

/** One element of a BYTES tensor: text where it came as text, else the raw bytes. */
export type BytesElement = string | Uint8Array;

/**
 * The elements of a tensor, row-major. Which array belongs to which datatype:
 * BOOL and UINT8 `Uint8Array` (BOOL holds 0 or 1), FP16 and BF16 `Uint16Array` with the raw bits,
 * INT64 `BigInt64Array`, UINT64 `BigUint64Array`, BYTES a plain array; the others as named.
 */
export type TensorData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | BytesElement[];

const BYTE_SIZES: ReadonlyMap<string, number> = new Map<Datatype, number>([
  ['BOOL', 1],
  ['UINT8', 1],
  ['UINT16', 2],
  ['UINT32', 4],
  ['UINT64', 8],
  ['INT8', 1],
  ['INT16', 2],
  ['INT32', 4],
  ['INT64', 8],
  ['FP16', 2],
  ['BF16', 2],
  ['FP32', 4],
  ['FP64', 8],
  ['BYTES', 0],
]);

/** Every datatype, in the protocol's order. */
export const DATATYPES = [...BYTE_SIZES.keys()] as readonly Datatype[];

/** Whether `name` is a datatype's exact name. */
export function isDatatype(name: unknown): name is Datatype {
  return typeof name === 'string' && BYTE_SIZES.has(name);
}

/** Bytes an element takes in the binary tensor extension; 0 for BYTES, whose elements vary. */
export function elementByteSize(datatype: Datatype): number {
  return BYTE_SIZES.get(datatype) as number;
}

/** A zero-filled array of `length` elements of the kind that belongs to `datatype`. */
export function allocate(datatype: Datatype, length: number): TensorData {
  switch (datatype) {
    case 'BOOL':
    case 'UINT8':
      return new Uint8Array(length);
    case 'INT8':
      return new Int8Array(length);
    case 'UINT16':
    case 'FP16':
    case 'BF16':
      return new Uint16Array(length);
    case 'INT16':
      return new Int16Array(length);
    case 'UINT32':
      return new Uint32Array(length);
    case 'INT32':
      return new Int32Array(length);
    case 'UINT64':
      return new BigUint64Array(length);
    case 'INT64':
      return new BigInt64Array(length);
    case 'FP32':
      return new Float32Array(length);
    case 'FP64':
      return new Float64Array(length);
    case 'BYTES':
      return new Array<BytesElement>(length).fill('');
  }
}
