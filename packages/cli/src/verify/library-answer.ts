import type { Frame } from './frames.ts';

/** An array that the library answered. */
export interface LibraryArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | BigInt64Array | BigUint64Array | readonly (string | boolean)[];
}

/** An exception of the library, or of the model's code. */
export interface PythonFailure {
  readonly kind: string;
  readonly module: string | null;
  readonly type: string;
  readonly message: string;
  readonly trace: string;
}

/** What became of one output. */
export type LibraryOutput =
  | { readonly kind: 'array'; readonly array: LibraryArray }
  | { readonly kind: 'absent'; readonly name: string; readonly why: string }
  | { readonly kind: 'failed'; readonly name: string; readonly failure: PythonFailure };

/** The whole answer to one batch. */
export type LibraryAnswer =
  | { readonly kind: 'outputs'; readonly outputs: readonly LibraryOutput[]; readonly seconds: number }
  | { readonly kind: 'failed'; readonly failure: PythonFailure };

/** Reads the answer to `predict`. @throws TypeError where it is none: the model's code wrote into our channel. */
export function readAnswer({ header, body }: Frame): LibraryAnswer {
  const answer = header as { ok?: unknown; error?: unknown; outputs?: unknown; seconds?: unknown };
  if (answer.ok !== true) return { kind: 'failed', failure: readFailure(answer.error) };
  if (!Array.isArray(answer.outputs)) throw new TypeError('an answer without outputs');
  let at = 0;
  const outputs = (answer.outputs as Record<string, unknown>[]).map((output): LibraryOutput => {
    const name = String(output.name);
    if (output.absent === true) {
      return {
        kind: 'absent',
        name,
        why: typeof output.why === 'string' ? output.why : 'the library has no such method',
      };
    }
    if (output.error !== undefined) return { kind: 'failed', name, failure: readFailure(output.error) };
    const bytes = Number(output.bytes);
    const part = body.slice(at, at + bytes);
    at += bytes;
    const shape = (output.shape as unknown[]).map(Number);
    const data = readData(String(output.dtype), part, output.bool === true);
    if (data.length !== shape.reduce((size, dim) => size * dim, 1))
      throw new TypeError(`${name}: shape and data differ`);
    return { kind: 'array', array: { name, shape, data } };
  });
  return { kind: 'outputs', outputs, seconds: Number(answer.seconds) };
}

/** Reads what Python told of an exception. */
export function readFailure(value: unknown): PythonFailure {
  const { kind, module, type, message, trace } = (value ?? {}) as Record<string, unknown>;
  return {
    kind: String(kind),
    module: typeof module === 'string' ? module : null,
    type: String(type),
    message: String(message),
    trace: String(trace),
  };
}

function readData(dtype: string, bytes: Uint8Array, isBool: boolean): LibraryArray['data'] {
  switch (dtype) {
    case 'f8':
      return new Float64Array(bytes.buffer, 0, bytes.length / 8);
    case 'f4':
      return new Float32Array(bytes.buffer, 0, bytes.length / 4);
    case 'i8':
      return new BigInt64Array(bytes.buffer, 0, bytes.length / 8);
    case 'u8':
      return new BigUint64Array(bytes.buffer, 0, bytes.length / 8);
    case 'u1':
      return isBool ? Array.from(bytes, (byte) => byte !== 0) : BigInt64Array.from(bytes, BigInt);
    case 'text':
      return (JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown[]).map(String);
    default:
      throw new TypeError(`an array of dtype ${dtype}`);
  }
}
