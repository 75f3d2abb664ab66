import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import { StorageError } from '../storage-error.ts';
import { s3Config } from './s3-config.ts';

const config = (env: Record<string, string>, processEnv: Record<string, string> = {}) =>
  s3Config({ credentials: { ...NO_CREDENTIALS, env }, processEnv });

const OWNER = { AWS_ACCESS_KEY_ID: 'owner', AWS_SECRET_ACCESS_KEY: 'o', AWS_SESSION_TOKEN: 't' };

describe('s3Config', () => {
  test("Amazon's own without anything said", () => {
    const found = config({});
    assert.deepEqual(found, {
      region: 'us-east-1',
      pathStyle: false,
      accelerate: false,
      credentials: { kind: 'ambient' },
    });
  });

  test("the old global endpoint is Amazon's own", () => {
    assert.equal(config({ AWS_ENDPOINT_URL: 'https://s3.amazonaws.com' }).endpoint, undefined);
    const regional = config({ AWS_ENDPOINT_URL: 'https://s3.eu-west-3.amazonaws.com' });
    assert.equal(regional.pathStyle, false);
  });

  test('another server: path style unless said otherwise', () => {
    assert.equal(config({ AWS_ENDPOINT_URL: 'http://minio:9000' }).pathStyle, true);
    const virtual = config({ AWS_ENDPOINT_URL: 'http://minio:9000', S3_USER_VIRTUAL_BUCKET: 'True' });
    assert.equal(virtual.pathStyle, false);
    assert.equal(config({ S3_ENDPOINT: 'minio:9000', S3_USE_HTTPS: '0' }).endpoint, 'http://minio:9000');
    assert.equal(config({}, { AWS_ENDPOINT_URL_S3: 'http://a', AWS_ENDPOINT_URL: 'http://b' }).endpoint, 'http://a');
  });

  test('keys come as a pair from one place, with their own token', () => {
    const found = config({ AWS_ACCESS_KEY_ID: 'mine', AWS_SECRET_ACCESS_KEY: 'm' }, OWNER);
    assert.deepEqual(found.credentials, { kind: 'keys', accessKeyId: 'mine', secretAccessKey: 'm' });
    assert.deepEqual(config({ AWS_ACCESS_KEY_ID: 'half' }, OWNER).credentials, {
      kind: 'keys',
      accessKeyId: 'owner',
      secretAccessKey: 'o',
      sessionToken: 't',
    });
  });

  test("a server that the service names is not shown the owner's keys", () => {
    const found = config({ AWS_ENDPOINT_URL: 'http://evil.example' }, OWNER);
    assert.deepEqual(found.credentials, { kind: 'anonymous' });
    const own = config({}, { ...OWNER, AWS_ENDPOINT_URL: 'http://minio:9000' });
    assert.equal(own.credentials.kind, 'keys');
  });

  test('anonymous wins over keys', () => {
    const found = config({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', awsAnonymousCredential: 'True' });
    assert.deepEqual(found.credentials, { kind: 'anonymous' });
  });

  test('what is no endpoint or region is refused', () => {
    assert.throws(() => config({ AWS_ENDPOINT_URL: 's3://a/b' }), StorageError);
    assert.throws(() => config({ AWS_DEFAULT_REGION: 'a b' }), StorageError);
  });
});
