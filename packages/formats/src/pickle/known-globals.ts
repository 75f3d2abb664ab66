import { LoadError } from '@berth/inference';

/**
 * Which names a pickle may mention, and which of them it may call (the call itself is always our own code or an inert
 * {@link PyObject}). `class`: instances are data. `value`: may be mentioned (a score function, a ufunc), never called.
 */
export type GlobalUse = 'class' | 'value';

/** Libraries whose classes are read as inert data; whether one can be evaluated is decided when the model is built. */
export const DATA_LIBRARIES: readonly string[] = [
  'sklearn',
  'scipy',
  'xgboost',
  'lightgbm',
  'catboost',
  'imblearn',
  'category_encoders',
  'pandas',
  'skops',
  'sklearn_pandas',
  'mlxtend',
  'statsmodels',
  'feature_engine',
  'hdbscan',
  'umap',
];

/** Modules under those libraries that read or run things; nothing of a model lives there. */
const REFUSED_MODULES: readonly string[] = [
  'sklearn.externals.joblib',
  'sklearn.datasets',
  'sklearn.externals.six',
  'sklearn.externals.array_api_extra',
  'sklearn.utils._testing',
  'sklearn.utils.testing',
  'scipy.io',
  'scipy.weave',
  'scipy._lib',
  'scipy.misc',
  'pandas.io',
  'pandas.util',
  'pandas._testing',
  'pandas.compat',
];

const NUMPY_TYPES = new Set([
  'ndarray',
  'dtype',
  'matrix',
  'memmap',
  ...['float16', 'float32', 'float64', 'longdouble', 'float128', 'half', 'single', 'double', 'float_'],
  ...['int8', 'int16', 'int32', 'int64', 'int_', 'intc', 'intp', 'longlong', 'long', 'short', 'byte'],
  ...['uint8', 'uint16', 'uint32', 'uint64', 'uint', 'uintc', 'uintp', 'ulonglong', 'ulong', 'ushort', 'ubyte'],
  ...['bool_', 'bool', 'object_', 'str_', 'bytes_', 'string_', 'unicode_', 'void', 'datetime64', 'timedelta64'],
  ...['complex64', 'complex128', 'number', 'integer', 'floating', 'generic', 'signedinteger', 'inexact'],
]);

/** Element-wise functions that a FunctionTransformer may hold. */
const NUMPY_FUNCTIONS = new Set([
  ...['log', 'log1p', 'log2', 'log10', 'exp', 'expm1', 'exp2', 'sqrt', 'cbrt', 'square', 'abs', 'absolute', 'fabs'],
  ...['sin', 'cos', 'tan', 'arcsin', 'arccos', 'arctan', 'sinh', 'cosh', 'tanh', 'arcsinh', 'arccosh', 'arctanh'],
  ...[
    'sign',
    'negative',
    'positive',
    'reciprocal',
    'floor',
    'ceil',
    'rint',
    'trunc',
    'isnan',
    'isfinite',
    'nan_to_num',
  ],
  ...['deg2rad', 'rad2deg', 'degrees', 'radians', 'mean', 'median', 'max', 'min', 'sum', 'std', 'var', 'logical_not'],
]);

const NUMPY_MODULES =
  /^numpy(\.(core|_core)(\.(multiarray|numeric|_multiarray_umath|umath|fromnumeric|numerictypes|records|memmap))?|\.(lib|lib\.function_base|lib\._function_base_impl|lib\.type_check|lib\._type_check_impl|matrixlib\.defmatrix|dtypes))?$/;

const BUILTIN_TYPES = new Set([
  ...['object', 'set', 'frozenset', 'bytearray', 'bytes', 'complex', 'slice', 'range', 'xrange', 'list', 'dict'],
  ...['tuple', 'int', 'long', 'float', 'bool', 'str', 'unicode', 'type', 'Ellipsis', 'NotImplemented'],
]);

const EXACT = new Map<string, GlobalUse>([
  ['copyreg._reconstructor', 'class'],
  ['copyreg.__newobj__', 'class'],
  ['copyreg.__newobj_ex__', 'class'],
  // the kinds of warnings that searches of scikit-learn 0.20 hold
  ['builtins.FutureWarning', 'value'],
  ['builtins.DeprecationWarning', 'value'],
  ['builtins.UserWarning', 'value'],
  ['collections.OrderedDict', 'class'],
  ['collections.defaultdict', 'class'],
  ['collections.Counter', 'class'],
  ['collections.deque', 'class'],
  ['_codecs.encode', 'class'],
  // Called only around a scikit-learn function (HistGradientBoosting's preprocessor holds one).
  ['functools.partial', 'class'],
  ['datetime.datetime', 'class'],
  ['datetime.date', 'class'],
  ['datetime.time', 'class'],
  ['datetime.timezone', 'class'],
  ['datetime.timedelta', 'class'],
  ['decimal.Decimal', 'class'],
  ['fractions.Fraction', 'class'],
  ['uuid.UUID', 'class'],
  ['uuid.SafeUUID', 'class'],
  ['joblib.numpy_pickle.NumpyArrayWrapper', 'class'],
  ['joblib.numpy_pickle.NDArrayWrapper', 'class'],
  ['joblib.numpy_pickle_compat.NDArrayWrapper', 'class'],
  ['joblib.numpy_pickle_compat.ZNDArrayWrapper', 'class'],
  ['numpy._core.multiarray._reconstruct', 'class'],
  ['numpy._core.multiarray.scalar', 'class'],
  ['numpy._core.numeric._frombuffer', 'class'],
  ['numpy._core._ufunc_reconstruct', 'class'],
  ['numpy._core._internal._convert_to_stringdtype_kwargs', 'class'],
  ['numpy.ma._mareconstruct', 'class'],
  ['numpy.ma.MaskedArray', 'class'],
  ['numpy.ma.MaskedConstant', 'class'],
  ['pandas.core.indexes.base._new_Index', 'class'],
  ['pyarrow.lib._restore_array', 'class'],
  ['pyarrow.lib.chunked_array', 'class'],
  ['pyarrow.lib.type_for_alias', 'class'],
  ['pyarrow.lib.py_buffer', 'class'],
  ['pandas.core.internals.blocks.new_block', 'class'],
  ['sklearn.compose._column_transformer.make_column_selector', 'class'],
  // held by every BSpline since scipy 1.15
  ['scipy._lib.array_api_compat.numpy._aliases.asarray', 'value'],
  // what a pickled KDTree or BallTree is made by
  ['sklearn.neighbors._kd_tree.newObj', 'class'],
  ['sklearn.neighbors._ball_tree.newObj', 'class'],
  ['sklearn.neighbors.kd_tree.newObj', 'class'],
  ['sklearn.neighbors.ball_tree.newObj', 'class'],
  ['sklearn.neighbors._dist_metrics.newObj', 'class'],
  ['sklearn.neighbors.dist_metrics.newObj', 'class'],
  ['sklearn.metrics._dist_metrics.newObj', 'class'],
  ['numpy.random._pickle.__bit_generator_ctor', 'class'],
]);

const MAX_NAME = 400;

const BUILTIN_MODULES = new Set(['builtins', '__builtin__', 'exceptions']);

/** The name a module goes by today: Python 2 and numpy 1 names, and joblib inside old scikit-learn. */
export function modernModule(module: string): string {
  if (BUILTIN_MODULES.has(module)) return 'builtins';
  if (module === 'copy_reg') return 'copyreg';
  if (module.startsWith('sklearn.externals.joblib.')) return module.slice('sklearn.externals.'.length);
  if (module === 'numpy.core' || module.startsWith('numpy.core.'))
    return `numpy._core${module.slice('numpy.core'.length)}`;
  if (module === 'numpy.ma.core' || module === 'numpy.ma') return 'numpy.ma';
  // Builds of scikit-learn 1.4 to 1.8 name their compiled losses without the package.
  if (module === '_loss') return 'sklearn._loss._loss';
  if (module === 'pandas.indexes.base') return 'pandas.core.indexes.base';
  return module;
}

/**
 * How the pickle may use `module.name` (with its modern module name).
 * @throws LoadError UnsafeModel that names what is on no list.
 */
export function classifyGlobal(module: string, name: string): GlobalUse {
  const path = `${module}.${name}`;
  // No class has so long a name, and the patterns below are not for texts of a megabyte.
  if (path.length > MAX_NAME) {
    throw new LoadError(
      'UnsafeModel',
      `global ${path.slice(0, 60)}… is not allowed: its name has ${path.length} characters`,
    );
  }
  const exact = EXACT.get(path);
  if (exact !== undefined) return exact;
  // Search results of scikit-learn 0.18 to 0.20 hold the category of a warning.
  if (module === 'builtins' && (BUILTIN_TYPES.has(name) || /^[A-Z][a-z]+Warning$/.test(name))) return 'class';
  if (NUMPY_MODULES.test(module)) {
    if (NUMPY_TYPES.has(name) || (module === 'numpy.dtypes' && /^[A-Z][A-Za-z0-9]*DType$/.test(name))) return 'class';
    if (NUMPY_FUNCTIONS.has(name)) return 'value';
  }
  if (
    /^numpy\.random(\.[a-z0-9_]+)*$/.test(module) &&
    /^(_*[A-Za-z_]*_ctor|RandomState|Generator|MT19937|PCG64|PCG64DXSM|Philox|SFC64|SeedSequence|BitGenerator|ISeedSequence|ISpawnableSeedSequence|__pyx_unpickle_\w+)$/.test(
      name,
    )
  ) {
    return 'class';
  }
  const root = module.split('.', 1)[0];
  if (DATA_LIBRARIES.includes(root) && !REFUSED_MODULES.some((m) => module === m || module.startsWith(`${m}.`))) {
    if (/^_*[A-Z]\w*$/.test(name) || /^__pyx_unpickle_\w+$/.test(name)) return 'class';
    // scipy.sparse names its classes in lower case.
    if (/^scipy\.sparse(\.\w+)*$/.test(module) && /^(csr|csc|coo|lil|dok|bsr|dia)_(matrix|array)$/.test(name))
      return 'class';
    if (/^scipy\.stats(\.\w+)*$/.test(module) && /^(rv_\w+|\w+_gen|loguniform|uniform|randint)$/.test(name))
      return 'class';
    if (/^pandas\.(core|_libs)\.[\w.]+$/.test(module) && /^_(unpickle_\w+|\w+_unpickle)$/.test(name)) return 'class';
    if (/^scipy\.interpolate(\.\w+)*$/.test(module) && name === 'interp1d') return 'class';
    if ((root === 'sklearn' || root === 'scipy') && /^\w+$/.test(name)) return 'value';
  }
  // People leave notes on a model: where and when it was trained.
  if (/^pathlib(\._local)?$/.test(module) && /^(Pure)?(Posix|Windows)?Path$/.test(name)) return 'class';
  // A pipeline that keeps its steps in a cache holds the cache's description.
  if (/^joblib\.(memory|logger|_store_backends)$/.test(module) && /^_*[A-Z]\w*$/.test(name)) return 'class';
  // Cython modules of scikit-learn built by meson name themselves without their package: `_loss`.
  if (/^_[a-z]\w*$/.test(module) && (/^__pyx_unpickle_[A-Z]\w*$/.test(name) || /^Cy[A-Z]\w*$/.test(name)))
    return 'class';
  if (root === '__main__' || root === '__mp_main__') {
    throw new LoadError(
      'UnsafeModel',
      `global ${path} is not allowed: it is a class or function of the training script, whose code is not in the file`,
    );
  }
  throw new LoadError('UnsafeModel', `global ${path} is not allowed`);
}
