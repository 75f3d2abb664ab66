import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serveHttp } from '../../test/http-fixture.ts';
import { memoryStore } from '../../test/memory-store.ts';
import { tarOf } from '../../test/tar-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { createHttpFetcher } from '../http/http-fetcher.ts';
import { localFetcher } from '../local/local-fetcher.ts';
import { StorageError } from '../storage-error.ts';
import { fetchRemote } from './fetch-remote.ts';

const MIB = 1024 * 1024;

/** A disk of 4 MiB; undefined where this process may not make one. */
async function smallDisk(): Promise<({ path: string } & AsyncDisposable) | undefined> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'disk');
  await mkdir(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['-l', path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

const disk = process.getuid?.() === 0 ? await smallDisk() : undefined;
await disk?.[Symbol.asyncDispose]();
const skip = disk === undefined ? 'no small disk can be mounted here' : false;

function isFull(thrown: unknown): boolean {
  assert.ok(thrown instanceof StorageError, String(thrown));
  assert.equal(thrown.reason, 'NoSpace', thrown.message);
  return true;
}

describe('a disk without room', { skip }, () => {
  const withDisk = async (
    work: (cache: string, fill: (bytes: number) => Promise<() => Promise<void>>) => Promise<void>,
  ) => {
    await using small = await smallDisk();
    const { path } = small as { path: string };
    await work(join(path, 'cache'), async (bytes) => {
      const ballast = join(path, 'ballast');
      await writeFile(ballast, Buffer.alloc(bytes));
      return () => rm(ballast);
    });
  };
  const fetch = (cache: string, content: Buffer, name = 'model.bin') => {
    const store = memoryStore({ [`m/${name}`]: content });
    const open = async () => ({ store, prefix: `m/${name}` });
    return fetchRemote({ key: 'k', source: 'memory://m', open, pauseMs: 1 }, { cacheFolder: cache });
  };

  test('refuses a download before it begins, with the figures, and takes it when there is room again', () =>
    withDisk(async (cache, fill) => {
      const free = await fill(3 * MIB);
      await assert.rejects(fetch(cache, Buffer.alloc(2 * MIB, 'x')), (thrown) => {
        assert.match(String((thrown as Error).message), /needs 2097152 bytes .* has \d+ bytes free/);
        return isFull(thrown);
      });
      await free();
      assert.equal((await readFile((await fetch(cache, Buffer.alloc(2 * MIB, 'x'))).path)).length, 2 * MIB);
    }));

  test('that fills up while an archive is unpacked leaves nothing behind', () =>
    withDisk(async (cache) => {
      const archive = gzipSync(tarOf([{ name: 'model.bin', content: Buffer.alloc(8 * MIB) }]));
      await assert.rejects(fetch(cache, archive, 'model.tar.gz'), isFull);
      assert.deepEqual(await readdir(join(cache, 'drafts')), []);
      assert.deepEqual(await readdir(join(cache, 'trees')).catch(() => []), []);
      assert.equal((await fetch(cache, Buffer.from('small'))).fromCache, false);
    }));

  test('that fills up in the middle of a download says so, and goes on when there is room', () =>
    withDisk(async (cache, fill) => {
      const content = Buffer.alloc(2 * MIB, 'abc');
      const store = memoryStore({ m: content });
      let free: (() => Promise<void>) | undefined;
      store.fault = (read, before) => {
        if (before > 0) return undefined;
        return (async function* () {
          yield content.subarray(read.start, read.start + 1000);
          free = await fill(3.6 * MIB).catch(() => async () => undefined);
          yield content.subarray(read.start + 1000, read.end);
        })();
      };
      const open = async () => ({ store, prefix: 'm' });
      const remote = { key: 'k', source: 'memory://m', open, pauseMs: 1 };
      await assert.rejects(fetchRemote(remote, { cacheFolder: cache }), isFull);
      await free?.();
      assert.deepEqual(await readFile((await fetchRemote(remote, { cacheFolder: cache })).path), content);
    }));

  test('is not filled by a download that does not say how long it is', () =>
    withDisk(async (cache) => {
      let sent = 0;
      await using server = await serveHttp((request, response) => {
        response.writeHead(200);
        if (request.method === 'HEAD') return void response.end();
        const more = setInterval(() => {
          sent += 64 * 1024;
          response.write(Buffer.alloc(64 * 1024));
        }, 1);
        response.on('close', () => clearInterval(more));
      });
      await assert.rejects(createHttpFetcher().fetch(`${server.url}/model.bin`, { cacheFolder: cache }), (thrown) => {
        assert.match(String((thrown as Error).message), /whose size the server does not tell/);
        return isFull(thrown);
      });
      assert.ok(sent > 3 * MIB);
      // Nothing is kept that could not be resumed.
      const bodies = (await readdir(cache, { recursive: true })).filter((name) => name.endsWith('body'));
      assert.deepEqual(bodies, []);
    }));

  test('refuses the copy of a local model', () =>
    withDisk(async (cache, fill) => {
      await using folder = await temporaryFolder();
      const file = join(folder.path, 'model.bin');
      await writeFile(file, Buffer.alloc(2 * MIB));
      await fill(3 * MIB);
      await assert.rejects(localFetcher.fetch(file, { cacheFolder: cache, copyUpToBytes: 10 * MIB }), isFull);
    }));
});
