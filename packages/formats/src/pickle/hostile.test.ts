import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { LoadError, type LoadFailureReason } from '@berth/inference';
import { loadEstimator } from '../sklearn/load-now.ts';
import { bytes, global, type Part, pickle, reduce, stackGlobal, text, u32, u64 } from './writer.ts';

/** The error of loading; fails the test where it loads, or throws anything else. */
function refusal(file: Uint8Array): LoadError {
  try {
    loadEstimator(file);
  } catch (error) {
    assert.ok(error instanceof LoadError, `${(error as Error).stack}`);
    return error;
  }
  return assert.fail('the file was loaded');
}

function refuses(name: string, file: () => Uint8Array, reason: LoadFailureReason, message: RegExp): void {
  test(name, () => {
    const error = refusal(file());
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, message);
  });
}

const SYSTEM: Part = text('touch /tmp/berth-was-here');

// Names that run code, in every way a pickle can call.
for (const [module, name] of [
  ['os', 'system'],
  ['posix', 'system'],
  ['nt', 'system'],
  ['builtins', 'eval'],
  ['builtins', 'exec'],
  ['builtins', 'getattr'],
  ['builtins', '__import__'],
  ['builtins', 'open'],
  ['builtins', 'compile'],
  ['__builtin__', 'eval'],
  ['__builtin__', 'file'],
  ['subprocess', 'Popen'],
  ['subprocess', 'check_output'],
  ['torch.hub', 'load'],
  ['torch', 'load'],
  ['numpy', 'load'],
  ['numpy', 'fromfile'],
  ['numpy.core.multiarray', 'fromfile'],
  ['numpy.f2py.crackfortran', 'myeval'],
  ['numpy.testing._private.utils', 'runstring'],
  ['joblib', 'load'],
  ['joblib.numpy_pickle', 'load'],
  ['sklearn.externals.joblib', 'load'],
  ['sklearn.externals.joblib.numpy_pickle', 'load'],
  ['sklearn.datasets', 'load_files'],
  ['pandas', 'read_pickle'],
  ['pandas.io.pickle', 'read_pickle'],
  ['pickle', 'loads'],
  ['_pickle', 'loads'],
  ['marshal', 'loads'],
  ['runpy', 'run_path'],
  ['importlib', 'import_module'],
  ['operator', 'attrgetter'],
  ['operator', 'methodcaller'],
  ['types', 'FunctionType'],
  ['types', 'CodeType'],
  ['webbrowser', 'open'],
  ['socket', 'socket'],
  ['urllib.request', 'urlopen'],
  ['pty', 'spawn'],
  ['timeit', 'timeit'],
  ['cProfile', 'run'],
  ['cloudpickle.cloudpickle', '_make_function'],
  ['dill._dill', '_create_function'],
  ['__main__', 'Evil'],
  ['_io', 'FileIO'],
  ['ctypes', 'CDLL'],
  ['logging.config', 'dictConfig'],
] as const) {
  const modern =
    module === '__builtin__'
      ? 'builtins'
      : module.replace(/^sklearn\.externals\.joblib\./, 'joblib.').replace(/^numpy\.core/, 'numpy._core');
  const named = new RegExp(`global ${modern.replaceAll('.', '\\.')}\\.${name} is not allowed`);
  const call = reduce(global(module, name), SYSTEM);
  for (const [how, file] of [
    ['REDUCE', () => pickle(0, call)],
    ['REDUCE, protocol 2', () => pickle(2, call)],
    ['STACK_GLOBAL', () => pickle(4, reduce(stackGlobal(module, name), SYSTEM))],
    ['INST', () => pickle(0, '(', SYSTEM, `i${module}\n${name}\n`)],
    ['OBJ', () => pickle(1, '(', global(module, name), SYSTEM, 'o')],
    ['NEWOBJ', () => pickle(2, global(module, name), '(', SYSTEM, 't', 0x81)],
    ['a name alone', () => pickle(0, global(module, name))],
    [
      'inside a pipeline',
      () => pickle(4, global('sklearn.pipeline', 'Pipeline'), ')', 0x81, '}', text('steps'), '(', call, 'l', 's', 'b'),
    ],
    ['zlib', () => new Uint8Array(deflateSync(pickle(4, call)))],
    ['gzip', () => new Uint8Array(gzipSync(pickle(4, call)))],
  ] as const) {
    refuses(`${module}.${name}: ${how}`, file, 'UnsafeModel', named);
  }
}

refuses(
  'a name put together from memo strings',
  () =>
    pickle(
      4,
      text('o'),
      'q',
      0,
      '0',
      text('os'),
      0x94,
      '0',
      text('system'),
      0x94,
      '0',
      'h',
      1,
      'h',
      2,
      0x93,
      '(',
      SYSTEM,
      't',
      'R',
    ),
  'UnsafeModel',
  /global os\.system/,
);
for (const [module, name] of [
  ['numpy.random', '_'.repeat(1_000_000)],
  ['pandas.core.x', `_unpickle${'_unpickle'.repeat(100_000)}!`],
  [`sklearn${'.a'.repeat(400_000)}`, 'A'],
] as const) {
  refuses(
    `a name of ${module.length + name.length} characters in ${module.slice(0, 20)}`,
    () => pickle(4, stackGlobal(module, name)),
    'UnsafeModel',
    /^global .{20,100}… is not allowed/,
  );
}
refuses(
  'copyreg._reconstructor of a foreign class',
  () =>
    pickle(
      2,
      reduce(global('copy_reg', '_reconstructor'), global('subprocess', 'Popen'), global('__builtin__', 'object'), 'N'),
    ),
  'UnsafeModel',
  /subprocess\.Popen/,
);
refuses(
  'functools.partial of a builtin',
  () => pickle(2, reduce(reduce(global('functools', 'partial'), global('builtins', 'str')), SYSTEM)),
  'UnsafeModel',
  /global functools\.partial is not allowed/,
);
refuses(
  'a scikit-learn function is not called',
  () => pickle(2, reduce(global('sklearn.utils.validation', 'check_array'), 'N')),
  'UnsafeModel',
  /sklearn\.utils\.validation\.check_array is not allowed to be called/,
);
refuses(
  'a numpy function is not called',
  () => pickle(2, reduce(global('numpy', 'log1p'), 'N')),
  'UnsafeModel',
  /numpy\.log1p is not allowed to be called/,
);
refuses(
  'a numpy function hidden in _ufunc_reconstruct',
  () => pickle(2, reduce(global('numpy.core', '_ufunc_reconstruct'), text('os'), text('system'))),
  'UnsafeModel',
  /global os\.system/,
);
refuses(
  'an attribute of a known class',
  () => pickle(4, reduce(stackGlobal('builtins', 'str.format'), SYSTEM)),
  'UnsafeModel',
  /builtins\.str\.format/,
);
for (const [name, opcode] of [
  ['EXT1', bytes(0x82, 1)],
  ['EXT2', bytes(0x83, 1, 0)],
  ['EXT4', bytes(0x84, u32(1))],
  ['PERSID', bytes('Pos\n')],
  ['BINPERSID', bytes(text('os'), 'Q')],
  ['NEXT_BUFFER', bytes(0x97)],
  ['READONLY_BUFFER', bytes('N', 0x98)],
] as const) {
  refuses(`the opcode ${name}`, () => pickle(2, opcode), 'UnsafeModel', new RegExp(`${name} at byte`));
}

// joblib's array of objects is a pickle inside the pickle.
refuses(
  'a call nested in an array of objects',
  () => {
    const wrapper = [global('joblib.numpy_pickle', 'NumpyArrayWrapper'), ')', 0x81];
    const dtype = reduce(global('numpy', 'dtype'), text('O8'), 'K', 0, 'K', 1);
    const state = [
      '}',
      '(',
      text('subclass'),
      global('numpy', 'ndarray'),
      text('shape'),
      'K',
      1,
      0x85,
      text('dtype'),
      dtype,
      text('order'),
      text('C'),
      'u',
      'b',
    ];
    return bytes(0x80, 3, wrapper, state, pickle(2, reduce(global('posix', 'system'), SYSTEM)), '.');
  },
  'UnsafeModel',
  /posix\.system/,
);

// Known libraries: refused by class name, when the model is built.
refuses(
  'a known class without an evaluator',
  () => pickle(2, global('sklearn.decomposition._nmf', 'NMF'), ')', 0x81, '}', 'b'),
  'UnsupportedModel',
  /^sklearn\.decomposition\._nmf\.NMF has no native evaluator yet$/,
);
refuses('a plain list', () => pickle(2, ']'), 'UnsupportedModel', /a list/);

// Bombs: each ends within a second and a bounded memory (the test runner would not survive otherwise).
refuses('LONG4 of 1 GB', () => pickle(2, 0x8b, u32(2 ** 30)), 'CorruptModel', /promises 1073741824 more bytes/);
refuses('LONG4 of a negative length', () => pickle(2, 0x8b, u32(-1)), 'CorruptModel', /promises -1 more bytes/);
refuses(
  'LONG of a million digits',
  () => pickle(0, `L${'9'.repeat(1_000_000)}L\n`),
  'CorruptModel',
  /bad whole number/,
);
refuses('BINUNICODE8 of 2^63', () => pickle(4, 0x8d, u64(2n ** 63n)), 'CorruptModel', /promises/);
refuses('BINBYTES8 of 2^64 - 1', () => pickle(4, 0x8e, u64(2n ** 64n - 1n)), 'CorruptModel', /promises/);
refuses('BINSTRING of a negative length', () => pickle(1, 'T', u32(-5)), 'CorruptModel', /promises/);
refuses('a frame past the end', () => pickle(4, 0x95, u64(2n ** 40n)), 'CorruptModel', /frame/);
refuses('a million marks', () => pickle(2, '('.repeat(1_000_000)), 'CorruptModel', /empty stack/);
refuses('two million marks', () => pickle(2, '('.repeat(2_000_000)), 'LimitExceeded', /waiting on its stack/);
refuses(
  'a million nested lists',
  () => pickle(2, ']'.repeat(1_000_000), 'a'.repeat(999_999)),
  'UnsupportedModel',
  /a list/,
);
refuses(
  'doubling lists',
  () => pickle(2, ']', ...Array.from({ length: 60 }, () => ['2', 0x86])),
  'UnsupportedModel',
  /tuple/,
);
// A byte or two of these makes an object of a hundred bytes.
for (const [name, start, opcodes] of [
  ['dicts', '', '}'],
  ['sets', '', '\x8f'],
  ['objects', ['csklearn.svm\nSVC\n', 'q', 0], 'h\x00)\x81'],
  ['nested tuples', 'N', '\x85'],
  ['empty bytes', '', 'C\x00'],
] as const) {
  refuses(
    `four megabytes of ${name}`,
    () => pickle(4, start, opcodes.repeat(4_000_000 / opcodes.length)),
    'LimitExceeded',
    /far more memory/,
  );
}
refuses(
  'copies of one long text',
  () => {
    const one = ['h', 0, text('latin1'), 0x86, 'R', '0'];
    return pickle(
      2,
      text('x'.repeat(1_000_000)),
      'q',
      0,
      '0',
      ...Array.from({ length: 2000 }, () => [global('_codecs', 'encode'), ...one]),
      'N',
    );
  },
  'LimitExceeded',
  /far more memory/,
);
refuses(
  'copies of one long list',
  () =>
    pickle(
      2,
      '(',
      'N'.repeat(1_000_000),
      'l',
      'q',
      0,
      '0',
      ...Array.from({ length: 2000 }, () => [global('builtins', 'list'), 'h', 0, 0x85, 'R', '0']),
      'N',
    ),
  'LimitExceeded',
  /far more memory/,
);

// One byte each makes a container of hundreds of bytes, or stays on the stack.
for (const [what, file, message] of [
  ['empty dicts', () => pickle(2, '(', '}'.repeat(3_000_000), 'l'), /far more memory/],
  ['empty sets', () => pickle(4, '(', Buffer.alloc(3_000_000, 0x8f), 'l'), /far more memory/],
  ['tuples around tuples', () => pickle(2, ')', Buffer.alloc(6_000_000, 0x85)), /far more memory/],
  ['memo entries', () => pickle(4, 'N', Buffer.alloc(6_000_000, 0x94)), /far more memory/],
  ['nothing else but None', () => pickle(2, 'N'.repeat(9_000_000)), /waiting on its stack/],
  [
    'a compressed run of dicts',
    () => new Uint8Array(deflateSync(pickle(2, '(', '}'.repeat(3_000_000), 'l'))),
    /far more memory/,
  ],
  [
    'a compressed run of None',
    () => new Uint8Array(deflateSync(Buffer.alloc(60_000_000, 'N'))),
    /waiting on its stack/,
  ],
] as const) {
  refuses(`a bomb of ${what}`, file, 'LimitExceeded', message);
}

/** A pickled array with a shape, a dtype and raw bytes of the attacker's choice. */
function array(shape: Part, dtype: string, raw: Part): Part {
  const empty = reduce(
    global('numpy.core.multiarray', '_reconstruct'),
    global('numpy', 'ndarray'),
    'K',
    0,
    0x85,
    bytes('C', 1, 'b'),
  );
  return [
    empty,
    '(',
    'K',
    1,
    shape,
    reduce(global('numpy', 'dtype'), text(dtype), 'K', 0, 'K', 1),
    0x89,
    raw,
    't',
    'b',
  ];
}
const HUGE: Part = [0x8a, 8, u64(2n ** 62n)];
refuses(
  'an array of 2^62 elements',
  () => pickle(2, array([HUGE, 0x85], 'f8', bytes('C', 0))),
  'CorruptModel',
  /dimension/,
);
refuses(
  'an array of 2^40 elements',
  () => pickle(2, array([[0x8a, 6, u64(2n ** 40n).subarray(0, 6)], 0x85], 'f8', bytes('C', 0))),
  'CorruptModel',
  /elements of 8 bytes/,
);
refuses(
  'an array of a negative dimension',
  () => pickle(2, array(['J', u32(-1), 0x85], 'f8', bytes('C', 0))),
  'CorruptModel',
  /dimension -1/,
);
refuses(
  'an array of 2^40 elements of no size',
  () => pickle(2, array([[0x8a, 6, u64(2n ** 40n).subarray(0, 6)], 0x85], 'U0', bytes('C', 0))),
  'CorruptModel',
  /no size/,
);
refuses(
  'an array with too little data',
  () => pickle(2, array(['K', 3, 0x85], 'f8', bytes('C', 8, 'xxxxxxxx'))),
  'CorruptModel',
  /3 elements of 8 bytes, where 8/,
);
refuses(
  'an array of an unknown type',
  () => pickle(2, array(['K', 1, 0x85], 'Q!', bytes('C', 0))),
  'CorruptModel',
  /is no dtype/,
);

test('a model that holds itself is refused, not followed', () => {
  const file = pickle(
    2,
    global('sklearn.pipeline', 'Pipeline'),
    ')',
    0x81,
    'q',
    0,
    '}',
    text('steps'),
    '(',
    text('again'),
    'h',
    0,
    0x86,
    'l',
    's',
    'b',
  );
  assert.equal(refusal(file).reason, 'LimitExceeded');
});

test('a model shared in every place of a deep nest is refused, not unfolded', () => {
  const step = (index: number): Part => [
    global('sklearn.pipeline', 'FeatureUnion'),
    ')',
    0x81,
    '}',
    text('transformer_list'),
    '(',
    [text('a'), 'h', index, 0x86],
    [text('b'), 'h', index, 0x86],
    'l',
    's',
    'b',
    'q',
    index + 1,
    '0',
  ];
  const leaf: Part = [
    global('sklearn.preprocessing._function_transformer', 'FunctionTransformer'),
    ')',
    0x81,
    '}',
    'b',
    'q',
    0,
    '0',
  ];
  const file = pickle(2, leaf, ...Array.from({ length: 40 }, (_, i) => step(i)), 'h', 40);
  assert.equal(refusal(file).reason, 'LimitExceeded');
});

test('no name of a hostile file reaches Object.prototype', () => {
  const file = pickle(
    2,
    global('sklearn.pipeline', 'Pipeline'),
    ')',
    0x81,
    '}',
    '(',
    text('__proto__'),
    '}',
    text('polluted'),
    0x88,
    's',
    text('constructor'),
    'N',
    text('steps'),
    ']',
    'u',
    'b',
  );
  refusal(file);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});
