import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { StoreError } from '@berth/control';
import { openStore } from './open-store.ts';
import type { ObjectStore } from './store.ts';

let folder: string;
let store: ObjectStore;
let problems: string[];
let now: Date;
const open = () => openStore({ folder, now: () => now, onProblem: (text) => problems.push(text) });
const isvc = (name: string, spec: unknown = {}) => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name, namespace: 'default' },
  spec,
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-store-'));
  problems = [];
  now = new Date('2026-01-02T03:04:05Z');
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});
const reopen = () => {
  store.close();
  store = open();
};
const reason = (wanted: string) => (error: unknown) => error instanceof StoreError && error.reason === wanted;

describe('objects', () => {
  test('what the server owns is set by it', () => {
    const made = store.create({ ...isvc('a'), metadata: { name: 'a', namespace: 'default', uid: 'x', generation: 9 } });
    assert.equal(made.metadata.generation, 1);
    assert.notEqual(made.metadata.uid, 'x');
    assert.equal(made.metadata.creationTimestamp, '2026-01-02T03:04:05Z');
    assert.throws(() => store.create(isvc('a')), reason('AlreadyExists'));
    assert.throws(() => Object.assign(made.metadata, { name: 'b' }), TypeError);
  });
  test('generation counts changes of the spec alone; nothing changed is no change', () => {
    const made = store.create(isvc('a', { x: 1 }));
    const labelled = store.update({ ...made, metadata: { ...made.metadata, labels: { a: 'b' } } });
    assert.equal(labelled.metadata.generation, 1);
    const changed = store.update({ ...labelled, spec: { x: 2 } });
    assert.equal(changed.metadata.generation, 2);
    assert.equal(store.update(changed).metadata.resourceVersion, changed.metadata.resourceVersion);
  });
  test('spec and status have their own ways', () => {
    const made = store.create(isvc('a', { x: 1 }));
    const withStatus = store.updateStatus({ ...made, spec: { x: 5 }, status: { ok: true } });
    assert.deepEqual([withStatus.spec, withStatus.status, withStatus.metadata.generation], [{ x: 1 }, { ok: true }, 1]);
    const updated = store.update({ ...withStatus, spec: { x: 2 }, status: { ok: false } });
    assert.deepEqual([updated.spec, updated.status], [{ x: 2 }, { ok: true }]);
  });
  test('a change of something older is a conflict', () => {
    const made = store.create(isvc('a'));
    store.update({ ...made, spec: { x: 2 } });
    assert.throws(() => store.update({ ...made, spec: { x: 3 } }), reason('Conflict'));
    assert.throws(
      () => store.updateStatus({ ...isvc('b'), metadata: { ...made.metadata, name: 'b' } }),
      reason('NotFound'),
    );
  });
  test('finalizers keep an object; what it owns goes with it', () => {
    const owner = store.create({ ...isvc('a'), metadata: { name: 'a', namespace: 'default', finalizers: ['x/y'] } });
    const { uid } = owner.metadata;
    const reference = { apiVersion: owner.apiVersion, kind: owner.kind, name: 'a', uid };
    store.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'default', ownerReferences: [reference] },
    });
    store.delete({ kind: 'InferenceService', namespace: 'default', name: 'a' });
    const marked = store.get({ kind: 'InferenceService', namespace: 'default', name: 'a' });
    assert.equal(marked?.metadata.deletionTimestamp, '2026-01-02T03:04:05Z');
    assert.equal(store.list('ConfigMap').length, 1);
    assert.ok(marked);
    store.update({ ...marked, metadata: { ...marked.metadata, finalizers: [] } });
    assert.equal(store.list('InferenceService').length, 0);
    assert.equal(store.list('ConfigMap').length, 0);
  });
  test('lists are ordered and selected', () => {
    for (const name of ['b', 'a', 'c'])
      store.create({ ...isvc(name), metadata: { name, namespace: 'default', labels: { n: name } } });
    assert.deepEqual(
      store.list('InferenceService').map((one) => one.metadata.name),
      ['a', 'b', 'c'],
    );
    assert.equal(store.list('InferenceService', { labels: { n: 'b' } }).length, 1);
    assert.equal(store.list('InferenceService', { labels: { constructor: 'x' } }).length, 0);
    assert.equal(store.list('InferenceService', { namespace: 'other' }).length, 0);
  });
});

describe('namespaces', () => {
  test('go with the last of what is in them', () => {
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
    const made = store.create({ ...isvc('a'), metadata: { name: 'a', namespace: 'n', finalizers: ['x/y'] } });
    store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'n' } });
    store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'nn' } });
    store.delete({ kind: 'Namespace', name: 'n' });
    assert.deepEqual(store.get({ kind: 'Namespace', name: 'n' })?.status, { phase: 'Terminating' });
    assert.deepEqual(
      store.list('ConfigMap').map((one) => one.metadata.namespace),
      ['nn'],
    );
    const marked = store.get({ kind: 'InferenceService', namespace: 'n', name: 'a' }) ?? made;
    store.create({ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'n' } });
    store.update({ ...marked, metadata: { ...marked.metadata, finalizers: [] } });
    assert.equal(store.get({ kind: 'Namespace', name: 'n' }), undefined);
    assert.equal(store.list('Event').length, 0);
  });
});

describe('events', () => {
  test('go an hour after they last happened', () => {
    const event = (name: string, lastTimestamp: string) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'default' },
      lastTimestamp,
    });
    store.create(event('old', '2026-01-02T03:00:00Z'));
    store.create(event('new', '2026-01-02T03:50:00Z'));
    now = new Date('2026-01-02T04:04:10Z');
    const left = () => store.list('Event').map((one) => one.metadata.name);
    // The time of creation counts, too: both were made at 03:04:05.
    assert.deepEqual(left(), ['new']);
    now = new Date('2026-01-02T04:52:00Z');
    assert.deepEqual(left(), []);
    reopen();
    assert.deepEqual(left(), []);
  });
});

describe('watch', () => {
  test('tells each change in order, also those that listeners make', () => {
    const seen: string[] = [];
    store.watch(({ type, object }) => {
      seen.push(`${type} ${object.metadata.name}`);
      if (type === 'ADDED' && object.metadata.name === 'a') store.create(isvc('b'));
    });
    store.watch(({ type, object }) => seen.push(`second ${type} ${object.metadata.name}`));
    store.create(isvc('a'));
    store.delete({ kind: 'InferenceService', namespace: 'default', name: 'a' });
    assert.deepEqual(seen, ['ADDED a', 'second ADDED a', 'ADDED b', 'second ADDED b', 'DELETED a', 'second DELETED a']);
  });
  test('goes on from a revision, and says where that is too long ago', () => {
    const start = store.revision;
    store.create(isvc('a'));
    const middle = store.revision;
    store.create(isvc('b'));
    assert.deepEqual(store.changesSince(start)?.length, 2);
    assert.deepEqual(
      store.changesSince(middle)?.map((one) => one.object.metadata.name),
      ['b'],
    );
    reopen();
    assert.equal(store.changesSince(middle), undefined);
  });
  test('a list of an earlier revision is as it was', () => {
    store.create(isvc('a', { x: 1 }));
    const gone = store.create(isvc('b'));
    const before = store.list('InferenceService');
    const then = store.revision;
    const [first] = before;
    store.update({ ...(first as typeof gone), spec: { x: 2 } });
    store.delete({ kind: 'InferenceService', namespace: 'default', name: 'b' });
    store.create(isvc('c'));
    assert.deepEqual(store.listAt('InferenceService', then), before);
    assert.deepEqual(store.listAt('InferenceService', store.revision), store.list('InferenceService'));
    assert.equal(store.listAt('InferenceService', store.revision + 1), undefined);
  });
});

describe('foreground deletion', () => {
  const owned = (name: string, owner: { uid: string; name: string }, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'default',
      ownerReferences: [
        { apiVersion: 'v1', kind: 'InferenceService', name: owner.name, uid: owner.uid, blockOwnerDeletion: true },
      ],
      ...more,
    },
  });
  const key = { kind: 'InferenceService', name: 'a', namespace: 'default' };

  test('what is owned goes first, then the owner', () => {
    const owner = store.create(isvc('a'));
    const child = store.create(owned('c', { name: 'a', uid: owner.metadata.uid }));
    store.create(owned('d', { name: 'c', uid: child.metadata.uid }));
    const gone: string[] = [];
    store.watch(({ type, object }) => type === 'DELETED' && gone.push(object.metadata.name));
    store.deleteForeground(key);
    assert.deepEqual(gone, ['d', 'c', 'a']);
  });
  test('the owner stays, marked, while something that holds it has a finalizer; after a restart, too', () => {
    const owner = store.create(isvc('a'));
    store.create(owned('c', { name: 'a', uid: owner.metadata.uid }, { finalizers: ['x/held'] }));
    store.deleteForeground(key);
    reopen();
    assert.deepEqual(store.get(key)?.metadata.finalizers, ['foregroundDeletion']);
    assert.ok(store.get(key)?.metadata.deletionTimestamp);
    const child = store.get({ kind: 'ConfigMap', name: 'c', namespace: 'default' });
    assert.ok(child?.metadata.deletionTimestamp);
    store.update({ ...child, metadata: { ...child.metadata, finalizers: [] } });
    assert.equal(store.get(key), undefined);
  });
  test('what does not hold its owner is not waited for', () => {
    const owner = store.create(isvc('a'));
    const held = owned('c', { name: 'a', uid: owner.metadata.uid }, { finalizers: ['x/held'] });
    const [reference] = held.metadata.ownerReferences;
    store.create({
      ...held,
      metadata: { ...held.metadata, ownerReferences: [{ ...reference, blockOwnerDeletion: false }] },
    } as never);
    store.deleteForeground(key);
    assert.equal(store.get(key), undefined);
  });
});

describe('on the disk', () => {
  test('everything is there after a restart, but for pods; numbers go on', () => {
    store.create(isvc('a', { x: 1 }));
    store.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' } });
    const before = store.revision;
    reopen();
    assert.deepEqual(store.get({ kind: 'InferenceService', namespace: 'default', name: 'a' })?.spec, { x: 1 });
    assert.equal(store.list('Pod').length, 0);
    assert.ok(store.revision > before);
  });
  test('Secrets are not readable there, and not without their key', () => {
    const data = { password: Buffer.from('canary-4711').toString('base64') };
    store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default' }, data });
    reopen();
    assert.deepEqual(store.get({ kind: 'Secret', namespace: 'default', name: 's' })?.data, data);
    store.close();
    for (const file of ['berth.db', 'berth.db-wal']) {
      const bytes = (() => {
        try {
          return readFileSync(join(folder, file));
        } catch {
          return Buffer.alloc(0);
        }
      })();
      assert.ok(!bytes.includes(data.password), file);
    }
    writeFileSync(join(folder, 'secret.key'), Buffer.alloc(32).toString('base64'));
    store = open();
    assert.equal(store.list('Secret').length, 0);
    assert.match(problems.join(), /default\/s can not be decrypted/);
  });
  test('a database of a newer build is refused, and left as it is', async () => {
    store.close();
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(folder, 'berth.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    assert.throws(open, /newer Berth \(schema 99/);
    const again = new DatabaseSync(join(folder, 'berth.db'));
    again.exec('PRAGMA user_version = 1');
    again.close();
    store = open();
  });
});
