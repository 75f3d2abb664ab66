import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { StorageError } from '../storage-error.ts';
import { withLock } from './lock.ts';

const HOLDER = fileURLToPath(new URL('../../test/lock-holder.ts', import.meta.url));

test('one at a time, in one process', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'locks/a.lock');
  let inside = 0;
  let most = 0;
  const work = () =>
    withLock(path, async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    });
  await Promise.all([work(), work(), work()]);
  assert.equal(most, 1);
  assert.deepEqual(await readdir(join(folder.path, 'locks')), []);
});

test('a holder that is killed is noticed at once', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a.lock');
  const holder = spawn(process.execPath, [HOLDER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  let waited = false;
  const taken = withLock(path, async () => 'taken', {
    onWait: () => {
      waited = true;
      holder.kill('SIGKILL');
    },
  });
  const gone = once(holder, 'exit');
  assert.equal(await taken, 'taken');
  await gone;
  assert.equal(waited, true);
});

test('a process with the same id that began later holds nothing', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a.lock');
  await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), started: '1', token: 'x' }));
  assert.equal(await withLock(path, async () => 'taken'), 'taken');
});

test('what another machine left and nobody keeps alive is taken over', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a.lock');
  await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', token: 'x' }));
  const long = new Date(Date.now() - 60_000);
  await utimes(path, long, long);
  assert.equal(await withLock(path, async () => 'taken'), 'taken');
});

test('a wait can be ended', async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.path, { recursive: true });
  const path = join(folder.path, 'a.lock');
  await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', token: 'x' }));
  const abort = new AbortController();
  const waiting = withLock(path, async () => 'taken', { signal: abort.signal, onWait: () => abort.abort() });
  await assert.rejects(waiting, (thrown) => thrown instanceof StorageError && thrown.reason === 'DownloadCancelled');
});

test('a lock that another took meanwhile is left alone', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a.lock');
  await withLock(path, () => writeFile(path, 'the lock of another'));
  assert.deepEqual(await readdir(folder.path), ['a.lock']);
});
