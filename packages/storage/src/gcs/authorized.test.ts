import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { serveGcs } from '../../test/gcs-stub.ts';
import { serveProxy } from '../../test/proxy-fixture.ts';
import { listRemote } from '../../test/remote-fixture.ts';
import { TEST_CA, TEST_TLS } from '../../test/tls-fixture.ts';
import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import { StorageError } from '../storage-error.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

function withKey(key: object, more: Partial<RemoteAccess>): RemoteAccess {
  const path = '/var/secrets/gcloud-application-credentials.json';
  return {
    credentials: {
      ...NO_CREDENTIALS,
      env: { GOOGLE_APPLICATION_CREDENTIALS: path },
      files: { [path]: JSON.stringify(key) },
      caBundles: [TEST_CA],
    },
    processEnv: {},
    ...more,
  };
}

const SERVICE_ACCOUNT = {
  type: 'service_account',
  project_id: 'p',
  private_key_id: 'k',
  private_key: privateKey,
  client_email: 'reader@p.iam.gserviceaccount.com',
  client_id: '1',
  // Never asked: it is the text of whoever wrote the Secret.
  token_uri: 'http://169.254.169.254/token',
};

async function list(how: RemoteAccess): Promise<string[]> {
  return (await listRemote('gs://field/lab', how)).map((object) => object.path ?? object.key);
}

/** Google's hosts, all of them one stub behind a proxy. */
async function google(token: { status: number; body: object }) {
  const stub = await serveGcs('field', { 'lab/model.joblib': 'model' }, TEST_TLS);
  const proxy = await serveProxy({ map: () => stub.port });
  stub.intercept = (request, response) => {
    if (request.url !== '/token') return false;
    response.writeHead(token.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(token.body));
    return true;
  };
  return {
    stub,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await stub[Symbol.asyncDispose]();
    },
  };
}

describe("a service account's key", () => {
  test('buys a token that every request carries, all through the proxy and by its CA', async () => {
    await using cloud = await google({
      status: 200,
      body: { access_token: 'bought', expires_in: 3600, token_type: 'Bearer' },
    });
    const paths = await list(withKey(SERVICE_ACCOUNT, { processEnv: { HTTPS_PROXY: cloud.proxy.url } }));
    assert.deepEqual(paths, ['model.joblib']);
    assert.deepEqual(
      new Set(cloud.proxy.asked),
      new Set(['CONNECT oauth2.googleapis.com:443', 'CONNECT storage.googleapis.com:443']),
    );
    const asked = cloud.stub.requests.filter((request) => request.url !== '/token');
    assert.ok(asked.length > 0);
    for (const { headers } of asked) assert.equal(headers.authorization, 'Bearer bought');
    assert.equal(cloud.stub.requests.length - asked.length, 1);
  });

  test('a refused one is told without its text', async () => {
    await using cloud = await google({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid JWT' },
    });
    await assert.rejects(list(withKey(SERVICE_ACCOUNT, { processEnv: { HTTPS_PROXY: cloud.proxy.url } })), (thrown) => {
      assert.ok(thrown instanceof StorageError, String(thrown));
      assert.equal(thrown.reason, 'AccessDenied');
      assert.match(thrown.message, /does not accept the key/);
      return true;
    });
  });

  test('one that is no key at all', async () => {
    const broken = { ...SERVICE_ACCOUNT, private_key: 'canary' };
    await assert.rejects(list(withKey(broken, {})), (thrown) => {
      assert.ok(thrown instanceof StorageError, String(thrown));
      assert.equal(thrown.reason, 'AccessDenied');
      assert.doesNotMatch(thrown.message, /canary/);
      return true;
    });
  });
});
