import { LoadError } from '@berth/inference';
import { classifyGlobal, DATA_LIBRARIES, modernModule } from '../pickle/known-globals.ts';

/** What is to be thought of a name in a pickle. */
export interface GlobalJudgement {
  /** Whether Berth reads it: as data, never by a call. */
  readonly allowed: boolean;
  /** What it could do in a program that unpickles the file; absent for what is allowed. */
  readonly could?: string;
}

const RUNS_PROGRAMS = 'runs programs on the machine';
const RUNS_CODE = 'runs Python code that the file brings';
const IMPORTS = 'imports modules, which runs their code';
const REACHES = 'reaches any attribute or function by its name, and so the others of this list';
const FILES = 'reads, writes or deletes files';
const NETWORK = 'opens network connections';
const UNPICKLES = 'unpickles more, with no list of what is allowed';
const NATIVE = 'calls native code or writes to memory';
const CALLS = 'calls other functions that the file names';
const PROCESS = 'changes the running process: threads, signals, exits';

/** Names whose module does not tell what they can do. */
const BY_NAME: ReadonlyMap<string, string> = new Map([
  ...['eval', 'exec', 'execfile', 'compile'].map((name) => [`builtins.${name}`, RUNS_CODE] as const),
  ...['__import__', 'reload'].map((name) => [`builtins.${name}`, IMPORTS] as const),
  ...['getattr', 'setattr', 'delattr', 'globals', 'locals', 'vars', 'dir'].map(
    (name) => [`builtins.${name}`, REACHES] as const,
  ),
  ...['map', 'filter', 'apply', 'reduce', 'sorted', 'min', 'max'].map((name) => [`builtins.${name}`, CALLS] as const),
  ...['open', 'file'].map((name) => [`builtins.${name}`, FILES] as const),
  ...['input', 'raw_input', 'breakpoint', 'exit', 'quit', 'help'].map((name) => [`builtins.${name}`, PROCESS] as const),
  ...['load', 'fromfile', 'loadtxt', 'genfromtxt', 'save', 'savez', 'memmap'].map(
    (name) => [`numpy.${name}`, FILES] as const,
  ),
  ['torch.load', UNPICKLES],
  ['pandas.read_pickle', UNPICKLES],
  ['joblib.load', UNPICKLES],
  ['types.CodeType', RUNS_CODE],
  ['types.FunctionType', RUNS_CODE],
]);

/** What a module is for, by its name or the front of it. */
const BY_MODULE: readonly (readonly [modules: readonly string[], could: string])[] = [
  [
    ['os', 'posix', 'nt', 'subprocess', '_posixsubprocess', 'pty', 'commands', 'popen2', 'asyncio.subprocess'],
    RUNS_PROGRAMS,
  ],
  [
    ['webbrowser', 'antigravity', 'idlelib', 'pydoc', 'lib2to3', 'distutils', 'setuptools', 'pip', 'ensurepip', 'venv'],
    RUNS_PROGRAMS,
  ],
  [['code', 'codeop', 'timeit', 'cProfile', 'profile', 'pdb', 'bdb', 'trace', 'doctest', 'unittest'], RUNS_CODE],
  [['cloudpickle', 'numpy.f2py', 'numpy.testing', 'torch.utils._config_module', 'torch.jit', 'torch.fx'], RUNS_CODE],
  [['sklearn.utils._testing', 'sklearn.utils.testing', 'scipy.weave', 'types', 'ast', 'symtable', 'dis'], RUNS_CODE],
  [['importlib', 'imp', 'runpy', 'pkgutil', 'zipimport', 'torch.hub'], IMPORTS],
  [['operator', '_operator', 'functools', '_functools', 'itertools', 'inspect', 'weakref'], CALLS],
  [['pickle', '_pickle', 'cPickle', 'dill', 'marshal', 'shelve', 'pandas.io', 'joblib', 'copyreg'], UNPICKLES],
  [
    ['shutil', 'io', '_io', 'tempfile', 'glob', 'fileinput', 'tarfile', 'zipfile', 'linecache', 'sqlite3', 'dbm'],
    FILES,
  ],
  [['pathlib', 'fnmatch', 'scipy.io', 'sklearn.datasets', 'logging', 'genericpath', 'ntpath', 'posixpath'], FILES],
  [
    ['socket', '_socket', 'ssl', 'urllib', 'urllib2', 'http', 'httplib', 'ftplib', 'smtplib', 'telnetlib', 'poplib'],
    NETWORK,
  ],
  [['imaplib', 'nntplib', 'xmlrpc', 'requests', 'aiohttp', 'httpx', 'paramiko', 'boto3', 'socketserver'], NETWORK],
  [['ctypes', '_ctypes', 'cffi', 'mmap', 'gc', 'faulthandler'], NATIVE],
  [['sys', 'signal', 'threading', '_thread', 'multiprocessing', 'concurrent', 'asyncio', 'atexit', 'sched'], PROCESS],
];

/**
 * What a name is to Berth, and what it could do elsewhere. Names are as the file writes them.
 * @param called whether the file calls it: a function that models only mention is refused then
 */
export function judgeGlobal(module: string, name: string, called: boolean): GlobalJudgement {
  const modern = modernModule(module);
  try {
    if (classifyGlobal(modern, name) === 'class' || !called) return { allowed: true };
  } catch (thrown) {
    if (!(thrown instanceof LoadError)) throw thrown;
  }
  return { allowed: false, could: couldOf(modern, name) };
}

function couldOf(module: string, name: string): string {
  // A dotted name walks from the module on: `os` and `path.join`, or `numpy` and `os.system`.
  const first = name.split('.', 1)[0] as string;
  const known = BY_NAME.get(`${module}.${first}`);
  if (known !== undefined) return known;
  const could = BY_MODULE.find(([modules]) => modules.some((one) => module === one || module.startsWith(`${one}.`)));
  if (could !== undefined) return could[1];
  if (name.includes('.')) return REACHES;
  const root = module.split('.', 1)[0] as string;
  if (DATA_LIBRARIES.includes(root) || root === 'numpy') {
    return `runs a function of ${root} with what the file gives it; models only mention functions`;
  }
  if (root === '__main__' || root === '__mp_main__') {
    return 'a class or function of the training script: its code is not in the file, and what it does can not be told';
  }
  if (module === 'builtins') return 'a function of Python that no model needs';
  return `imports ${root.slice(0, 100)} and runs what it has under that name; Berth does not know it`;
}
