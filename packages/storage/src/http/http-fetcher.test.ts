import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serveHttp } from '../../test/http-fixture.ts';
import { tarOf } from '../../test/tar-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { zipOf } from '../../test/zip-fixture.ts';
import type { FetchOptions } from '../fetcher.ts';
import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import { createHttpFetcher } from './http-fetcher.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, before: number) => void;

async function withFetch(
  handler: Handler,
  work: (context: {
    url: string;
    fetch: (path: string, options?: Partial<FetchOptions>) => ReturnType<ReturnType<typeof createHttpFetcher>['fetch']>;
    requests: { url: string; headers: IncomingMessage['headers'] }[];
    cache: string;
  }) => Promise<void>,
): Promise<void> {
  await using server = await serveHttp(handler);
  await using folder = await temporaryFolder();
  const fetcher = createHttpFetcher();
  const cache = join(folder.path, 'cache');
  await work({
    url: server.url,
    requests: server.requests,
    cache,
    fetch: (path, options = {}) =>
      fetcher.fetch(server.url + path, { cacheFolder: cache, maxAttempts: 2, stallTimeoutMs: 2000, ...options }),
  });
}

function fails(reason: StorageFailureReason, text: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof StorageError, String(thrown));
    assert.equal(thrown.reason, reason, thrown.message);
    assert.match(thrown.message, text);
    return true;
  };
}

const BODY = Buffer.from('weights '.repeat(1000));

describe('a single file', () => {
  test('keeps its name and comes from the cache the second time', () =>
    withFetch(
      (request, response) => {
        if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
        else response.writeHead(200, { etag: '"v1"', 'content-length': BODY.length }).end(BODY);
      },
      async ({ fetch }) => {
        const first = await fetch('/models/churn.json?token=1');
        assert.match(first.path, /churn\.json$/);
        assert.deepEqual(await readFile(first.path), BODY);
        assert.equal(first.fromCache, false);
        const second = await fetch('/models/churn.json?token=1');
        assert.equal(second.fromCache, true);
        assert.equal(second.path, first.path);
      },
    ));

  test('a signature in the URL is written nowhere', () =>
    withFetch(
      (_request, response) => response.writeHead(200, { etag: '"a"' }).end(BODY),
      async ({ fetch, cache }) => {
        await fetch('/m.pkl?X-Amz-Signature=canary');
        for (const entry of await readdir(cache, { recursive: true, withFileTypes: true })) {
          assert.doesNotMatch(entry.name, /canary/);
          if (entry.isFile())
            assert.ok(!(await readFile(join(entry.parentPath, entry.name), 'utf8')).includes('canary'));
        }
      },
    ));

  test('a changed file is fetched anew and the old one stays whole', () =>
    withFetch(
      (_request, response, before) => {
        response.writeHead(200, { etag: `"v${before}"` }).end(`model ${before}`);
      },
      async ({ fetch }) => {
        const first = await fetch('/m.pkl');
        const second = await fetch('/m.pkl');
        assert.equal(await readFile(first.path, 'utf8'), 'model 0');
        assert.equal(await readFile(second.path, 'utf8'), 'model 1');
      },
    ));

  test('the earlier copy serves, with a warning, while the server is away', () =>
    withFetch(
      (_request, response, before) => {
        if (before === 0) response.end(BODY);
        else response.destroy();
      },
      async ({ fetch }) => {
        await fetch('/m.pkl');
        const warnings: string[] = [];
        const again = await fetch('/m.pkl', { onWarning: (warning) => warnings.push(warning) });
        assert.equal(again.fromCache, true);
        assert.match(warnings.join(), /earlier download/);
      },
    ));

  test('two fetches at once download once', () =>
    withFetch(
      (request, response) => {
        if (request.headers['if-none-match'] !== undefined) response.writeHead(304).end();
        else setTimeout(() => response.writeHead(200, { etag: '"a"' }).end(BODY), 150);
      },
      async ({ fetch, requests }) => {
        const both = await Promise.all([fetch('/m.pkl'), fetch('/m.pkl')]);
        assert.equal(both[0].path, both[1].path);
        assert.equal(requests.filter((one) => one.headers['if-none-match'] === undefined).length, 1);
      },
    ));

  test('a web page is no model', () =>
    withFetch(
      (_request, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end('<html>log in'),
      ({ fetch }) => assert.rejects(fetch('/m.pkl'), fails('DownloadFailed', /web page/)),
    ));

  test('a wrong digest leaves nothing behind', () =>
    withFetch(
      (_request, response) => response.end(BODY),
      async ({ fetch, cache }) => {
        await assert.rejects(fetch('/m.pkl', { sha256: '0'.repeat(64) }), fails('DigestMismatch', /sha256/));
        assert.deepEqual(await readdir(join(cache, 'trees')).catch(() => []), []);
        assert.deepEqual(await readdir(join(cache, 'partial')), []);
      },
    ));
});

describe('a connection that breaks', () => {
  /** Serves byte ranges, and cuts the first answer in the middle. */
  function cutOnce(etag: string | undefined): Handler {
    return (request, response, before) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? '0');
      const isResumed = request.headers.range !== undefined && request.headers['if-range'] === etag;
      const from = isResumed ? start : 0;
      const headers = {
        ...(etag === undefined ? {} : { etag }),
        'content-length': BODY.length - from,
        ...(isResumed ? { 'content-range': `bytes ${from}-${BODY.length - 1}/${BODY.length}` } : {}),
      };
      response.writeHead(isResumed ? 206 : 200, headers);
      if (before === 0) response.write(BODY.subarray(0, 3000), () => setTimeout(() => response.destroy(), 50));
      else response.end(BODY.subarray(from));
    };
  }

  test('is resumed where it stopped', () =>
    withFetch(cutOnce('"e"'), async ({ fetch, requests }) => {
      const { path } = await fetch('/m.pkl');
      assert.deepEqual(await readFile(path), BODY);
      assert.equal(requests[1]?.headers.range, 'bytes=3000-');
      assert.equal(requests[1]?.headers['if-range'], '"e"');
    }));

  test('starts over where the server gave no validator', () =>
    withFetch(cutOnce(undefined), async ({ fetch, requests }) => {
      const { path } = await fetch('/m.pkl');
      assert.deepEqual(await readFile(path), BODY);
      assert.equal(requests[1]?.headers.range, undefined);
    }));

  test('starts over where the file has changed meanwhile', () => {
    const other = Buffer.from('other '.repeat(500));
    return withFetch(
      (_request, response, before) => {
        const body = before === 0 ? BODY : other;
        response.writeHead(200, { etag: `"v${before}"`, 'content-length': body.length });
        if (before === 0) response.write(body.subarray(0, 3000), () => setTimeout(() => response.destroy(), 50));
        else response.end(body);
      },
      async ({ fetch }) => assert.deepEqual(await readFile((await fetch('/m.pkl')).path), other),
    );
  });

  test('gives up in the end and keeps no half model', () =>
    withFetch(
      (_request, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('x', () => setTimeout(() => response.destroy(), 10));
      },
      async ({ fetch, cache }) => {
        await assert.rejects(fetch('/m.pkl'), fails('DownloadFailed', /tried 2 times/));
        assert.deepEqual(await readdir(join(cache, 'trees')).catch(() => []), []);
      },
    ));

  test('is dropped when nothing comes any more', () =>
    withFetch(
      (_request, response, before) => {
        if (before === 0) response.writeHead(200, { 'content-length': BODY.length }).write('x');
        else response.end(BODY);
      },
      async ({ fetch }) => {
        const { path } = await fetch('/m.pkl', { stallTimeoutMs: 200 });
        assert.deepEqual(await readFile(path), BODY);
      },
    ));

  test('a 404 is not tried again', () =>
    withFetch(
      (_request, response) => response.writeHead(404).end(),
      async ({ fetch, requests }) => {
        await assert.rejects(fetch('/m.pkl'), fails('NotFound', /\/m\.pkl answers 404/));
        assert.equal(requests.length, 1);
      },
    ));

  test('a 503 is', () =>
    withFetch(
      (_request, response, before) => {
        if (before === 0) response.writeHead(503).end();
        else response.end(BODY);
      },
      async ({ fetch }) => assert.deepEqual(await readFile((await fetch('/m.pkl')).path), BODY),
    ));

  test('can be cancelled', () =>
    withFetch(
      (_request, response) => response.writeHead(200, { 'content-length': 100 }).write('x'),
      async ({ fetch }) => {
        const abort = new AbortController();
        setTimeout(() => abort.abort(), 100);
        await assert.rejects(fetch('/m.pkl', { signal: abort.signal }), fails('DownloadCancelled', /cancelled/));
      },
    ));
});

describe('bounds', () => {
  test('a body that announces too much is not read', () =>
    withFetch(
      (_request, response) => response.writeHead(200, { 'content-length': 1e12 }).write('x'),
      ({ fetch }) => assert.rejects(fetch('/m.pkl', { limits: { maxBytes: 1000 } }), fails('LimitExceeded', /1000/)),
    ));
  test('a body that turns out too large is cut', () =>
    withFetch(
      (_request, response) => response.end(BODY),
      ({ fetch }) => assert.rejects(fetch('/m.pkl', { limits: { maxBytes: 1000 } }), fails('LimitExceeded', /1000/)),
    ));
});

describe('an archive', () => {
  const files = [{ name: 'iris/1/model.onnx', content: 'graph' }];
  const kinds: [string, Buffer, string][] = [
    ['/m.tar', tarOf(files), 'application/x-tar'],
    ['/m.tar.gz', gzipSync(tarOf(files)), 'application/gzip'],
    ['/m.tgz', gzipSync(tarOf(files)), 'application/octet-stream'],
    ['/m.zip', zipOf(files), 'application/zip'],
    ['/download', zipOf(files), 'application/zip'],
  ];
  for (const [path, bytes, type] of kinds) {
    test(`${path} as ${type} is unpacked`, () =>
      withFetch(
        (_request, response) => response.setHeader('content-type', type).end(bytes),
        async ({ fetch }) => {
          const { path: folder } = await fetch(path);
          assert.equal(await readFile(join(folder, 'iris/1/model.onnx'), 'utf8'), 'graph');
        },
      ));
    const hostile = [
      { name: 'ok', content: 'x' },
      { name: '../evil', content: 'x' },
    ];
    const hostileBytes = /zip/.test(type)
      ? zipOf(hostile)
      : type === 'application/x-tar'
        ? tarOf(hostile)
        : gzipSync(tarOf(hostile));
    test(`${path} as ${type} that reaches out is refused and leaves nothing`, () =>
      withFetch(
        (_request, response) => response.setHeader('content-type', type).end(hostileBytes),
        async ({ fetch, cache }) => {
          await assert.rejects(fetch(path), fails('ArchiveRefused', /\.\.|relative path/));
          for (const folder of ['trees', 'drafts', 'partial', 'references']) {
            assert.deepEqual(await readdir(join(cache, folder)).catch(() => []), [], folder);
          }
        },
      ));
  }
  test('a name that promises one and keeps no promise is refused', () =>
    withFetch(
      (_request, response) => response.end('not packed'),
      ({ fetch }) => assert.rejects(fetch('/m.tar.gz'), fails('CorruptArchive', /no tar/)),
    ));
  test('a gzipped pickle is no archive', () =>
    withFetch(
      (_request, response) => response.setHeader('content-type', 'application/gzip').end(gzipSync('pickle')),
      async ({ fetch }) => assert.equal((await stat((await fetch('/model.pkl.gz')).path)).isFile(), true),
    ));
});

describe('a lock left by a process that died', () => {
  test('does not hold up the next fetch', () =>
    withFetch(
      (_request, response) => response.end(BODY),
      async ({ fetch, cache, url }) => {
        const { ModelCache } = await import('../cache/cache.ts');
        const { hostname } = await import('node:os');
        await mkdir(join(cache, 'locks'), { recursive: true });
        // No process has an id this large.
        const holder = JSON.stringify({ pid: 2 ** 30, host: hostname() });
        const { fetchKey } = await import('../fetch-key.ts');
        const key = fetchKey(`${url}/m.pkl`, { cacheFolder: cache });
        await writeFile(new ModelCache(cache).lockPath(key), holder);
        assert.deepEqual(await readFile((await fetch('/m.pkl')).path), BODY);
      },
    ));
});
