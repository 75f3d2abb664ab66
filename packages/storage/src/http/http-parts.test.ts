import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type HttpFixture, serveHttp } from '../../test/http-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { FetchedModel, FetchOptions } from '../fetcher.ts';
import { StorageError } from '../storage-error.ts';
import { createHttpFetcher } from './http-fetcher.ts';

const BODY = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 13 + (index >> 7)) & 255));

/** What a server does that is not quite right. */
interface Manners {
  /** Bytes of each answer before the connection breaks; by the count of requests before it. */
  readonly cutAt?: (before: number, length: number) => number | undefined;
  readonly ignoresRanges?: boolean;
  readonly content?: (before: number) => { readonly body: Buffer; readonly etag: string };
  readonly refuses?: (
    before: number,
  ) => { readonly status: number; readonly headers?: Record<string, string> } | undefined;
}

/** A server of one file that knows ranges and If-Range. */
function fileServer(manners: Manners): Promise<HttpFixture> {
  return serveHttp((request: IncomingMessage, response: ServerResponse, before) => {
    const refusal = manners.refuses?.(before);
    if (refusal !== undefined) {
      response.writeHead(refusal.status, refusal.headers ?? {}).end();
      return;
    }
    const { body, etag } = manners.content?.(before) ?? { body: BODY, etag: '"one"' };
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const isRange =
      first !== undefined &&
      (request.headers['if-range'] ?? etag) === etag &&
      (manners.ignoresRanges !== true || before === 0);
    const start = isRange ? Number(first) : 0;
    const end = isRange && last !== '' ? Number(last) + 1 : body.length;
    response.writeHead(isRange ? 206 : 200, {
      etag,
      'accept-ranges': 'bytes',
      'content-length': end - start,
      ...(isRange ? { 'content-range': `bytes ${start}-${end - 1}/${body.length}` } : {}),
    });
    const cut = manners.cutAt?.(before, end - start);
    if (cut === undefined) response.end(body.subarray(start, end));
    else response.write(body.subarray(start, start + cut), () => setTimeout(() => response.destroy(), 20));
  });
}

async function withServer(
  manners: Manners,
  work: (fetch: (options?: Partial<FetchOptions>) => Promise<FetchedModel>, server: HttpFixture) => Promise<void>,
): Promise<void> {
  await using server = await fileServer(manners);
  await using folder = await temporaryFolder();
  const fetch = (options: Partial<FetchOptions> = {}) =>
    createHttpFetcher().fetch(`${server.url}/model.bin`, {
      cacheFolder: join(folder.path, 'cache'),
      partsFromBytes: 9_000,
      stallTimeoutMs: 2_000,
      ...options,
    });
  await work(fetch, server);
}

const ranges = (server: HttpFixture) => server.requests.map(({ headers }) => headers.range).sort();

describe('a large file', () => {
  test('comes in parts, all of one version', () =>
    withServer({}, async (fetch, server) => {
      assert.deepEqual(await readFile((await fetch()).path), BODY);
      assert.deepEqual(ranges(server), [
        'bytes=0-8999',
        'bytes=18000-26999',
        'bytes=27000-35999',
        'bytes=36000-39999',
        'bytes=9000-17999',
        undefined,
      ]);
      assert.ok(server.requests.slice(1).every(({ headers }) => headers['if-range'] === '"one"'));
    }));

  for (const share of [0.1, 0.5, 0.99]) {
    test(`survives connections that break at ${share * 100} %`, () =>
      withServer(
        { cutAt: (before, length) => (before < 8 ? Math.floor(length * share) : undefined) },
        async (fetch) => {
          assert.deepEqual(await readFile((await fetch()).path), BODY);
        },
      ));
  }

  test('comes in one piece where the server promised parts and sends the whole', () =>
    withServer({ ignoresRanges: true }, async (fetch) => {
      assert.deepEqual(await readFile((await fetch()).path), BODY);
    }));

  test('that changes between its parts begins anew', () => {
    const later = Buffer.from(BODY.map((byte) => byte ^ 1));
    const content = (before: number) => (before < 3 ? { body: BODY, etag: '"one"' } : { body: later, etag: '"two"' });
    return withServer({ content }, async (fetch) => {
      assert.deepEqual(await readFile((await fetch()).path), later);
    });
  });

  test('that changes to another size begins anew', () => {
    const later = BODY.subarray(0, 20_000);
    const content = (before: number) => (before < 3 ? { body: BODY, etag: '"one"' } : { body: later, etag: '"two"' });
    return withServer({ content }, async (fetch) => {
      assert.deepEqual(await readFile((await fetch()).path), later);
    });
  });

  for (const status of [429, 503]) {
    test(`waits as long as a ${status} asks for`, () => {
      const refuses = (before: number) => (before === 2 ? { status, headers: { 'retry-after': '1' } } : undefined);
      return withServer({ refuses }, async (fetch, server) => {
        assert.deepEqual(await readFile((await fetch()).path), BODY);
        assert.equal(server.requests.length, 7);
      });
    });
  }

  test('that is gone in the middle is said so', () =>
    withServer({ refuses: (before) => (before > 1 ? { status: 404 } : undefined) }, (fetch) =>
      assert.rejects(fetch(), (thrown) => thrown instanceof StorageError && thrown.reason === 'NotFound'),
    ));
});

describe('headers', () => {
  test("of the owner's credentials go to their host only", () =>
    withServer({}, async (fetch, server) => {
      const host = new URL(server.url).host;
      const credentials = { files: {}, caBundles: [] };
      await fetch({ credentials: { ...credentials, env: { [`${host}-headers`]: 'authorization: Bearer abc' } } });
      assert.equal(server.requests[0]?.headers.authorization, 'Bearer abc');
      const before = server.requests.length;
      await fetch({
        credentials: { ...credentials, env: { 'elsewhere.example-headers': 'authorization: Bearer abc' } },
      });
      assert.equal(server.requests[before]?.headers.authorization, undefined);
    }));

  test('that differ are different models: what one owner may read is not given to another', () =>
    withServer({ refuses: (before) => (before > 6 ? { status: 503 } : undefined) }, async (fetch) => {
      const mine = await fetch({ headers: { authorization: 'mine' } });
      assert.deepEqual(await readFile(mine.path), BODY);
      await assert.rejects(fetch({ headers: { authorization: 'theirs' }, maxAttempts: 1 }), /503/);
      assert.equal((await fetch({ headers: { authorization: 'mine' }, maxAttempts: 1 })).path, mine.path);
    }));
});
