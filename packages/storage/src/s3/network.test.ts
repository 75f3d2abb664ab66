import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serveProxy } from '../../test/proxy-fixture.ts';
import { listRemote } from '../../test/remote-fixture.ts';
import { sendError, serveS3 } from '../../test/s3-stub.ts';
import { TEST_CA, TEST_TLS } from '../../test/tls-fixture.ts';
import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import { StorageError } from '../storage-error.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'canary' };

async function list(how: RemoteAccess): Promise<string[]> {
  return (await listRemote('s3://field/lab', how)).map((object) => object.path ?? object.key);
}

describe('the network of S3', () => {
  test("Amazon's own hosts through a proxy, by a CA of the credentials", async () => {
    await using stub = await serveS3('field', { 'lab/model.joblib': 'model' }, TEST_TLS);
    await using proxy = await serveProxy({ map: () => stub.port });
    const credentials = { ...NO_CREDENTIALS, env: KEYS, caBundles: [TEST_CA] };
    assert.deepEqual(await list({ credentials, processEnv: { HTTPS_PROXY: proxy.url } }), ['model.joblib']);
    assert.match(proxy.asked.join(), /^CONNECT field\.s3\.(us-east-1\.)?amazonaws\.com:443/);
  });

  test('a certificate that nobody vouches for is refused, unless verifying is off', async () => {
    await using stub = await serveS3('field', { 'lab/model.joblib': 'model' }, TEST_TLS);
    const env = { ...KEYS, AWS_ENDPOINT_URL: `https://127.0.0.1:${stub.port}` };
    const how = (more: Record<string, string>, caBundles: string[] = []) => ({
      credentials: { ...NO_CREDENTIALS, env: { ...env, ...more }, caBundles },
      processEnv: {},
    });
    await assert.rejects(list(how({})), (thrown) => {
      assert.ok(thrown instanceof StorageError);
      assert.match(thrown.message, /certificate is not trusted/);
      assert.equal(thrown.isTransient, false);
      return true;
    });
    assert.deepEqual(await list(how({ S3_VERIFY_SSL: '0' })), ['model.joblib']);
    assert.deepEqual(await list(how({}, [TEST_CA])), ['model.joblib']);
  });

  test('without credentials and without any on this machine it asks as a stranger, and says what to do', async () => {
    await using stub = await serveS3('field', { 'lab/model.joblib': 'model' });
    const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${stub.port}` };
    const before = { file: process.env.AWS_SHARED_CREDENTIALS_FILE, config: process.env.AWS_CONFIG_FILE };
    process.env.AWS_SHARED_CREDENTIALS_FILE = '/nowhere/credentials';
    process.env.AWS_CONFIG_FILE = '/nowhere/config';
    try {
      assert.deepEqual(await list({ credentials: { ...NO_CREDENTIALS, env }, processEnv: {} }), ['model.joblib']);
      assert.equal(stub.requests[0]?.headers.authorization, undefined);
      stub.intercept = (_request, response) => {
        sendError(response, 403, 'AccessDenied');
        return true;
      };
      await assert.rejects(list({ credentials: { ...NO_CREDENTIALS, env }, processEnv: {} }), (thrown) => {
        assert.ok(thrown instanceof StorageError, String(thrown));
        assert.equal(thrown.reason, 'AccessDenied');
        assert.match(thrown.message, /no S3 credentials.*AWS_SECRET_ACCESS_KEY/);
        return true;
      });
    } finally {
      if (before.file === undefined) delete process.env.AWS_SHARED_CREDENTIALS_FILE;
      else process.env.AWS_SHARED_CREDENTIALS_FILE = before.file;
      if (before.config === undefined) delete process.env.AWS_CONFIG_FILE;
      else process.env.AWS_CONFIG_FILE = before.config;
    }
  });
});
