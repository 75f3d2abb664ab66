import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AzureStub, sendError, serveAzure } from '../../test/azure-stub.ts';
import { serveProxy } from '../../test/proxy-fixture.ts';
import { failureOf, listRemote, readRemote } from '../../test/remote-fixture.ts';
import { TEST_CA, TEST_TLS } from '../../test/tls-fixture.ts';
import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import { openRemote } from '../remote/open-remote.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import type { RemoteObject } from '../remote/remote-store.ts';

const BLOBS = {
  'lab/model.joblib': 'model',
  'lab/sub/notes.txt': 'notes',
  'lab/sub/empty.txt': '',
  'lab/sub!folder': '',
  'lab-hf/model.joblib': 'other',
  'labels.txt': 'labels',
};
const KEY = Buffer.from('canary').toString('base64');

function access(env: Record<string, string> = {}, more: Partial<RemoteAccess> = {}): RemoteAccess {
  return { credentials: { ...NO_CREDENTIALS, env }, processEnv: {}, ...more };
}

const uriOf = (stub: AzureStub, path: string) => `http://127.0.0.1:${stub.port}/devstoreaccount1/models/${path}`;
const paths = (objects: readonly RemoteObject[]) => objects.map((object) => object.path).sort();

describe('an emulator', () => {
  for (const [path, wanted] of [
    ['lab', ['model.joblib', 'sub/empty.txt', 'sub/notes.txt']],
    ['lab/', ['model.joblib', 'sub/empty.txt', 'sub/notes.txt']],
    ['labels.txt', ['labels.txt']],
    ['', ['lab-hf/model.joblib', 'lab/model.joblib', 'lab/sub/empty.txt', 'lab/sub/notes.txt', 'labels.txt']],
  ] as const) {
    test(`lists /${path}`, async () => {
      await using stub = await serveAzure('models', BLOBS);
      assert.deepEqual(paths(await listRemote(uriOf(stub, path), access())), wanted);
      assert.match(stub.requests[0]?.headers.authorization ?? '', /^SharedKey devstoreaccount1:/);
    });
  }

  test("Azure's own URL leads to it by a connection string", async () => {
    await using stub = await serveAzure('models', BLOBS);
    const endpoint = `http://127.0.0.1:${stub.port}/devstoreaccount1`;
    const text = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${KEY};BlobEndpoint=${endpoint};`;
    const processEnv = { AZURE_STORAGE_CONNECTION_STRING: text };
    const uri = 'https://devstoreaccount1.blob.core.windows.net/models/lab';
    assert.equal((await listRemote(uri, access({}, { processEnv }))).length, 3);
    const hadoop = 'abfss://models@devstoreaccount1.dfs.core.windows.net/lab';
    assert.equal((await listRemote(hadoop, access({}, { processEnv }))).length, 3);
  });

  test('long listings, bytes, ranges and digests, of the version that was listed', async () => {
    const many = Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`m/${index}`, 'x']));
    await using stub = await serveAzure('models', { ...BLOBS, ...many });
    assert.equal((await listRemote(uriOf(stub, 'm'), access())).length, 2500);
    assert.equal(await readRemote(uriOf(stub, 'labels.txt'), access()), 'labels');
    assert.equal(await readRemote(uriOf(stub, 'labels.txt'), access(), { start: 1, end: 3 }), 'ab');
    assert.equal(await readRemote(uriOf(stub, 'labels.txt'), access(), { start: 4 }), 'ls');
    const location = await openRemote(uriOf(stub, 'labels.txt'), access());
    assert.ok(location !== undefined);
    const [object] = await Array.fromAsync(location.store.list(location.prefix));
    assert.match(object?.md5 ?? '', /^[0-9a-f]{32}$/);
    stub.blobs.set('labels.txt', 'others');
    assert.equal((await failureOf(location.store.read(object as RemoteObject))).reason, 'ObjectChanged');
    await location.store.close?.();
  });
});

/** Azure's hosts, all of them one stub behind a proxy. */
async function azure() {
  const stub = await serveAzure('models', BLOBS, TEST_TLS);
  const proxy = await serveProxy({ map: () => stub.port });
  const how = (env: Record<string, string>): RemoteAccess => ({
    credentials: { ...NO_CREDENTIALS, env, caBundles: [TEST_CA] },
    processEnv: { HTTPS_PROXY: proxy.url },
  });
  return {
    stub,
    proxy,
    how,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await stub[Symbol.asyncDispose]();
    },
  };
}

describe('Azure itself, through a proxy and by its CA', () => {
  const uri = 'https://acct.blob.core.windows.net/models/lab';

  test('an access key, a signature, a token, nothing', async () => {
    await using cloud = await azure();
    assert.equal((await listRemote(uri, cloud.how({ AZURE_STORAGE_ACCESS_KEY: KEY }))).length, 3);
    assert.match(cloud.stub.requests.at(-1)?.headers.authorization ?? '', /^SharedKey acct:/);
    assert.equal((await listRemote(`${uri}?sv=2024-01-01&sig=canary`, cloud.how({}))).length, 3);
    assert.match(cloud.stub.requests.at(-1)?.url ?? '', /[?&]sig=canary/);
    assert.equal((await listRemote(uri, cloud.how({ AZURE_ACCESS_TOKEN: 'canary' }))).length, 3);
    assert.equal(cloud.stub.requests.at(-1)?.headers.authorization, 'Bearer canary');
    assert.equal((await listRemote(uri, cloud.how({}))).length, 3);
    assert.equal(cloud.stub.requests.at(-1)?.headers.authorization, undefined);
    assert.ok(cloud.proxy.asked.every((one) => one === 'CONNECT acct.blob.core.windows.net:443'));
  });

  const PRINCIPAL = { AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 'canary', AZURE_TENANT_ID: 't' };

  test('a service principal buys one token', async () => {
    await using cloud = await azure();
    cloud.stub.intercept = (request, response) => {
      if (request.url !== '/t/oauth2/v2.0/token') return false;
      response.end(JSON.stringify({ access_token: 'bought', expires_in: 3600, token_type: 'Bearer' }));
      return true;
    };
    assert.equal((await listRemote(uri, cloud.how(PRINCIPAL))).length, 3);
    const [token, ...rest] = cloud.stub.requests;
    assert.equal(new URLSearchParams(token?.body).get('client_secret'), 'canary');
    assert.equal(new URLSearchParams(token?.body).get('scope'), 'https://storage.azure.com/.default');
    for (const { headers } of rest) assert.equal(headers.authorization, 'Bearer bought');
    assert.equal(cloud.proxy.asked[0], 'CONNECT login.microsoftonline.com:443');
  });

  test('a refused principal is told without its secret', async () => {
    await using cloud = await azure();
    cloud.stub.intercept = (request, response) => {
      if (request.url !== '/t/oauth2/v2.0/token') return false;
      response.writeHead(401);
      response.end(JSON.stringify({ error: 'invalid_client', error_description: 'AADSTS7000222: canary' }));
      return true;
    };
    const error = await failureOf(listRemote(uri, cloud.how(PRINCIPAL)));
    assert.equal(error.reason, 'AccessDenied');
    assert.match(error.message, /secret.*expired/);
  });
});

describe('failures in words', () => {
  for (const [status, code, env, reason, words] of [
    [403, 'AuthenticationFailed', {}, 'AccessDenied', /not accepted.*clock/],
    [403, 'AuthorizationPermissionMismatch', {}, 'AccessDenied', /Storage Blob Data Reader/],
    [404, 'ContainerNotFound', {}, 'NotFound', /no such container/],
    [503, 'ServerBusy', {}, 'DownloadFailed', /overloaded/],
    [418, 'Teapot', {}, 'DownloadFailed', /418/],
  ] as const) {
    test(code, async () => {
      await using stub = await serveAzure('models', BLOBS);
      stub.intercept = (_request, response) => {
        sendError(response, status, code);
        return true;
      };
      const error = await failureOf(listRemote(uriOf(stub, 'lab'), access(env)));
      assert.equal(error.reason, reason);
      assert.match(error.message, words);
    });
  }

  test('a private container and no credentials', async () => {
    await using cloud = await azure();
    cloud.stub.intercept = (_request, response) => {
      sendError(response, 404, 'ResourceNotFound');
      return true;
    };
    const error = await failureOf(listRemote('https://acct.blob.core.windows.net/models/lab', cloud.how({})));
    assert.equal(error.reason, 'AccessDenied');
    assert.match(error.message, /AZURE_STORAGE_ACCESS_KEY/);
  });

  test('nothing there, nothing listening, not allowed, broken keys', async () => {
    await using stub = await serveAzure('models', BLOBS);
    assert.match((await failureOf(listRemote(uriOf(stub, 'labs'), access()))).message, /there is lab/);
    const closed = await failureOf(listRemote('http://127.0.0.1:1/devstoreaccount1/models/a', access()));
    assert.match(closed.message, /nothing listens there/);
    const strict = await failureOf(listRemote(uriOf(stub, 'lab'), access({}, { strictEgress: true })));
    assert.equal(strict.reason, 'UrlNotAllowed');
    const key = await failureOf(listRemote(uriOf(stub, 'lab'), access({ AZURE_STORAGE_ACCESS_KEY: 'can ary' })));
    assert.match(key.message, /not base64/);
    const connection = access({ AZURE_STORAGE_CONNECTION_STRING: 'canary' });
    assert.match((await failureOf(listRemote(uriOf(stub, 'lab'), connection))).message, /is not one/);
    stub.intercept = (_request, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/' });
      response.end();
      return true;
    };
    const redirected = await failureOf(listRemote(uriOf(stub, 'lab'), access()));
    assert.ok(redirected.reason === 'UrlNotAllowed' || /302/.test(redirected.message), redirected.message);
  });
});
