import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { serveProxy } from '../../test/proxy-fixture.ts';
import { failureOf, listRemote } from '../../test/remote-fixture.ts';
import { sendError, serveS3 } from '../../test/s3-stub.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { TEST_CA, TEST_TLS } from '../../test/tls-fixture.ts';
import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import { StorageError } from '../storage-error.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'canary' };

async function list(how: RemoteAccess): Promise<string[]> {
  return (await listRemote('s3://field/lab', how)).map((object) => object.path ?? object.key);
}

/** Amazon's client itself reads where profiles lie from the process's environment. */
async function withProfiles(folder: string, work: () => Promise<void>): Promise<void> {
  const names = ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, 'credentials');
  process.env.AWS_CONFIG_FILE = join(folder, 'config');
  try {
    await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

describe('the network of S3', () => {
  test("Amazon's own hosts through a proxy, by a CA of the credentials", async () => {
    await using stub = await serveS3('field', { 'lab/model.joblib': 'model' }, TEST_TLS);
    await using proxy = await serveProxy({ map: () => stub.port });
    const credentials = { ...NO_CREDENTIALS, env: KEYS, caBundles: [TEST_CA] };
    assert.deepEqual(await list({ credentials, processEnv: { HTTPS_PROXY: proxy.url } }), ['model.joblib']);
    assert.match(proxy.asked.join(), /^CONNECT field\.s3\.(us-east-1\.)?amazonaws\.com:443/);
  });

  test('a bucket in another region is found there', async () => {
    await using stub = await serveS3('field', { 'lab/model.joblib': 'model' }, TEST_TLS);
    await using proxy = await serveProxy({ map: () => stub.port });
    stub.intercept = (request, response) => {
      if (request.headers.host?.includes('eu-west-3') === true) return false;
      response.setHeader('x-amz-bucket-region', 'eu-west-3');
      sendError(response, 301, 'PermanentRedirect');
      return true;
    };
    const credentials = { ...NO_CREDENTIALS, env: { ...KEYS, S3_VERIFY_SSL: 'false' } };
    assert.deepEqual(await list({ credentials, processEnv: { HTTPS_PROXY: proxy.url } }), ['model.joblib']);
    assert.match(proxy.asked.at(-1) ?? '', /field\.s3\.eu-west-3\.amazonaws\.com/);
    assert.match(stub.requests.at(-1)?.headers.authorization ?? '', /\/eu-west-3\/s3\//);
  });

  test('a server of one region is asked for that one', async () => {
    await using stub = await serveS3('field', { 'lab/model.joblib': 'model' });
    stub.intercept = (request, response) => {
      if (/\/eu-west-3\/s3\//.test(request.headers.authorization ?? '')) return false;
      sendError(response, 400, 'AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>');
      return true;
    };
    const env = { ...KEYS, AWS_ENDPOINT_URL: `http://127.0.0.1:${stub.port}` };
    assert.deepEqual(await list({ credentials: { ...NO_CREDENTIALS, env }, processEnv: {} }), ['model.joblib']);
    assert.match(stub.requests.at(-1)?.headers.authorization ?? '', /\/eu-west-3\/s3\//);
  });

  test('a clock that is wrong is put right', async () => {
    await using stub = await serveS3('field', { 'lab/model.joblib': 'model' });
    const ahead = Date.now() + 3_600_000;
    stub.intercept = (request, response) => {
      const [, year, month, day, hour, minute, second] =
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(request.headers['x-amz-date'])) ?? [];
      const asked = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
      if (Math.abs(asked - ahead) < 900_000) return false;
      response.setHeader('date', new Date(ahead).toUTCString());
      sendError(response, 403, 'RequestTimeTooSkewed');
      return true;
    };
    const env = { ...KEYS, AWS_ENDPOINT_URL: `http://127.0.0.1:${stub.port}` };
    assert.deepEqual(await list({ credentials: { ...NO_CREDENTIALS, env }, processEnv: {} }), ['model.joblib']);
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
    const credentials = { ...NO_CREDENTIALS, env: { AWS_ENDPOINT_URL: `http://127.0.0.1:${stub.port}` } };
    await withProfiles('/nowhere', async () => {
      assert.deepEqual(await list({ credentials, processEnv: {} }), ['model.joblib']);
      assert.equal(stub.requests[0]?.headers.authorization, undefined);
      stub.intercept = (_request, response) => {
        sendError(response, 403, 'AccessDenied');
        return true;
      };
      const error = await failureOf(list({ credentials, processEnv: {} }));
      assert.equal(error.reason, 'AccessDenied');
      assert.match(error.message, /no S3 credentials.*AWS_SECRET_ACCESS_KEY/);
    });
  });

  test("a profile of the owner's counts where the service has no credentials", async () => {
    await using stub = await serveS3('field', { 'lab/model.joblib': 'model' });
    await using folder = await temporaryFolder();
    const profile = '[default]\naws_access_key_id = mine\naws_secret_access_key = canary\n';
    await writeFile(join(folder.path, 'credentials'), profile);
    const processEnv = { AWS_ENDPOINT_URL: `http://127.0.0.1:${stub.port}` };
    await withProfiles(folder.path, async () => {
      assert.deepEqual(await list({ credentials: NO_CREDENTIALS, processEnv }), ['model.joblib']);
      const own = { ...NO_CREDENTIALS, env: KEYS };
      assert.deepEqual(await list({ credentials: own, processEnv }), ['model.joblib']);
    });
    assert.match(stub.requests[0]?.headers.authorization ?? '', /Credential=mine\//);
    assert.match(stub.requests.at(-1)?.headers.authorization ?? '', /Credential=id\//);
  });
});
