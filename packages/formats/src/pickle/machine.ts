import { LoadError } from '@berth/inference';
import type { Budget } from './budget.ts';
import { type ByteReader, latin1Text } from './byte-reader.ts';
import { OP, opcodeName } from './opcodes.ts';
import { longFromBytes, parseDecimalLine, parseFloatLine, parseLongLine, parseStringLine } from './text-values.ts';
import { PyDict, PyGlobal, PyObject, PySet, PyTuple, type PyValue } from './values.ts';

/** What the machine may know and what its "calls" mean; nothing here ever runs code that a file names. */
export interface PickleWorld {
  /** The known class or function of that name. @throws LoadError UnsafeModel or UnsupportedModel, naming it. */
  resolve(module: string, name: string): PyGlobal;
  /** What REDUCE, OBJ or INST of a known name gives, as data. @throws LoadError */
  call(callable: PyGlobal, args: readonly PyValue[], budget: Budget): PyValue;
  /** What `cls.__new__(cls, *args)` gives, as data. @throws LoadError */
  construct(cls: PyGlobal, args: readonly PyValue[], budget: Budget): PyValue;
  /** What BUILD makes of `target`; returns what stands in its place. May read on where array data follows (joblib). */
  build(target: PyValue, state: PyValue, reader: ByteReader, budget: Budget): PyValue;
}

const HIGHEST_PROTOCOL = 5;

/**
 * Bytes that one opcode's object takes here, for the budget: a file of nothing but empty dicts would else take a hundred
 * times its size. Honest files spend more bytes on each than these ask for.
 */
const COST = { list: 32, tuple: 40, bytes: 80, dict: 150, object: 150, memo: 56 } as const;
/** Values that may wait on the stack, and marks: a pickler hands over its items by the thousand, but a tuple's at once. */
const MAX_WAITING = 8_000_000;
const MAX_MARKS = 1_000_000;

const EMPTY_TUPLE = new PyTuple([]);

/**
 * Reads one pickle, protocols 0 to 5, from the reader's position to its STOP, as data. Every opcode of `pickletools` is
 * known; those that reach outside the file (EXT, PERSID, out-of-band buffers) are refused.
 * Time and memory are linear in the bytes that are read; nothing recurses.
 * @throws LoadError CorruptModel with the byte, UnsafeModel or UnsupportedModel with the name, LimitExceeded.
 */
export function unpickle(reader: ByteReader, world: PickleWorld, budget: Budget): PyValue {
  return new Machine(reader, world, budget).run();
}

class Machine {
  readonly #reader: ByteReader;
  readonly #world: PickleWorld;
  readonly #budget: Budget;
  #stack: PyValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PyValue>();
  #opcodeAt = 0;

  constructor(reader: ByteReader, world: PickleWorld, budget: Budget) {
    this.#reader = reader;
    this.#world = world;
    this.#budget = budget;
  }

  run(): PyValue {
    const reader = this.#reader;
    for (;;) {
      this.#opcodeAt = reader.position;
      const opcode = reader.u8();
      if (opcode === OP.STOP) return this.#pop();
      this.#step(opcode);
      if (this.#stack.length > MAX_WAITING || this.#marks.length > MAX_MARKS) {
        throw new LoadError(
          'LimitExceeded',
          'the pickle has millions of values waiting on its stack; it looks like a bomb',
        );
      }
    }
  }

  #corrupt(what: string): LoadError {
    return new LoadError('CorruptModel', `the pickle is damaged at byte ${this.#opcodeAt}: ${what}`);
  }

  #pop(): PyValue {
    const floor = this.#marks.length > 0 ? this.#marks[this.#marks.length - 1] : 0;
    if (this.#stack.length <= floor) throw this.#corrupt('it takes from an empty stack');
    return this.#stack.pop() as PyValue;
  }

  #top(): PyValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  #popToMark(): PyValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#corrupt('it looks for a mark that was never set');
    return this.#stack.splice(mark);
  }

  #popGlobal(what: string): PyGlobal {
    const value = this.#pop();
    if (!(value instanceof PyGlobal)) throw this.#corrupt(`${what} needs a class`);
    return value;
  }

  #popTuple(what: string): readonly PyValue[] {
    const value = this.#pop();
    if (!(value instanceof PyTuple)) throw this.#corrupt(`${what} needs a tuple of arguments`);
    return value.items;
  }

  #remember(index: number): void {
    this.#budget.take(COST.memo);
    this.#memo.set(index, this.#top());
  }

  #getMemo(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#corrupt(`it recalls object ${index} that it never stored`);
    this.#stack.push(value);
  }

  #step(opcode: number): void {
    const reader = this.#reader;
    const stack = this.#stack;
    switch (opcode) {
      // Values.
      case OP.NONE:
        stack.push(null);
        return;
      case OP.NEWTRUE:
        stack.push(true);
        return;
      case OP.NEWFALSE:
        stack.push(false);
        return;
      case OP.INT:
        stack.push(parseDecimalLine(reader));
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
      case OP.LONG:
        stack.push(parseLongLine(reader));
        return;
      case OP.LONG1:
        stack.push(longFromBytes(reader.take(reader.u8())));
        return;
      case OP.LONG4:
        stack.push(longFromBytes(reader.take(reader.i32())));
        return;
      case OP.FLOAT:
        stack.push(parseFloatLine(reader));
        return;
      case OP.BINFLOAT:
        stack.push(reader.f64be());
        return;
      // Text and bytes. A Python 2 `str` may hold either; Latin-1 keeps its bytes readable as both.
      case OP.STRING:
        stack.push(parseStringLine(reader));
        return;
      case OP.BINSTRING:
        stack.push(reader.latin1(reader.i32()));
        return;
      case OP.SHORT_BINSTRING:
        stack.push(reader.latin1(reader.u8()));
        return;
      case OP.UNICODE:
        stack.push(unescapeRawUnicode(latin1Text(reader.line())));
        return;
      case OP.SHORT_BINUNICODE:
        stack.push(reader.utf8(reader.u8()));
        return;
      case OP.BINUNICODE:
        stack.push(reader.utf8(reader.u32()));
        return;
      case OP.BINUNICODE8:
        stack.push(reader.utf8(reader.u64()));
        return;
      case OP.SHORT_BINBYTES:
        this.#budget.take(COST.bytes);
        stack.push(reader.take(reader.u8()));
        return;
      case OP.BINBYTES:
        stack.push(reader.take(reader.u32()));
        return;
      case OP.BINBYTES8:
      case OP.BYTEARRAY8:
        stack.push(reader.take(reader.u64()));
        return;
      // Containers.
      case OP.EMPTY_LIST:
        this.#budget.take(COST.list);
        stack.push([]);
        return;
      case OP.EMPTY_TUPLE:
        stack.push(EMPTY_TUPLE);
        return;
      case OP.EMPTY_DICT:
        this.#budget.take(COST.dict);
        stack.push(new PyDict());
        return;
      case OP.EMPTY_SET:
        this.#budget.take(COST.dict);
        stack.push(new PySet());
        return;
      case OP.LIST:
        this.#budget.take(COST.list);
        stack.push(this.#popToMark());
        return;
      case OP.TUPLE:
        this.#budget.take(COST.tuple);
        stack.push(new PyTuple(this.#popToMark()));
        return;
      case OP.TUPLE1:
        this.#budget.take(COST.tuple);
        stack.push(new PyTuple([this.#pop()]));
        return;
      case OP.TUPLE2: {
        this.#budget.take(COST.tuple);
        const second = this.#pop();
        stack.push(new PyTuple([this.#pop(), second]));
        return;
      }
      case OP.TUPLE3: {
        this.#budget.take(COST.tuple);
        const third = this.#pop();
        const second = this.#pop();
        stack.push(new PyTuple([this.#pop(), second, third]));
        return;
      }
      case OP.DICT: {
        this.#budget.take(COST.dict);
        const items = this.#popToMark();
        const dict = new PyDict();
        this.#setItems(dict, items);
        stack.push(dict);
        return;
      }
      case OP.FROZENSET: {
        this.#budget.take(COST.dict);
        const set = new PySet();
        for (const item of this.#popToMark()) set.items.add(item);
        stack.push(set);
        return;
      }
      case OP.APPEND: {
        const item = this.#pop();
        this.#append(this.#top(), [item]);
        return;
      }
      case OP.APPENDS: {
        const items = this.#popToMark();
        this.#append(this.#top(), items);
        return;
      }
      case OP.SETITEM: {
        const value = this.#pop();
        const key = this.#pop();
        this.#setItems(this.#top(), [key, value]);
        return;
      }
      case OP.SETITEMS: {
        const items = this.#popToMark();
        this.#setItems(this.#top(), items);
        return;
      }
      case OP.ADDITEMS: {
        const items = this.#popToMark();
        const set = this.#top();
        if (!(set instanceof PySet)) throw this.#corrupt('ADDITEMS needs a set');
        for (const item of items) set.items.add(item);
        return;
      }
      // The stack and the memo.
      case OP.MARK:
        this.#marks.push(stack.length);
        return;
      case OP.POP:
        if (this.#marks.length > 0 && this.#marks[this.#marks.length - 1] === stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case OP.POP_MARK:
        this.#popToMark();
        return;
      case OP.DUP:
        stack.push(this.#top());
        return;
      case OP.GET:
        this.#getMemo(this.#memoIndex());
        return;
      case OP.BINGET:
        this.#getMemo(reader.u8());
        return;
      case OP.LONG_BINGET:
        this.#getMemo(reader.u32());
        return;
      case OP.PUT:
        this.#remember(this.#memoIndex());
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
      // Names and objects.
      case OP.GLOBAL: {
        const module = reader.textLine();
        stack.push(this.#world.resolve(module, reader.textLine()));
        return;
      }
      case OP.STACK_GLOBAL: {
        const name = this.#pop();
        const module = this.#pop();
        if (typeof module !== 'string' || typeof name !== 'string') throw this.#corrupt('a global needs two names');
        stack.push(this.#world.resolve(module, name));
        return;
      }
      case OP.REDUCE: {
        this.#budget.take(COST.object);
        const args = this.#popTuple('REDUCE');
        const callable = this.#popGlobal('REDUCE');
        stack.push(this.#world.call(callable, args, this.#budget));
        return;
      }
      case OP.NEWOBJ: {
        this.#budget.take(COST.object);
        const args = this.#popTuple('NEWOBJ');
        stack.push(this.#world.construct(this.#popGlobal('NEWOBJ'), args, this.#budget));
        return;
      }
      case OP.NEWOBJ_EX: {
        this.#budget.take(COST.object);
        const keywords = this.#pop();
        if (!(keywords instanceof PyDict)) throw this.#corrupt('NEWOBJ_EX needs a dict of keywords');
        const args = this.#popTuple('NEWOBJ_EX');
        const all = keywords.entries.size > 0 ? [...args, keywords] : args;
        stack.push(this.#world.construct(this.#popGlobal('NEWOBJ_EX'), all, this.#budget));
        return;
      }
      case OP.OBJ: {
        this.#budget.take(COST.object);
        const [cls, ...args] = this.#popToMark();
        if (!(cls instanceof PyGlobal)) throw this.#corrupt('OBJ needs a class');
        stack.push(this.#world.call(cls, args, this.#budget));
        return;
      }
      case OP.INST: {
        this.#budget.take(COST.object);
        const module = reader.textLine();
        const cls = this.#world.resolve(module, reader.textLine());
        stack.push(this.#world.call(cls, this.#popToMark(), this.#budget));
        return;
      }
      case OP.BUILD: {
        const state = this.#pop();
        const target = this.#pop();
        stack.push(this.#world.build(target, state, reader, this.#budget));
        return;
      }
      // Framing.
      case OP.PROTO: {
        const protocol = reader.u8();
        if (protocol > HIGHEST_PROTOCOL) {
          throw new LoadError('UnsupportedModel', `pickle protocol ${protocol} is unknown; 0 to 5 are read`);
        }
        return;
      }
      case OP.FRAME: {
        const length = reader.u64();
        if (length > reader.remaining)
          throw this.#corrupt(`a frame of ${length} bytes reaches past the end of the file`);
        return;
      }
      case OP.PERSID:
      case OP.BINPERSID:
      case OP.EXT1:
      case OP.EXT2:
      case OP.EXT4:
      case OP.NEXT_BUFFER:
      case OP.READONLY_BUFFER:
        throw new LoadError(
          'UnsafeModel',
          `pickle opcode ${opcodeName(opcode)} at byte ${this.#opcodeAt} is not allowed: it reaches outside the file`,
        );
      default:
        throw this.#corrupt(
          `0x${opcode.toString(16).padStart(2, '0')} is no pickle opcode; this is no pickle, or it is cut`,
        );
    }
  }

  #memoIndex(): number {
    const index = parseDecimalLine(this.#reader);
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0) throw this.#corrupt('a bad memo number');
    return index;
  }

  #append(list: PyValue, items: readonly PyValue[]): void {
    const target = Array.isArray(list) ? list : list instanceof PyObject ? list.listItems : undefined;
    if (target === undefined) throw this.#corrupt('it appends to something that is no list');
    for (const item of items) target.push(item);
  }

  #setItems(dict: PyValue, items: readonly PyValue[]): void {
    const target = dict instanceof PyDict ? dict : dict instanceof PyObject ? dict.dictItems : undefined;
    if (target === undefined) throw this.#corrupt('it sets items of something that is no dict');
    if (items.length % 2 !== 0) throw this.#corrupt('a dict has a key without a value');
    for (let i = 0; i < items.length; i += 2) target.entries.set(items[i], items[i + 1]);
  }
}

/** Python's raw-unicode-escape: Latin-1 where only \uXXXX and \UXXXXXXXX are escapes. */
function unescapeRawUnicode(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short, long) => {
    const code = Number.parseInt(short ?? long, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
