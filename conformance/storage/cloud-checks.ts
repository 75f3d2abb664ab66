/** The same objects and the same questions for every cloud. */
import assert from 'node:assert/strict';
import { openRemote, type RemoteAccess, type RemoteObject, StorageError } from '@berth/storage';
import type { Report } from './report.ts';

/** What every server is given: siblings with a common start, files named like folders, odd names, empty files. */
export const OBJECTS: Readonly<Record<string, string>> = {
  'lab/model.joblib': 'the model of the lab',
  'lab/sub/notes.txt': 'notes',
  'lab-hf/model.joblib': 'other',
  'labels.txt': 'labels',
  'test/churn': 'churn',
  'test/churn-logs': 'log',
  'model/checkpoints/model.ckpt': 'ck',
  'model/sec.yaml': 'a: 1\n',
  'runs/model/MLmodel': 'flavors: {}\n',
  'runs/model/conda.yaml': 'name: x\n',
  'runs/model/model.pkl': 'pickle',
  'odd names/ä ö+%41&=#1.bin': 'odd',
  'with-empty/__init__.py': '',
  'with-empty/model.py': 'x',
};

const LAYOUTS: readonly (readonly [path: string, files: readonly string[]])[] = [
  ['lab', ['model.joblib', 'sub/notes.txt']],
  ['lab/', ['model.joblib', 'sub/notes.txt']],
  ['test/churn', ['churn']],
  ['model', ['checkpoints/model.ckpt', 'sec.yaml']],
  ['runs/model', ['MLmodel', 'conda.yaml', 'model.pkl']],
  ['runs/model/model.pkl', ['model.pkl']],
  ['odd names', ['ä ö+%41&=#1.bin']],
  ['with-empty', ['__init__.py', 'model.py']],
];

/** One cloud's server, filled with OBJECTS. */
export interface CloudUnderTest {
  readonly scheme: string;
  /** The URI of a path in the filled bucket. */
  readonly uri: (path: string) => string;
  /** The URI of a path in a bucket that does not exist. */
  readonly missing: string;
  readonly access: RemoteAccess;
  /** Writes an object. */
  readonly put: (key: string, body: string | Uint8Array) => Promise<void>;
}

/** Asks it everything. */
export async function checkCloud(cloud: CloudUnderTest, report: Report): Promise<void> {
  const { scheme, access } = cloud;
  for (const [path, files] of LAYOUTS) {
    await report.check(`${scheme} keeps the layout of /${path}`, async () => {
      const found = await list(cloud.uri(path), access);
      assert.deepEqual(found.map((object) => object.path).sort(), files);
      assert.ok(found.every((object) => object.etag !== undefined));
    });
  }
  await report.check(`${scheme} gives every byte of every file`, async () => {
    const found = new Map((await list(cloud.uri(''), access)).map((object) => [object.key, object]));
    for (const [key, body] of Object.entries(OBJECTS)) {
      assert.equal((await read(cloud.uri(''), found.get(key), access)).toString(), body, key);
    }
  });
  await report.check(`${scheme} gives ranges, and parts of a large file that make the whole`, async () => {
    const body = Buffer.alloc(9_000_001, 'abcdefghijk');
    await cloud.put('large/model.bin', body);
    const [object] = await list(cloud.uri('large'), access);
    assert.equal(object?.size, body.length);
    const step = 4_000_000;
    const parts: Buffer[] = [];
    for (let start = 0; start < body.length; start += step) {
      parts.push(await read(cloud.uri('large'), object, access, { start, end: Math.min(start + step, body.length) }));
    }
    assert.ok(Buffer.concat(parts).equals(body));
    const tail = await read(cloud.uri('large'), object, access, { start: body.length - 7 });
    assert.ok(tail.equals(body.subarray(-7)));
  });
  await report.check(`${scheme} refuses to read another version than was listed`, async () => {
    await cloud.put('changing/model.bin', 'one');
    const [object] = await list(cloud.uri('changing'), access);
    await cloud.put('changing/model.bin', 'two');
    await fails(() => read(cloud.uri('changing'), object as RemoteObject, access), 'ObjectChanged', /changed|shorter/);
  });
  await report.check(`${scheme} lists more than one page`, async () => {
    const names = Array.from({ length: 1100 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((name) => cloud.put(name, 'x')));
    }
    assert.equal((await list(cloud.uri('many'), access)).length, 1100);
  });
  await report.check(`${scheme} says what lies near a path that is not there`, () =>
    fails(() => list(cloud.uri('labs'), access), 'NotFound', /nothing at .*there is .*lab/),
  );
  await report.check(`${scheme} says that there is no such bucket`, () =>
    fails(() => list(cloud.missing, access), 'NotFound', /no such (bucket|container)/),
  );
  await report.check(`${scheme} is not asked where private addresses are denied`, () =>
    fails(() => list(cloud.uri('lab'), { ...access, strictEgress: true }), 'UrlNotAllowed', /private or loopback/),
  );
}

async function list(uri: string, access: RemoteAccess): Promise<RemoteObject[]> {
  const location = await openRemote(uri, access);
  assert.ok(location !== undefined, `${uri} is no cloud's`);
  try {
    return await Array.fromAsync(location.store.list(location.prefix));
  } finally {
    await location.store.close?.();
  }
}

async function read(
  uri: string,
  object: RemoteObject | undefined,
  access: RemoteAccess,
  range?: { start: number; end?: number },
): Promise<Buffer> {
  assert.ok(object !== undefined);
  const location = await openRemote(uri, access);
  assert.ok(location !== undefined);
  try {
    return Buffer.concat(await Array.fromAsync(await location.store.read(object, range)));
  } finally {
    await location.store.close?.();
  }
}

async function fails(work: () => Promise<unknown>, reason: string, words: RegExp): Promise<void> {
  await assert.rejects(work(), (thrown) => {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.equal(thrown.reason, reason, thrown.message);
    assert.match(thrown.message, words);
    return true;
  });
}
