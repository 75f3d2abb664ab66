import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { StoreError } from '@berth/control';
import { StorageFailure } from './object-table.ts';
import { openStore } from './open-store.ts';

let folder: string;
let problems: string[];
const open = (where = folder) =>
  openStore({ folder: where, now: () => new Date(), onProblem: (text) => problems.push(text) });
const map = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});
const namesOf = (store: ReturnType<typeof open>) => store.list('ConfigMap').map((one) => one.metadata.name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-store-'));
  problems = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('killed at random points, it holds all that it said was stored', async () => {
  const script = fileURLToPath(new URL('./writes-for-ever.ts', import.meta.url));
  let last = 0;
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.length > 500 + Math.random() * 20_000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const lines = said.split('\n').slice(0, -1);
    assert.ok(!said.includes('problem'), said.slice(0, 500));
    const known = new Map<string, unknown>();
    let highest = 0;
    for (const line of lines) {
      const [name, data, revision] = JSON.parse(line) as [string, unknown, number];
      known.set(name, data ?? undefined);
      highest = revision;
    }
    assert.ok(highest > last, 'numbers are not given out twice');
    const store = open();
    assert.deepEqual(problems, []);
    assert.ok(store.revision >= highest);
    last = store.revision;
    // One write may have reached the disk without being said any more.
    const differing = [...known].filter(([name, data]) => {
      const stored = store.get({ kind: 'ConfigMap', namespace: 'default', name });
      return JSON.stringify(stored?.data) !== JSON.stringify(data);
    });
    assert.ok(differing.length <= 1, JSON.stringify(differing).slice(0, 500));
    store.close();
  }
});

describe('a damaged file', () => {
  const fill = () => {
    const store = open();
    for (let index = 0; index < 50; index++) store.create(map(`a${index}`, { text: `canary-${index}` }));
    store.close();
    return join(folder, 'berth.db');
  };
  const setAside = () => readdirSync(folder).filter((name) => /^berth\.db\.damaged-[^.]*$/.test(name));

  test('wherever a bit flips, the objects are as they were or it is told', () => {
    const file = fill();
    const good = readFileSync(file);
    const backup = readFileSync(`${file}.backup`);
    const step = Math.floor(good.length / 60);
    for (let at = 7; at < good.length; at += step) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      writeFileSync(file, bytes);
      writeFileSync(`${file}.backup`, backup);
      for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
      problems = [];
      const store = open();
      assert.equal(store.list('ConfigMap').length, 50, `a flip at ${at}`);
      for (const object of store.list('ConfigMap')) {
        assert.deepEqual(object.data, { text: `canary-${object.metadata.name.slice(1)}` });
      }
      store.close();
    }
  });
  test('a flip in an object is found, the copy takes its place, and no number comes twice', () => {
    const file = fill();
    const bytes = readFileSync(file);
    const at = bytes.indexOf('canary-13');
    bytes[at + 8] = (bytes[at + 8] as number) ^ 1;
    writeFileSync(file, bytes);
    const store = open();
    assert.match(problems.join(), /ConfigMap default\/a13 was altered; it was moved to .*last good copy/);
    assert.equal(setAside().length, 1);
    assert.equal(store.list('ConfigMap').length, 50);
    assert.ok(store.revision > 1_000_000);
    store.close();
  });
  test('cut short anywhere', () => {
    const file = fill();
    const { size } = statSync(file);
    for (const part of [0.1, 0.5, 0.9]) {
      truncateSync(file, Math.floor(size * part));
      problems = [];
      const store = open();
      assert.equal(problems.length, 1);
      assert.equal(store.list('ConfigMap').length, 50);
      store.close();
    }
  });
  test('without a good copy it starts empty, and says so', () => {
    const file = fill();
    writeFileSync(file, 'no database at all, but some text that is long enough to be read as a header'.repeat(50));
    writeFileSync(`${file}.backup`, readFileSync(file));
    const store = open();
    assert.match(problems.join(), /starts empty/);
    assert.deepEqual(namesOf(store), []);
    store.close();
  });
  test('damage that comes while it is open does not reach the copy', () => {
    const file = fill();
    const store = open();
    store.create(map('later'));
    const bytes = readFileSync(file);
    const at = bytes.indexOf('canary-13');
    bytes[at + 8] = (bytes[at + 8] as number) ^ 1;
    writeFileSync(file, bytes, { flag: 'r+' });
    store.close();
    const again = open();
    const data = again.get({ kind: 'ConfigMap', namespace: 'default', name: 'a13' })?.data;
    assert.deepEqual(data, { text: 'canary-13' });
    assert.match(problems.join(), /a13 was altered/);
    again.close();
  });
});

test('a full disk refuses the change, keeps what is there, and is over when there is room', (context) => {
  const disk = join(folder, 'disk');
  try {
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'none', disk], { stdio: 'ignore' });
  } catch {
    context.skip('a disk of its own needs root');
    return;
  }
  try {
    const store = open(disk);
    store.create(map('kept', { x: '1' }));
    writeFileSync(join(disk, 'filler'), Buffer.alloc(150_000));
    const seen: string[] = [];
    store.watch(({ object }) => seen.push(object.metadata.name));
    let stored = 0;
    assert.throws(
      () => {
        for (; stored < 500; stored++) store.create(map(`b${stored}`, { text: 'x'.repeat(10_000) }));
      },
      (thrown) => thrown instanceof StorageFailure && /full/.test(thrown.message),
    );
    assert.equal(store.get({ kind: 'ConfigMap', namespace: 'default', name: `b${stored}` }), undefined);
    assert.equal(seen.length, stored);
    store.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' } });
    rmSync(join(disk, 'filler'));
    store.create(map('after'));
    store.close();
    const again = open(disk);
    assert.equal(again.list('ConfigMap').length, stored + 2);
    again.close();
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('many writers of the same names converge: one of each two wins, none is lost', () => {
  const store = open();
  const wins = new Map<string, number>();
  for (let index = 0; index < 50; index++) store.create(map(`m${index}`, { n: '0' }));
  for (let round = 0; round < 10; round++) {
    for (let index = 0; index < 50; index++) {
      const name = `m${index}`;
      const read = store.get({ kind: 'ConfigMap', namespace: 'default', name });
      assert.ok(read);
      for (const writer of [1, 2]) {
        try {
          store.update({ ...read, data: { n: `${Number((read.data as { n: string }).n) + 1}`, writer: `${writer}` } });
          wins.set(name, (wins.get(name) ?? 0) + 1);
        } catch (thrown) {
          assert.ok(thrown instanceof StoreError && thrown.reason === 'Conflict');
        }
      }
    }
  }
  for (const { metadata, data } of store.list('ConfigMap')) {
    assert.equal((data as { n: string }).n, '10');
    assert.equal(wins.get(metadata.name), 10);
  }
  store.close();
  assert.ok(existsSync(join(folder, 'berth.db.backup')));
});
