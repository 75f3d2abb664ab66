import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../store/open-store.ts';
import { keepDefaultAccounts } from './default-accounts.ts';

test('every namespace has an account of its own, anew where it was deleted, and none keeps a namespace from going', () => {
  const folder = mkdtempSync(join(tmpdir(), 'accounts-'));
  const onProblem = (problem: unknown) => assert.fail(String(problem));
  const store = openStore({ folder, now: () => new Date(), onProblem });
  try {
    const account = (namespace: string) => store.get({ kind: 'ServiceAccount', name: 'default', namespace });
    const stop = keepDefaultAccounts(store, onProblem);
    const first = account('default');
    assert.ok(first);
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    assert.ok(account('team'));
    store.delete({ kind: 'ServiceAccount', name: 'default', namespace: 'default' });
    assert.notEqual(account('default')?.metadata.uid, first.metadata.uid);
    assert.ok(account('default'));
    store.delete({ kind: 'Namespace', name: 'team' });
    assert.deepEqual([store.get({ kind: 'Namespace', name: 'team' }), account('team')], [undefined, undefined]);
    stop();
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'late' } });
    assert.equal(account('late'), undefined);
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
