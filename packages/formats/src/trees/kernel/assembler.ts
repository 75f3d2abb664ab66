/**
 * Writes WebAssembly modules, as far as the tree kernels need it: functions of 32-bit integers over one imported memory
 * (https://webassembly.github.io/spec/core/binary/). The kernels are unrolled, so code that writes them is shorter than
 * they are, and no generated file has to be kept in step with its source.
 */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;

/** A value type. */
export type ValueType = typeof I32 | typeof F32 | typeof F64;

/** The body of one function; every method appends instructions and answers the body. */
export class FunctionBody {
  readonly params: number;
  readonly #locals: ValueType[] = [];
  readonly #code: number[] = [];

  constructor(params: number) {
    this.params = params;
  }

  /** A new local variable; answers its index. */
  local(type: ValueType = I32): number {
    this.#locals.push(type);
    return this.params + this.#locals.length - 1;
  }

  get(index: number): this {
    return this.#emit(0x20, ...unsigned(index));
  }

  set(index: number): this {
    return this.#emit(0x21, ...unsigned(index));
  }

  tee(index: number): this {
    return this.#emit(0x22, ...unsigned(index));
  }

  const(value: number): this {
    return this.#emit(0x41, ...signed(value));
  }

  /** Loads from the address on the stack plus `offset`. */
  load(type: ValueType, offset = 0): this {
    return this.#emit(type === I32 ? 0x28 : type === F32 ? 0x2a : 0x2b, type === F64 ? 3 : 2, ...unsigned(offset));
  }

  store(type: ValueType, offset = 0): this {
    return this.#emit(type === I32 ? 0x36 : type === F32 ? 0x38 : 0x39, type === F64 ? 3 : 2, ...unsigned(offset));
  }

  /** Integer `+`. */
  add(): this {
    return this.#emit(0x6a);
  }

  sub(): this {
    return this.#emit(0x6b);
  }

  mul(): this {
    return this.#emit(0x6c);
  }

  or(): this {
    return this.#emit(0x72);
  }

  xor(): this {
    return this.#emit(0x73);
  }

  shiftLeft(bits: number): this {
    return this.const(bits).#emit(0x74);
  }

  shiftRight(bits: number): this {
    return this.const(bits).#emit(0x76);
  }

  /** Unsigned `<` of integers. */
  less(): this {
    return this.#emit(0x49);
  }

  /** Floating point `>`: 0 or 1. */
  greater(type: typeof F32 | typeof F64): this {
    return this.#emit(type === F32 ? 0x5e : 0x64);
  }

  /** Floating point `+`. */
  addFloat(type: typeof F32 | typeof F64): this {
    return this.#emit(type === F32 ? 0x92 : 0xa0);
  }

  /** float64 to float32. */
  demote(): this {
    return this.#emit(0xb6);
  }

  /** Runs `body` again and again while the condition that it leaves on the stack is not 0; at least once. */
  repeat(body: () => void): this {
    this.#emit(0x03, 0x40);
    body();
    return this.#emit(0x0d, 0, 0x0b);
  }

  /** The function as a module's code section has it. */
  encode(): number[] {
    const locals = this.#locals.flatMap((type) => [1, type]);
    const body = [...unsigned(this.#locals.length), ...locals, ...this.#code, 0x0b];
    return [...unsigned(body.length), ...body];
  }

  #emit(...bytes: number[]): this {
    for (const byte of bytes) this.#code.push(byte);
    return this;
  }
}

/** A module that imports `env.memory` and exports the functions by name. */
export function assemble(functions: ReadonlyMap<string, FunctionBody>): Uint8Array<ArrayBuffer> {
  const bodies = [...functions.values()];
  const types = bodies.map(({ params }) => [0x60, ...vector(new Array(params).fill([I32])), 0]);
  const memory = [...name('env'), ...name('memory'), 0x02, 0x00, ...unsigned(1)];
  const exported = [...functions.keys()].map((key, index) => [...name(key), 0x00, ...unsigned(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(bodies.map((_, index) => unsigned(index)))),
    ...section(7, vector(exported)),
    ...section(10, vector(bodies.map((body) => body.encode()))),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** LEB128 of a signed number. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}
