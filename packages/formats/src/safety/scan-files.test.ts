import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { JoblibWorld } from '../joblib/joblib-world.ts';
import { unpackFile } from '../joblib/read.ts';
import { Budget } from '../pickle/budget.ts';
import { ByteReader } from '../pickle/byte-reader.ts';
import { unpickle } from '../pickle/machine.ts';
import type { PyGlobal } from '../pickle/values.ts';
import { bytes, global, type Part, pickle, reduce, stackGlobal, text, u32 } from '../pickle/writer.ts';
import { Findings } from './findings.ts';
import type { SafetyReport } from './safety-report.ts';
import { scanFiles } from './scan-files.ts';
import { scanPickles } from './scan-pickle.ts';

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-scan-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function scan(content: Uint8Array, name = 'model.pkl'): Promise<SafetyReport> {
  return inFolder(async (folder) => {
    await writeFile(join(folder, name), content);
    return scanFiles(join(folder, name));
  });
}

const refused = (report: SafetyReport) =>
  report.globals.filter((one) => one.status === 'refused').map((one) => one.name);

const SYSTEM = text('touch /tmp/berth-was-here');

describe('names that run code are listed with what they could do', () => {
  const names = [
    ['os', 'system', /runs programs/],
    ['posix', 'system', /runs programs/],
    ['subprocess', 'Popen', /runs programs/],
    ['builtins', 'eval', /runs Python code/],
    ['__builtin__', 'eval', /runs Python code/],
    ['builtins', 'getattr', /by its name/],
    ['builtins', '__import__', /imports modules/],
    ['builtins', 'open', /files/],
    ['importlib', 'import_module', /imports modules/],
    ['runpy', 'run_path', /imports modules/],
    ['pickle', 'loads', /unpickles more/],
    ['joblib', 'load', /unpickles more/],
    ['torch', 'load', /unpickles more/],
    ['numpy', 'load', /files/],
    ['numpy.f2py.crackfortran', 'myeval', /runs Python code/],
    ['operator', 'attrgetter', /calls other functions/],
    ['types', 'CodeType', /runs Python code/],
    ['socket', 'socket', /network/],
    ['urllib.request', 'urlopen', /network/],
    ['ctypes', 'CDLL', /native code/],
    ['shutil', 'rmtree', /files/],
    ['sys', 'exit', /running process/],
    ['numpy', 'os.system', /by its name/],
    ['__main__', 'Mine', /training script/],
    ['mycompany.models', 'Scorer', /imports mycompany/],
  ] as const;
  for (const [module, name, could] of names) {
    const call = reduce(global(module, name), SYSTEM);
    const ways: [string, Uint8Array, boolean][] = [
      ['REDUCE', pickle(0, call), true],
      ['STACK_GLOBAL', pickle(4, reduce(stackGlobal(module, name), SYSTEM)), true],
      ['INST', pickle(0, '(', SYSTEM, `i${module}\n${name}\n`), true],
      ['OBJ', pickle(1, '(', global(module, name), SYSTEM, 'o'), true],
      ['NEWOBJ', pickle(2, global(module, name), '(', SYSTEM, 't', 0x81), true],
      ['a name alone', pickle(0, global(module, name)), false],
      ['zlib', new Uint8Array(deflateSync(pickle(4, call))), true],
      ['gzip', new Uint8Array(gzipSync(pickle(4, call))), true],
    ];
    test(`${module}.${name}`, async () => {
      for (const [how, file, called] of ways) {
        const report = await scan(file);
        assert.equal(report.verdict, 'unsafe', how);
        const found = report.globals.find((one) => one.name === `${module}.${name}`);
        assert.ok(found?.could !== undefined, how);
        assert.match(found.could, could);
        assert.equal(found.called, called, how);
      }
    });
  }
});

describe('nothing hides', () => {
  const cases: [string, Uint8Array, string[], RegExp?][] = [
    [
      'a name put together from the memo',
      pickle(4, text('system'), 0x94, '0', text('os'), 0x94, '0', 'h', 1, 'h', 0, 0x93),
      ['os.system'],
    ],
    ['a name by PUT and GET', pickle(0, 'Vsystem\np7\n0Vos\np9\n0g9\ng7\n', 0x93), ['os.system']],
    ['a Python 2 text with escapes', pickle(0, "S'o\\x73'\n", "S'system'\n", 0x93), ['os.system']],
    ['a unicode text with escapes', pickle(0, 'V\\u006fs\n', 'Vsystem\n', 0x93), ['os.system']],
    ['a number written as Python reads it', pickle(0, 'Vos\np1_0\n0Vsystem\np11\n0g 10\ng11\n', 0x93), ['os.system']],
    [
      'what comes after a refused name',
      pickle(
        2,
        reduce(global('os', 'system'), SYSTEM),
        '0',
        reduce(global('socket', 'socket')),
        '0',
        global('sklearn.svm', 'SVC'),
      ),
      ['os.system', 'socket.socket'],
    ],
    [
      'what getattr gives is called',
      pickle(2, reduce(reduce(global('builtins', 'getattr'), global('os', 'path'), text('system')), SYSTEM)),
      ['builtins.getattr', 'os.path'],
      /calls what builtins\.getattr gave/,
    ],
    [
      'a name that is computed',
      pickle(4, text('os'), reduce(global('_codecs', 'encode'), text('system'), text('latin1')), 0x93),
      [],
      /a text that it computes/,
    ],
    ['a code of the extension registry', pickle(2, 0x82, 1, ')', 'R'), [], /EXT1 reaches outside/],
    ['an id that the loader resolves', pickle(2, text('x'), 'Q'), [], /BINPERSID reaches outside/],
    [
      'a pickle in the bytes of another',
      pickle(3, reduce(global('_pickle', 'loads'), bytesOf(pickle(4, stackGlobal('os', 'system'))))),
      ['_pickle.loads', 'os.system'],
    ],
    [
      'with something after its end',
      pickle(3, bytesOf(bytes(pickle(4, stackGlobal('os', 'system')), 'trailing'))),
      ['os.system'],
    ],
    [
      'bytes as protocol 2 writes them',
      pickle(2, reduce(global('_codecs', 'encode'), text(latin1(pickle(2, global('os', 'system')))), text('latin1'))),
      ['os.system'],
    ],
    [
      'a second pickle of protocol 0 after the first',
      bytes(pickle(2, 'N'), pickle(0, global('os', 'system'))),
      ['os.system'],
    ],
    [
      'names after the first pickle that come to no end',
      bytes(pickle(2, 'N'), reduce(global('os', 'system'), SYSTEM)),
      ['os.system'],
    ],
    [
      'a call of a function that models only mention',
      pickle(2, reduce(global('scipy.sparse', 'save_npz'), SYSTEM)),
      ['scipy.sparse.save_npz'],
    ],
    ['a second pickle after the first', bytes(pickle(2, 'N'), pickle(2, global('os', 'system'))), ['os.system']],
    [
      'a text that is no UTF-8 before it',
      pickle(2, 'X', u32(2), 0xed, 0xa0, '0', global('os', 'system')),
      ['os.system'],
    ],
    [
      'a frame that promises too much',
      pickle(4, 0x95, new Uint8Array(8).fill(0x7f), global('os', 'system')),
      ['os.system'],
    ],
    [
      'a cut after the name',
      pickle(2, reduce(global('os', 'system'), SYSTEM)).subarray(0, 14),
      ['os.system'],
      /reading ends/,
    ],
  ];
  for (const [name, file, wanted, note] of cases) {
    test(name, async () => {
      const report = await scan(file);
      assert.equal(report.verdict, 'unsafe');
      assert.deepEqual(refused(report).sort(), [...wanted].sort());
      if (note !== undefined) assert.match(report.notes.join('\n'), note);
    });
  }
});

describe('containers', () => {
  const evil = pickle(2, reduce(global('os', 'system'), SYSTEM));
  test('a zip as PyTorch writes it, stored and deflated', async () => {
    for (const packed of [false, true]) {
      const zip = zipOf(
        { 'archive/data.pkl': evil, 'archive/data/0': new Uint8Array(64), 'archive/version': bytes('3\n') },
        packed,
      );
      const report = await scan(zip, 'model.pt');
      assert.deepEqual(refused(report), ['os.system']);
      assert.equal(report.globals[0]?.file, 'archive/data.pkl');
    }
  });
  test('numpy arrays of objects, alone and in npz', async () => {
    const header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n";
    const npy = bytes(0x93, 'NUMPY', 1, 0, header.length, 0, header, evil);
    assert.deepEqual(refused(await scan(npy, 'a.npy')), ['os.system']);
    assert.deepEqual(refused(await scan(zipOf({ 'a.npy': npy }, true), 'a.npz')), ['os.system']);
    const plain = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n";
    const numbers = bytes(0x93, 'NUMPY', 1, 0, plain.length, 0, plain, new Uint8Array(8));
    assert.equal((await scan(numbers, 'a.npy')).verdict, 'no-code');
  });
  test('what can not be read in a zip is said, and is not safe', async () => {
    const zip = zipOf({ 'data.pkl': evil }, false);
    assert.match((await scan(zip.subarray(0, zip.length - 30), 'a.zip')).notes.join(), /cut|damaged/);
    const locked = new Uint8Array(zip);
    locked[locked.lastIndexOf(0x50, locked.length - 23) + 8] |= 1;
    const report = await scan(locked, 'a.zip');
    assert.match(report.notes.join(), /encrypted/);
    assert.equal(report.verdict, 'unsafe');
  });
  test('a folder is read file by file', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'model.pkl'), pickle(2, global('sklearn.svm', 'SVC')));
      await writeFile(join(folder, 'extra.bin'), evil);
      await writeFile(join(folder, 'notes.txt'), 'the model of March');
      const report = await scanFiles(folder);
      assert.deepEqual(refused(report), ['os.system']);
      assert.equal(report.globals[0]?.file, 'extra.bin');
    }));
});

test('code in a Lambda layer of Keras is told, in JSON, in a .keras file and in HDF5', async () => {
  const lambda = '{"layers": [{"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}}]}';
  const files: [string, Uint8Array][] = [
    ['model.json', bytes(lambda)],
    ['model.keras', zipOf({ 'config.json': bytes(lambda) }, true)],
    ['model.h5', bytes(0x89, 'HDF\r\n\x1a\n', new Uint8Array(40), lambda)],
  ];
  for (const [name, content] of files) {
    const report = await scan(content, name);
    assert.equal(report.verdict, 'unsafe', name);
    assert.match(report.notes.join(), /Lambda layer of Keras holds Python code/, name);
  }
  assert.equal((await scan(bytes('{"layers": [{"class_name": "Dense"}]}'), 'model.json')).verdict, 'no-code');
});

describe('no false alarm', () => {
  test('a text after a pickle is no pickle', async () => {
    const report = await scan(bytes(pickle(2, 'N'), 'created by hand\nin March\n'));
    assert.deepEqual([report.verdict, report.globals], ['safe', []]);
    assert.match(report.notes.join(), /bytes follow the last pickle/);
  });
  const root = join(import.meta.dirname, '..', '..', '..');
  const files = globSync('{formats,cli}/**/*.{joblib,pkl,pickle}', {
    cwd: root,
    exclude: (path) => path === 'node_modules',
  });
  test(`${files.length} models of scikit-learn, XGBoost and LightGBM are safe`, async () => {
    assert.ok(files.length > 50);
    for (const file of files) {
      const report = await scanFiles(join(root, file));
      const isModel = report.pickles > 0;
      if (isModel) assert.deepEqual([report.verdict, refused(report), report.notes], ['safe', [], []], file);
    }
  });
  test('models that are no pickles have no code, whatever they are called', () =>
    inFolder(async (folder) => {
      const others = globSync('formats/**/*.{onnx,ubj,bst}', { cwd: root, exclude: (path) => path === 'node_modules' });
      assert.ok(others.length > 3);
      for (const other of others.slice(0, 40)) {
        await copyFile(join(root, other), join(folder, 'model.pkl'));
        assert.equal((await scanFiles(join(folder, 'model.pkl'))).verdict, 'no-code', other);
      }
      await writeFile(join(folder, 'model.bin'), 'tree\nversion=v4\nnum_class=1\n');
      assert.equal((await scanFiles(join(folder, 'model.bin'))).verdict, 'no-code');
    }));
});

/** Every name that the reader of models asks its world for, until it refuses. */
class Recorder extends JoblibWorld {
  readonly names = new Set<string>();
  override resolve(module: string, name: string): PyGlobal {
    this.names.add(`${module}.${name}`);
    return super.resolve(module, name);
  }
}

async function seenByReader(content: Uint8Array): Promise<Set<string>> {
  const world = new Recorder();
  try {
    const plain = await unpackFile(new Uint8Array(content));
    unpickle(new ByteReader(plain), world, new Budget(plain.length));
  } catch (thrown) {
    if (!(thrown instanceof LoadError)) throw thrown;
  }
  return world.names;
}

describe('the reader of models and the scan agree', () => {
  test('on whatever pickles are made of', async () => {
    const name = fc.constantFrom('os', 'system', 'sklearn.svm', 'SVC', 'builtins', 'set', 'numpy', 'float64');
    const part: fc.Arbitrary<Part> = fc.oneof(
      fc.tuple(name, name).map(([module, one]) => global(module, one)),
      fc.tuple(name, name).map(([module, one]) => stackGlobal(module, one)),
      name.map(text),
      fc.constantFrom<Part>(
        'N',
        '(',
        ')',
        ']',
        '}',
        't',
        'R',
        'b',
        '0',
        '1',
        '2',
        'a',
        's',
        'e',
        'u',
        'l',
        'd',
        'o',
        0x81,
        0x85,
        0x86,
        0x93,
        0x94,
      ),
      fc.integer({ min: 0, max: 5 }).map((index) => ['h', index]),
      fc.integer({ min: 0, max: 5 }).map((index) => ['q', index]),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 40 }), async (parts) => {
        const file = pickle(4, ...parts);
        const findings = new Findings();
        scanPickles(file, findings);
        const found = new Set([...findings.globals.values()].map((one) => `${one.module}.${one.name}`));
        for (const one of await seenByReader(file)) assert.ok(found.has(one), one);
      }),
      { numRuns: 2000 },
    );
  });
  test('no bytes make the scan throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => {
        for (const file of [raw, bytes(0x80, 4, raw), bytes(0x80, 2, '}', raw)]) scanPickles(file, new Findings());
      }),
      { numRuns: 3000 },
    );
  });
  test('a bomb is bounded', () => {
    const findings = new Findings();
    scanPickles(bytes(0x80, 4, new Uint8Array(9_000_000).fill(0x7d), '.'), findings);
    assert.match(findings.oddities[0]?.message ?? '', /bomb/);
  });
});

/** BINBYTES. */
function bytesOf(content: Uint8Array): Part {
  return ['B', u32(content.length), content];
}

function latin1(content: Uint8Array): string {
  return Buffer.from(content).toString('latin1');
}

/** A zip of these files. */
function zipOf(files: Readonly<Record<string, Uint8Array>>, deflated: boolean): Uint8Array {
  const local: Part[] = [];
  const directory: Part[] = [];
  let offset = 0;
  const u16 = (value: number): Part => [value & 0xff, value >> 8];
  for (const [name, content] of Object.entries(files)) {
    const packed = deflated ? new Uint8Array(deflateRawSync(content)) : content;
    const common = [
      u16(0),
      u16(deflated ? 8 : 0),
      u32(0),
      u32(0),
      u32(packed.length),
      u32(content.length),
      u16(name.length),
    ];
    const header = bytes('PK', 3, 4, u16(20), common, u16(0), name);
    local.push(header, packed);
    directory.push(
      bytes('PK', 1, 2, u16(20), u16(20), common, u16(0), u16(0), u16(0), u16(0), u32(0), u32(offset), name),
    );
    offset += header.length + packed.length;
  }
  const listed = bytes(...directory);
  const count = Object.keys(files).length;
  return bytes(
    ...local,
    listed,
    'PK',
    5,
    6,
    u16(0),
    u16(0),
    u16(count),
    u16(count),
    u32(listed.length),
    u32(offset),
    u16(0),
  );
}
