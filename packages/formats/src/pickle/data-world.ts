import { LoadError } from '@berth/inference';
import { fromBuffer, reconstruct, scalar, setArrayState } from '../numpy/globals.ts';
import { NdArray } from '../numpy/ndarray.ts';
import { chunkedArrowArray, restoreArrowArray } from './arrow-text.ts';
import type { Budget } from './budget.ts';
import { classifyGlobal, modernModule } from './known-globals.ts';
import type { PickleWorld } from './machine.ts';
import { PyDict, PyGlobal, PyObject, PySet, PyTuple, type PyValue } from './values.ts';

/** Bytes that one element of a copied container takes, roughly; for the budget. */
const SLOT = 16;

/** The first two parts of a module's path: where a library keeps a family of classes. */
export function packageOf(module: string): string {
  const first = module.indexOf('.');
  const second = first < 0 ? -1 : module.indexOf('.', first + 1);
  return second < 0 ? module : module.slice(0, second);
}

function bad(what: string): LoadError {
  return new LoadError('CorruptModel', `the file is damaged: ${what}`);
}

type DataFunction = (args: readonly PyValue[], budget: Budget) => PyValue;

/** What the calls that pickles of models contain mean, as data. Every other known class becomes an inert object. */
const FUNCTIONS: ReadonlyMap<string, DataFunction> = new Map<string, DataFunction>([
  ['numpy._core.multiarray._reconstruct', reconstruct],
  ['numpy._core.multiarray.scalar', scalar],
  ['numpy._core.numeric._frombuffer', fromBuffer],
  ['numpy._core._ufunc_reconstruct', ufunc],
  // numpy 2's variable-length text: its elements are pickled as a list of str.
  ['numpy._core._internal._convert_to_stringdtype_kwargs', () => new PyObject(new PyGlobal('numpy', 'dtype'), ['O8'])],
  ['copyreg._reconstructor', ([cls]) => new PyObject(asClass(cls))],
  ['copyreg.__newobj__', ([cls, ...args]) => new PyObject(asClass(cls), args)],
  ['copyreg.__newobj_ex__', ([cls, args]) => new PyObject(asClass(cls), args instanceof PyTuple ? args.items : [])],
  ['_codecs.encode', encode],
  ['builtins.bytearray', bytearray],
  ['builtins.bytes', bytearray],
  ['builtins.set', ([items], budget) => setOf(items, budget)],
  ['builtins.frozenset', ([items], budget) => setOf(items, budget)],
  ['builtins.list', ([items], budget) => [...itemsOf(items, budget)]],
  ['builtins.tuple', ([items], budget) => new PyTuple([...itemsOf(items, budget)])],
  ['builtins.dict', ([items], budget) => dictOf(items, budget)],
  ['builtins.int', ([value]) => numberOf(value)],
  ['builtins.long', ([value]) => numberOf(value)],
  ['builtins.float', ([value]) => numberOf(value)],
  ['builtins.bool', ([value]) => value === true || value === 1],
  ['builtins.str', ([value]) => (typeof value === 'string' ? value : '')],
  ['builtins.object', () => new PyObject(new PyGlobal('builtins', 'object'))],
  ['collections.OrderedDict', ([items], budget) => dictOf(items, budget)],
  ['collections.defaultdict', ([, items], budget) => dictOf(items, budget)],
  ['collections.Counter', ([items], budget) => dictOf(items, budget)],
  ['functools.partial', partial],
  ['pandas.core.indexes.base._new_Index', pandasIndex],
  ['pyarrow.lib._restore_array', restoreArrowArray],
  ['pyarrow.lib.chunked_array', chunkedArrowArray],
  ['pyarrow.lib.type_for_alias', ([name]) => name ?? null],
  ['pyarrow.lib.py_buffer', ([bytes]) => bytes ?? null],
]);

/** The world of a plain pickle: known classes of the data libraries, as data. */
export class DataWorld implements PickleWorld {
  /** The packages that the pickle named things of, such as `sklearn.svm`; of numpy 1 `numpy.core`, of numpy 2 `numpy._core`. */
  readonly packages: Set<string>;

  constructor(packages: Set<string> = new Set()) {
    this.packages = packages;
  }

  resolve(module: string, name: string): PyGlobal {
    const modern = modernModule(module);
    classifyGlobal(modern, name);
    this.packages.add(module.startsWith('numpy.core.') ? 'numpy.core' : packageOf(modern));
    return new PyGlobal(modern, name);
  }

  call(callable: PyGlobal, args: readonly PyValue[], budget: Budget): PyValue {
    const make = FUNCTIONS.get(callable.path);
    if (make !== undefined) return make(args, budget);
    return this.construct(callable, args);
  }

  construct(cls: PyGlobal, args: readonly PyValue[]): PyValue {
    if (classifyGlobal(cls.module, cls.name) !== 'class') {
      throw new LoadError('UnsafeModel', `global ${cls.path} is not allowed to be called`);
    }
    if (cls.name === 'OrderedDict' || cls.name === 'defaultdict' || cls.path === 'builtins.dict') return new PyDict();
    return new PyObject(cls, args);
  }

  build(target: PyValue, state: PyValue, _reader: unknown, budget: Budget): PyValue {
    if (target instanceof NdArray) setArrayState(target, state, budget);
    else if (target instanceof PyObject) target.state = mergeSlots(state);
    else if (!(target instanceof PyDict || Array.isArray(target) || target instanceof PySet)) {
      throw bad('it sets the state of something that has none');
    }
    return target;
  }
}

/** `(dict, slots)`, as Python saves an object with `__slots__`, in one dict. */
function mergeSlots(state: PyValue): PyValue {
  if (!(state instanceof PyTuple) || state.items.length !== 2) return state;
  const [attributes, slots] = state.items;
  if (!(slots instanceof PyDict) || !(attributes === null || attributes instanceof PyDict)) return state;
  const merged = new PyDict();
  for (const part of [attributes, slots]) {
    if (part !== null) for (const [key, value] of part.entries) merged.entries.set(key, value);
  }
  return merged;
}

function asClass(value: PyValue | undefined): PyGlobal {
  if (!(value instanceof PyGlobal)) throw bad('an object of no class');
  if (classifyGlobal(value.module, value.name) !== 'class') {
    throw new LoadError('UnsafeModel', `global ${value.path} is not allowed to be called`);
  }
  return value;
}

function* itemsOf(value: PyValue | undefined, budget: Budget): Generator<PyValue> {
  if (value === undefined) return;
  const items =
    value instanceof PyTuple
      ? value.items
      : value instanceof PySet
        ? [...value.items]
        : Array.isArray(value)
          ? value
          : undefined;
  if (items === undefined) throw bad('a container is made of something that holds no items');
  budget.take(items.length * SLOT);
  yield* items;
}

function setOf(value: PyValue | undefined, budget: Budget): PySet {
  const set = new PySet();
  for (const item of itemsOf(value, budget)) set.items.add(item);
  return set;
}

function dictOf(value: PyValue | undefined, budget: Budget): PyDict {
  const dict = new PyDict();
  if (value instanceof PyDict) {
    budget.take(value.entries.size * SLOT * 4);
    for (const [key, item] of value.entries) dict.entries.set(key, item);
    return dict;
  }
  for (const pair of itemsOf(value, budget)) {
    const items = pair instanceof PyTuple ? pair.items : Array.isArray(pair) ? pair : [];
    if (items.length !== 2) throw bad('a dict is made of something that is no pair');
    dict.entries.set(items[0], items[1]);
  }
  return dict;
}

function numberOf(value: PyValue | undefined): PyValue {
  if (value === undefined) return 0;
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && value.length < 400 && value.trim() !== '') {
    const text = value.trim().toLowerCase();
    const number =
      text.endsWith('inf') || text.endsWith('infinity') ? (text[0] === '-' ? -Infinity : Infinity) : Number(text);
    if (text === 'nan' || !Number.isNaN(number)) return number;
  }
  throw bad('a number is made of something that is none');
}

/** `_codecs.encode(text, 'latin1')`: how protocol 2 writes the bytes of Python 3. */
function encode(args: readonly PyValue[], budget: Budget): Uint8Array {
  const [text, encoding] = args;
  if (typeof text !== 'string') throw bad('bytes are made of something that is no text');
  const codec = typeof encoding === 'string' ? encoding.toLowerCase().replaceAll(/[-_]/g, '') : 'utf8';
  if (codec !== 'latin1' && codec !== 'utf8' && codec !== 'ascii' && codec !== 'iso88591') {
    throw new LoadError(
      'UnsafeModel',
      `global _codecs.encode is not allowed with the codec ${JSON.stringify(encoding)}`,
    );
  }
  budget.take(text.length);
  return new Uint8Array(Buffer.from(text, codec === 'utf8' ? 'utf8' : 'latin1'));
}

function bytearray(args: readonly PyValue[], budget: Budget): Uint8Array {
  const [value] = args;
  if (value === undefined) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return encode([value, args[1] ?? 'latin1'], budget);
  if (Array.isArray(value) || value instanceof PyTuple) {
    const items = [...itemsOf(value, budget)];
    if (!items.every((item) => typeof item === 'number' && item >= 0 && item < 256))
      throw bad('a byte is out of range');
    return Uint8Array.from(items as number[]);
  }
  throw bad('bytes are made of something that holds none');
}

/** A ufunc by name, as Python 2 saved it. */
function ufunc(args: readonly PyValue[]): PyGlobal {
  const [module, name] = args;
  if (typeof module !== 'string' || typeof name !== 'string') throw bad('a numpy function without a name');
  classifyGlobal(modernModule(module), name);
  return new PyGlobal('numpy', name);
}

/** Inert, and only around a scikit-learn function. */
function partial(args: readonly PyValue[]): PyObject {
  const [callable] = args;
  if (!(callable instanceof PyGlobal) || !callable.module.startsWith('sklearn.')) {
    throw new LoadError('UnsafeModel', 'global functools.partial is not allowed');
  }
  return new PyObject(new PyGlobal('functools', 'partial'), args);
}

/** A pandas Index is the array of its labels: column lists of a ColumnTransformer are often saved so. */
function pandasIndex(args: readonly PyValue[]): PyValue {
  const [cls, attributes] = args;
  const data = attributes instanceof PyDict ? attributes.get('data') : undefined;
  if (data instanceof NdArray) return data;
  // pandas 3 keeps text in a StringArray, whose state is (dtype, array);
  // with pyarrow in an ArrowStringArray, whose attribute `_pa_array` it is.
  const state = data instanceof PyObject && data.state instanceof PyTuple ? data.state.items : [];
  const text = [...state, data instanceof PyObject ? data.get('_pa_array') : undefined].find(
    (item) => item instanceof NdArray,
  );
  if (text !== undefined) return text;
  return new PyObject(asClass(cls), args);
}
