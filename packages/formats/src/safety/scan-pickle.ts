import { LoadError } from '@berth/inference';
import { readDType } from '../numpy/dtype.ts';
import { checkByteLength, checkShape } from '../numpy/read-array.ts';
import { Budget } from '../pickle/budget.ts';
import { ByteReader, latin1Text } from '../pickle/byte-reader.ts';
import { isOpcode, OP, opcodeName } from '../pickle/opcodes.ts';
import { parseStringLine } from '../pickle/text-values.ts';
import { PyDict, PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/values.ts';
import { Findings } from './findings.ts';

/** Pickles inside of pickles, and one after the other. */
const MAX_DEPTH = 8;
const MAX_PICKLES = 10_000;
/** Values that may wait on the stack: as the reader of models has it. */
const MAX_WAITING = 8_000_000;
/** Longer tuples are none that a name or an array is made of. */
const MAX_TUPLE = 64;
const COST = { memo: 56, object: 150, tuple: 40 } as const;

/**
 * Lists every global that the pickles in `bytes` name, as Python would come to them, and calls nothing. Where the reader of
 * models stops at the first name that it does not know, this goes on: what a refused call would have given is a value that
 * nothing is known of. The stack and the memo are followed, so that names put together from stored texts are found.
 * Arrays that joblib writes between the opcodes are passed over; bytes that are pickles themselves are read as well. Never throws.
 */
export function scanPickles(bytes: Uint8Array, findings: Findings): void {
  const reader = new ByteReader(bytes);
  // One bound for all, nested ones too.
  const budget = new Budget(bytes.length);
  for (let first = true; reader.remaining > 0; first = false) {
    if (first || startsPickle(bytes, reader.position)) {
      if (!scanOne(reader, findings, budget, 0)) return;
      continue;
    }
    // Protocols 0 and 1 have no mark of their own: bytes that read as a pickle, or name things as one, are taken for one.
    const left = reader.remaining;
    const inner = new Findings();
    if (isOpcode(bytes[reader.position]) && scanOne(reader, inner, budget, 0)) {
      findings.take(inner);
      continue;
    }
    for (const { module, name, offset, called } of inner.globals.values()) {
      if (!MODULE.test(module)) continue;
      findings.global(module, name, offset);
      if (called) findings.called(module, name);
    }
    findings.odd('unread', `${left} bytes follow the last pickle; Python does not read them by itself`);
    return;
  }
}

/** A module's name; what text that follows a pickle only looks like is none. */
const MODULE = /^\w+(\.\w+)*$/;

/** Reads one pickle to its STOP; whether it was read to its end. */
function scanOne(reader: ByteReader, findings: Findings, budget: Budget, depth: number): boolean {
  if (depth > MAX_DEPTH || findings.pickles >= MAX_PICKLES) {
    findings.odd('incomplete', 'pickles are nested too deep or without end; the innermost are not read');
    return false;
  }
  findings.pickles++;
  const scanner = new Scanner(reader, findings, budget, depth);
  try {
    scanner.run();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof LoadError)) throw thrown;
    // A line is bounded here and not in Python.
    const isLimit = thrown.reason !== 'CorruptModel' || thrown.message.includes('has no end');
    findings.odd(isLimit ? 'incomplete' : 'damaged', `reading ends at byte ${reader.position}: ${thrown.message}`);
    return false;
  }
}

/** Whether a pickle of protocol 2 or newer starts there. */
function startsPickle(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === OP.PROTO && bytes[at + 1] >= 2 && bytes[at + 1] <= 5;
}

class Scanner {
  readonly #reader: ByteReader;
  readonly #findings: Findings;
  readonly #budget: Budget;
  readonly #depth: number;
  readonly #stack: PyValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PyValue>();

  constructor(reader: ByteReader, findings: Findings, budget: Budget, depth: number) {
    this.#reader = reader;
    this.#findings = findings;
    this.#budget = budget;
    this.#depth = depth;
  }

  /** @throws LoadError where the bytes are no pickle any more */
  run(): void {
    const reader = this.#reader;
    for (;;) {
      const opcode = reader.u8();
      if (opcode === OP.STOP) return;
      this.#step(opcode);
      if (this.#stack.length > MAX_WAITING || this.#marks.length > MAX_WAITING) {
        throw new LoadError('LimitExceeded', 'millions of values wait on its stack; it looks like a bomb');
      }
    }
  }

  /** Null is what nothing is known of. Where Python's stack would be empty, its reading ends, and so does this. */
  #pop(): PyValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): PyValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw damaged('it takes from an empty stack');
    return this.#stack.at(-1) as PyValue;
  }

  #popToMark(): PyValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw damaged('it looks for a mark that was never set');
    return this.#stack.splice(mark);
  }

  #recall(index: number | null): void {
    const value = index === null ? undefined : this.#memo.get(index);
    if (value === undefined) throw damaged('it recalls an object that it never stored');
    this.#stack.push(value);
  }

  #tuple(items: readonly PyValue[]): void {
    this.#budget.take(COST.tuple);
    this.#stack.push(items.length <= MAX_TUPLE ? new PyTuple(items) : null);
  }

  #remember(index: number): void {
    this.#budget.take(COST.memo);
    this.#memo.set(index, this.#top());
  }

  /** Text that need not be UTF-8: Python takes lone surrogates, and a bad byte must not end the reading. */
  #text(length: number): string {
    return Buffer.from(this.#reader.take(length)).toString('utf8');
  }

  #textLine(): string {
    return Buffer.from(this.#reader.line()).toString('utf8');
  }

  /** A number as Python's `int()` reads it; null where it is none. */
  #numberLine(): number | null {
    const value = Number(latin1Text(this.#reader.line()).trim().replaceAll('_', '').replace(/L$/, ''));
    return Number.isFinite(value) ? value : null;
  }

  #bytes(raw: Uint8Array): void {
    this.#nested(raw);
    this.#stack.push(raw);
  }

  /** Bytes that start as a pickle does: what `pickle.loads` would be given. Those in which nothing is named are none. */
  #nested(raw: Uint8Array): void {
    if (raw.length < 4 || !startsPickle(raw, 0)) return;
    // One text may be handed over many times.
    this.#budget.take(raw.length);
    const inner = new Findings();
    scanOne(new ByteReader(raw), inner, this.#budget, this.#depth + 1);
    if (inner.globals.size > 0) this.#findings.take(inner);
  }

  #global(module: PyValue, name: PyValue): void {
    if (typeof module === 'string' && typeof name === 'string') {
      this.#findings.global(module, name, this.#reader.position);
      this.#stack.push(new PyGlobal(module, name));
      return;
    }
    this.#findings.odd(
      'computed-name',
      `it names something by a text that it computes (byte ${this.#reader.position})`,
    );
    this.#stack.push(null);
  }

  /** What a call gives is known by its callable and its arguments alone. */
  #call(callable: PyValue, args: readonly PyValue[]): void {
    this.#budget.take(COST.object);
    if (callable instanceof PyGlobal) {
      this.#findings.called(callable.module, callable.name);
      const [text] = args;
      // Protocol 2 writes bytes as `_codecs.encode(text, 'latin1')`.
      if (callable.name === 'encode' && typeof text === 'string' && text.charCodeAt(0) === OP.PROTO) {
        this.#nested(Buffer.from(text, 'latin1'));
      }
      this.#stack.push(new PyObject(callable, args.length <= MAX_TUPLE ? args : []));
      return;
    }
    const from = callable instanceof PyObject ? `what ${callable.type.path} gave` : 'something that it computes';
    this.#findings.odd('computed-call', `it calls ${from} (byte ${this.#reader.position})`);
    this.#stack.push(null);
  }

  #argsOf(value: PyValue): readonly PyValue[] {
    return value instanceof PyTuple ? value.items : [];
  }

  #outside(opcode: number): void {
    const name = opcodeName(opcode);
    this.#findings.odd('outside', `pickle opcode ${name} reaches outside the file (byte ${this.#reader.position})`);
  }

  #step(opcode: number): void {
    const reader = this.#reader;
    const stack = this.#stack;
    switch (opcode) {
      case OP.NONE:
      case OP.EMPTY_LIST:
      case OP.EMPTY_SET:
        stack.push(null);
        return;
      case OP.NEWTRUE:
      case OP.NEWFALSE:
        stack.push(opcode === OP.NEWTRUE);
        return;
      case OP.INT:
      case OP.LONG:
        stack.push(this.#numberLine());
        return;
      case OP.BININT:
        stack.push(reader.i32());
        return;
      case OP.BININT1:
        stack.push(reader.u8());
        return;
      case OP.BININT2:
        stack.push(reader.u16());
        return;
      case OP.LONG1:
        stack.push(smallNumber(reader.take(reader.u8())));
        return;
      case OP.LONG4:
        stack.push(smallNumber(reader.take(reader.i32())));
        return;
      case OP.FLOAT:
        reader.line();
        stack.push(null);
        return;
      case OP.BINFLOAT:
        stack.push(reader.f64be());
        return;
      case OP.STRING:
        stack.push(this.#stringLine());
        return;
      case OP.BINSTRING:
        this.#latin1(reader.take(reader.i32()));
        return;
      case OP.SHORT_BINSTRING:
        this.#latin1(reader.take(reader.u8()));
        return;
      case OP.UNICODE:
        stack.push(unescaped(latin1Text(reader.line())));
        return;
      case OP.SHORT_BINUNICODE:
        stack.push(this.#text(reader.u8()));
        return;
      case OP.BINUNICODE:
        stack.push(this.#text(reader.u32()));
        return;
      case OP.BINUNICODE8:
        stack.push(this.#text(reader.u64()));
        return;
      case OP.SHORT_BINBYTES:
        this.#bytes(reader.take(reader.u8()));
        return;
      case OP.BINBYTES:
        this.#bytes(reader.take(reader.u32()));
        return;
      case OP.BINBYTES8:
      case OP.BYTEARRAY8:
        this.#bytes(reader.take(reader.u64()));
        return;
      case OP.EMPTY_TUPLE:
        stack.push(new PyTuple([]));
        return;
      case OP.EMPTY_DICT:
        this.#budget.take(COST.object);
        stack.push(new PyDict());
        return;
      case OP.LIST:
      case OP.FROZENSET:
        this.#popToMark();
        stack.push(null);
        return;
      case OP.TUPLE:
        this.#tuple(this.#popToMark());
        return;
      case OP.TUPLE1:
        this.#tuple([this.#pop()]);
        return;
      case OP.TUPLE2: {
        const second = this.#pop();
        this.#tuple([this.#pop(), second]);
        return;
      }
      case OP.TUPLE3: {
        const third = this.#pop();
        const second = this.#pop();
        this.#tuple([this.#pop(), second, third]);
        return;
      }
      case OP.DICT: {
        this.#budget.take(COST.object);
        const dict = new PyDict();
        setItems(dict, this.#popToMark());
        stack.push(dict);
        return;
      }
      case OP.APPEND:
        this.#pop();
        return;
      case OP.APPENDS:
      case OP.ADDITEMS:
      case OP.POP_MARK:
        this.#popToMark();
        return;
      case OP.SETITEM: {
        const value = this.#pop();
        const key = this.#pop();
        setItems(this.#top(), [key, value]);
        return;
      }
      case OP.SETITEMS: {
        const items = this.#popToMark();
        setItems(this.#top(), items);
        return;
      }
      case OP.MARK:
        this.#marks.push(stack.length);
        return;
      case OP.POP:
        if (this.#marks.at(-1) === stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case OP.DUP:
        stack.push(this.#top());
        return;
      case OP.GET:
        this.#recall(this.#numberLine());
        return;
      case OP.BINGET:
        this.#recall(reader.u8());
        return;
      case OP.LONG_BINGET:
        this.#recall(reader.u32());
        return;
      case OP.PUT:
        this.#remember(this.#numberLine() ?? -1);
        return;
      case OP.BINPUT:
        this.#remember(reader.u8());
        return;
      case OP.LONG_BINPUT:
        this.#remember(reader.u32());
        return;
      case OP.MEMOIZE:
        this.#remember(this.#memo.size);
        return;
      case OP.GLOBAL: {
        const module = this.#textLine();
        this.#global(module, this.#textLine());
        return;
      }
      case OP.STACK_GLOBAL: {
        const name = this.#pop();
        this.#global(this.#pop(), name);
        return;
      }
      case OP.REDUCE:
      case OP.NEWOBJ: {
        const args = this.#argsOf(this.#pop());
        this.#call(this.#pop(), args);
        return;
      }
      case OP.NEWOBJ_EX: {
        this.#pop();
        const args = this.#argsOf(this.#pop());
        this.#call(this.#pop(), args);
        return;
      }
      case OP.OBJ: {
        const [callable = null, ...args] = this.#popToMark();
        this.#call(callable, args);
        return;
      }
      case OP.INST: {
        const module = this.#textLine();
        this.#global(module, this.#textLine());
        const callable = stack.pop() ?? null;
        this.#call(callable, this.#popToMark());
        return;
      }
      case OP.BUILD: {
        const state = this.#pop();
        this.#build(this.#top(), state);
        return;
      }
      case OP.PROTO: {
        const protocol = reader.u8();
        if (protocol > 5) throw new LoadError('UnsupportedModel', `pickle protocol ${protocol} is unknown`);
        return;
      }
      case OP.FRAME:
        reader.u64();
        return;
      case OP.PERSID:
        reader.line();
        this.#outside(opcode);
        stack.push(null);
        return;
      case OP.BINPERSID:
        this.#pop();
        this.#outside(opcode);
        stack.push(null);
        return;
      case OP.EXT1:
        reader.u8();
        this.#outside(opcode);
        stack.push(null);
        return;
      case OP.EXT2:
        reader.u16();
        this.#outside(opcode);
        stack.push(null);
        return;
      case OP.EXT4:
        reader.i32();
        this.#outside(opcode);
        stack.push(null);
        return;
      case OP.NEXT_BUFFER:
        this.#outside(opcode);
        stack.push(null);
        return;
      case OP.READONLY_BUFFER:
        return;
      default:
        throw damaged(`0x${opcode.toString(16).padStart(2, '0')} is no pickle opcode`);
    }
  }

  #stringLine(): string | null {
    try {
      return parseStringLine(this.#reader);
    } catch (thrown) {
      if (thrown instanceof LoadError) return null;
      throw thrown;
    }
  }

  /** A Python 2 `str` is text or bytes. */
  #latin1(raw: Uint8Array): void {
    this.#nested(raw);
    this.#stack.push(latin1Text(raw));
  }

  /** joblib's arrays: the raw bytes follow the BUILD of their wrapper (joblib `numpy_pickle.py`). */
  #build(target: PyValue, state: PyValue): void {
    if (!(target instanceof PyObject)) return;
    target.state = state;
    if (target.type.name !== 'NumpyArrayWrapper' || !target.type.module.endsWith('joblib.numpy_pickle')) return;
    const shape = target.get('shape');
    const saved = readDType(target.get('dtype') ?? null);
    if (saved.dtype.kind === 'O') {
      scanOne(this.#reader, this.#findings, this.#budget, this.#depth + 1);
      return;
    }
    const { size } = checkShape(shape instanceof PyTuple ? shape.items : [-1]);
    const alignment = target.get('numpy_array_alignment_bytes');
    if (alignment !== undefined && alignment !== null) this.#reader.advance(this.#reader.u8());
    this.#reader.advance(checkByteLength(saved, size, this.#reader.remaining));
  }
}

/** Python's reading ends there with an error, too. */
function damaged(what: string): LoadError {
  return new LoadError('CorruptModel', what);
}

/** Only the attributes of joblib's wrappers are looked at, and they are texts. */
function setItems(target: PyValue, items: readonly PyValue[]): void {
  if (!(target instanceof PyDict)) return;
  for (let index = 0; index + 1 < items.length; index += 2) {
    const key = items[index];
    if (typeof key === 'string' || typeof key === 'number') target.entries.set(key, items[index + 1] as PyValue);
  }
}

function smallNumber(bytes: Uint8Array): number | null {
  if (bytes.length > 8) return null;
  let value = 0n;
  for (const [index, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * index);
  return Number(BigInt.asIntN(Math.max(1, 8 * bytes.length), value));
}

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short, long) => {
    const code = Number.parseInt(short ?? long, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
