import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveProxy } from '../../test/proxy-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { TEST_CA, TEST_TLS } from '../../test/tls-fixture.ts';
import { StorageError } from '../storage-error.ts';
import { createHttpFetcher } from './http-fetcher.ts';

test('a model comes through a TLS proxy, from a server with a CA of its own', async () => {
  const server = createServer(TEST_TLS, (_request, response) => response.end('model'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using proxy = await serveProxy({ tls: true });
  await using folder = await temporaryFolder();
  const { port } = server.address() as AddressInfo;
  const fetch = (caBundles: string[]) =>
    createHttpFetcher().fetch(`https://files.models.test:${port}/m.pkl`, {
      cacheFolder: join(folder.path, 'cache'),
      maxAttempts: 1,
      processEnv: { HTTPS_PROXY: proxy.url },
      credentials: { env: {}, files: {}, caBundles },
    });
  try {
    await assert.rejects(fetch([]), (thrown) => {
      assert.ok(thrown instanceof StorageError);
      assert.match(thrown.message, /certificate|self.signed|issuer/i);
      return true;
    });
    assert.equal(await readFile((await fetch([TEST_CA])).path, 'utf8'), 'model');
    assert.deepEqual(proxy.asked.at(-1), `CONNECT files.models.test:${port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a proxy does not open the way to metadata services', async () => {
  await using proxy = await serveProxy();
  await using folder = await temporaryFolder();
  for (const uri of ['http://169.254.169.254/latest', 'http://metadata.google.internal/x']) {
    const fetch = createHttpFetcher().fetch(uri, { cacheFolder: folder.path, processEnv: { HTTP_PROXY: proxy.url } });
    await assert.rejects(fetch, (thrown) => thrown instanceof StorageError && thrown.reason === 'UrlNotAllowed');
  }
  assert.deepEqual(proxy.asked, []);
});
