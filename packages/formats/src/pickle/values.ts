import type { NdArray } from '../numpy/ndarray.ts';

/** A Python tuple (lists are JavaScript arrays). */
export class PyTuple {
  readonly items: readonly PyValue[];
  constructor(items: readonly PyValue[]) {
    this.items = items;
  }
}

/**
 * A Python dict, in insertion order. Keys are compared as Python does for text and numbers; a `Map`, so that no key of a
 * hostile file meets `Object.prototype`.
 */
export class PyDict {
  readonly entries = new Map<PyValue, PyValue>();
  get(key: PyValue): PyValue | undefined {
    return this.entries.get(key);
  }
  has(key: PyValue): boolean {
    return this.entries.has(key);
  }
}

/** A Python set or frozenset. */
export class PySet {
  readonly items = new Set<PyValue>();
}

/** A known class or function that the pickle named, not called. */
export class PyGlobal {
  readonly module: string;
  readonly name: string;
  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }
  /** `module.name`. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/**
 * An instance of a known class as data: what its constructor would have got and what its `__setstate__` would have got.
 * Nothing was called.
 */
export class PyObject {
  readonly type: PyGlobal;
  /** Positional arguments of `__reduce__`'s callable or of `__new__`. */
  args: readonly PyValue[];
  /** The state of BUILD: usually a dict of attributes, or whatever `__getstate__` gave. */
  state: PyValue = null;
  // Most objects have neither, and a file may hold a million of them.
  #listItems: PyValue[] | undefined;
  #dictItems: PyDict | undefined;
  constructor(type: PyGlobal, args: readonly PyValue[] = []) {
    this.type = type;
    this.args = args;
  }

  /** Items that were appended (list subclasses). */
  get listItems(): PyValue[] {
    this.#listItems ??= [];
    return this.#listItems;
  }

  /** Items that were set (dict subclasses). */
  get dictItems(): PyDict {
    this.#dictItems ??= new PyDict();
    return this.#dictItems;
  }

  /** An attribute of the state; undefined where it is absent. */
  get(name: string): PyValue | undefined {
    return this.state instanceof PyDict ? this.state.get(name) : undefined;
  }
}

/** A whole number beyond 2^53 is a bigint; `int` and `float` otherwise share `number` (numpy arrays keep their dtype). */
export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PyValue[]
  | PyTuple
  | PyDict
  | PySet
  | PyGlobal
  | PyObject
  | NdArray;
