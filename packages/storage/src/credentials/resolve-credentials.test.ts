import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CredentialsInput, SecretSource } from './credentials.ts';
import { headersFor } from './http-headers.ts';
import { resolveCredentials } from './resolve-credentials.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const S3 = 'serving.kserve.io/s3-';

function secret(name: string, values: Record<string, string>, annotations: Record<string, string> = {}): SecretSource {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)]));
  return { metadata: { name, annotations }, data };
}

function resolve(secrets: readonly SecretSource[], more: Partial<CredentialsInput> & { account?: object } = {}) {
  const byName = new Map(secrets.map((one) => [one.metadata.name, one]));
  return resolveCredentials({
    annotations: {},
    serviceAccountName: 'sa',
    serviceAccount: {
      metadata: { name: 'sa', annotations: more.account as Record<string, string> },
      secrets: secrets.map((one) => ({ name: one.metadata.name })),
    },
    secret: (name) => byName.get(name),
    configMap: (name) => (name === 'cas' ? { data: { 'cabundle.crt': PEM, 'other.crt': `${PEM}2` } } : undefined),
    env: {},
    ...more,
  });
}

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };

describe('S3', () => {
  test('keys and annotations of a Secret', () => {
    const annotations = {
      [`${S3}endpoint`]: '127.0.0.1:9097',
      [`${S3}usehttps`]: '0',
      [`${S3}region`]: 'us-east-2',
      [`${S3}verifyssl`]: '0',
      [`${S3}usevirtualbucket`]: 'True',
      [`${S3}useaccelerate`]: 'false',
      [`${S3}useanoncredential`]: 'true',
    };
    const found = resolve([secret('s3', KEYS, annotations)]);
    assert.deepEqual(found.warnings, []);
    assert.deepEqual(found.env, {
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'key',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9097',
      S3_ENDPOINT: '127.0.0.1:9097',
      S3_USE_HTTPS: '0',
      AWS_DEFAULT_REGION: 'us-east-2',
      S3_VERIFY_SSL: '0',
      S3_USER_VIRTUAL_BUCKET: 'true',
      S3_USE_ACCELERATE: 'false',
      awsAnonymousCredential: 'true',
    });
  });

  test('the older spelling of the keys, and names of the configuration', () => {
    const old = resolve([secret('s3', { awsAccessKeyID: 'a', awsSecretAccessKey: 'b' })]);
    assert.equal(old.env.AWS_ACCESS_KEY_ID, 'a');
    assert.equal(old.env.AWS_SECRET_ACCESS_KEY, 'b');
    const named = resolve([secret('s3', { user: 'a', pass: 'b' })], {
      config: {
        s3: { s3AccessKeyIDName: 'user', s3SecretAccessKeyName: 'pass', s3Endpoint: 'minio:9000', s3UseHttps: '0' },
      },
    });
    assert.equal(named.env.AWS_SECRET_ACCESS_KEY, 'b');
    assert.equal(named.env.AWS_ENDPOINT_URL, 'http://minio:9000');
  });

  test('annotations of the ServiceAccount count, those of the Secret win', () => {
    const account = { [`${S3}endpoint`]: '127.0.0.1:9099', [`${S3}usehttps`]: '0', [`${S3}region`]: 'us-east-2' };
    assert.equal(resolve([secret('s3', KEYS)], { account }).env.AWS_ENDPOINT_URL, 'http://127.0.0.1:9099');
    const both = resolve([secret('s3', KEYS, { [`${S3}endpoint`]: 'minio:9000' })], { account });
    assert.equal(both.env.AWS_ENDPOINT_URL, 'http://minio:9000');
    assert.equal(both.env.AWS_DEFAULT_REGION, 'us-east-2');
  });

  test('an endpoint of another shape stops everything, by name', () => {
    const found = resolve([secret('s3', KEYS, { [`${S3}endpoint`]: 's3://field/lab' })]);
    assert.equal(found.error?.reason, 'InvalidCredentials');
    assert.match(found.error?.message ?? '', /s3-endpoint of Secret s3 is "s3:\/\/field\/lab"/);
  });

  test("what is wrong with S3 is a warning for another cloud's model", () => {
    const odd = { [`${S3}endpoint`]: 's3://field/lab', [`${S3}cabundle-configmap`]: 'gone' };
    const found = resolve([secret('s3', KEYS, odd), secret('hf', { HF_TOKEN: 't' })], { uri: 'hf://a/b' });
    assert.equal(found.error, undefined);
    assert.equal(found.env.HF_TOKEN, 't');
    assert.match(found.warnings.join(), /s3:\/\/field\/lab/);
  });

  test('an empty endpoint counts as not set, with a warning', () => {
    const found = resolve([secret('s3', KEYS, { [`${S3}endpoint`]: '', [`${S3}usehttps`]: '1' })]);
    assert.equal(found.error, undefined);
    assert.equal(found.env.AWS_ENDPOINT_URL, undefined);
    assert.match(found.warnings.join('\n'), /s3-endpoint of Secret s3 is empty/);
  });

  test('half of a pair of keys, and blanks around them', () => {
    const half = resolve([secret('s3', { AWS_SECRET_ACCESS_KEY: 'canary' })]);
    assert.equal(half.env.AWS_SECRET_ACCESS_KEY, undefined);
    assert.match(half.warnings.join(), /Secret s3 has no AWS_ACCESS_KEY_ID/);
    const blanks = resolve([secret('s3', { AWS_ACCESS_KEY_ID: 'id\n', AWS_SECRET_ACCESS_KEY: ' key' })]);
    assert.equal(blanks.env.AWS_ACCESS_KEY_ID, 'id');
    assert.equal(blanks.env.AWS_SECRET_ACCESS_KEY, 'key');
    assert.match(blanks.warnings.join(), /blanks/);
  });

  test('a session token never stays with the keys of another Secret', () => {
    const found = resolve([
      secret('one', { ...KEYS, AWS_SESSION_TOKEN: 'token' }),
      secret('two', { AWS_ACCESS_KEY_ID: 'id2', AWS_SECRET_ACCESS_KEY: 'key2' }),
    ]);
    assert.equal(found.env.AWS_ACCESS_KEY_ID, 'id2');
    assert.equal(found.env.AWS_SESSION_TOKEN, undefined);
  });

  test('a role of a cluster is reported as without effect', () => {
    const found = resolve([], { account: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::000000000000:role/dev' } });
    assert.match(found.warnings.join(), /role-arn.*no effect/);
  });

  test('a CA bundle of a ConfigMap, by key; without it an error by name', () => {
    const bundle = (more: Record<string, string>) => resolve([secret('s3', KEYS, more)]);
    const plain = bundle({ [`${S3}cabundle-configmap`]: 'cas' });
    assert.deepEqual(plain.caBundles, [PEM]);
    assert.equal(plain.env.AWS_CA_BUNDLE_CONFIGMAP, undefined);
    const keyed = bundle({ [`${S3}cabundle-configmap`]: 'cas', [`${S3}cabundle`]: '/certs/other.crt' });
    assert.deepEqual(keyed.caBundles, [`${PEM}2`]);
    assert.match(bundle({ [`${S3}cabundle-configmap`]: 'gone' }).error?.message ?? '', /ConfigMap gone/);
    assert.equal(bundle({ [`${S3}cabundle-configmap`]: 'gone', [`${S3}verifyssl`]: '0' }).error, undefined);
    const global = resolve([secret('s3', KEYS)], { caBundleConfigMapName: 'cas' });
    assert.deepEqual(global.caBundles, [PEM]);
  });
});

describe('which Secrets', () => {
  test('the annotation names one, and the account does not count then', () => {
    const one = secret('one', KEYS);
    const two = secret('two', { HF_TOKEN: 'hf' });
    const found = resolve([one, two], { annotations: { 'serving.kserve.io/storageSecretName': 'two' } });
    assert.deepEqual(found.env, { HF_TOKEN: 'hf' });
    const gone = resolve([one], { annotations: { 'serving.kserve.io/storageSecretName': 'gone' } });
    assert.equal(gone.error?.reason, 'SecretNotFound');
  });

  test('a Secret or account that does not exist is a warning', () => {
    const found = resolve([], { serviceAccount: undefined });
    assert.match(found.warnings.join(), /no ServiceAccount sa/);
    const named = resolve([], { serviceAccount: { metadata: { name: 'sa' }, secrets: [{ name: 'gone' }] } });
    assert.match(named.warnings.join(), /Secret gone/);
    assert.deepEqual(resolve([], { serviceAccount: undefined, serviceAccountName: undefined }).warnings, []);
  });
});

describe('others', () => {
  test('a service account of Google', () => {
    const found = resolve([secret('gcs', { 'gcloud-application-credentials.json': '{"type":"service_account"}' })]);
    const path = found.env.GOOGLE_APPLICATION_CREDENTIALS as string;
    assert.equal(path, '/var/secrets/gcloud-application-credentials.json');
    assert.equal(found.files[path], '{"type":"service_account"}');
  });

  test('Azure, with the older names', () => {
    const now = resolve([secret('az', { AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's', AZURE_TENANT_ID: 't\n' })]);
    assert.deepEqual(now.env, { AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's', AZURE_TENANT_ID: 't' });
    const old = resolve([secret('az', { AZ_CLIENT_ID: 'c', AZ_CLIENT_SECRET: 's', AZ_TENANT_ID: 't' })]);
    assert.deepEqual(old.env, { AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's', AZURE_TENANT_ID: 't' });
    const key = resolve([secret('az', { AZURE_STORAGE_ACCESS_KEY: 'k' })]);
    assert.deepEqual(key.env, { AZURE_STORAGE_ACCESS_KEY: 'k' });
  });

  test('headers for a host, as JSON or lines', () => {
    for (const headers of ['{"Authorization":"Bearer x","X-A":"1"}', 'Authorization: Bearer x\nX-A: 1\n']) {
      const found = resolve([secret('web', { 'https-host': 'models.example', headers })]);
      assert.deepEqual(headersFor(new URL('https://models.example/a.tgz'), found.env), {
        authorization: 'Bearer x',
        'x-a': '1',
      });
      assert.deepEqual(headersFor(new URL('https://other.example/a.tgz'), found.env), {});
    }
    const odd = resolve([secret('web', { 'https-host': 'h', headers: 'no colon\nHost: evil\nOk: 1' })]);
    assert.deepEqual(headersFor(new URL('https://h/'), odd.env), { ok: '1' });
    assert.match(odd.warnings.join(), /2 of them/);
  });

  test("a service's environment wins, but speaks of no file of the machine", () => {
    const env = { AWS_DEFAULT_REGION: 'eu', AWS_CONFIG_FILE: '/home/me/.aws/config', PATH: '/bin', HF_TOKEN: 't' };
    const found = resolve([secret('s3', KEYS, { [`${S3}region`]: 'us' })], { env });
    assert.equal(found.env.AWS_DEFAULT_REGION, 'eu');
    assert.equal(found.env.HF_TOKEN, 't');
    assert.equal(found.env.AWS_CONFIG_FILE, undefined);
    assert.equal(found.env.PATH, undefined);
    assert.match(found.warnings.join(), /AWS_CONFIG_FILE/);
  });
});

describe('a storage block', () => {
  const entry = {
    type: 's3',
    access_key_id: 'id',
    secret_access_key: 'key',
    endpoint_url: 'http://minio:9000',
    region: 'us',
    bucket: 'models',
    verify_ssl: false,
    anonymous: 'false',
    cabundle_configmap: 'cas',
  };
  const config = secret('storage-config', {
    localS3: JSON.stringify(entry),
    default: JSON.stringify({ ...entry, bucket: 'dd' }),
    default_s3: JSON.stringify({ ...entry, bucket: 'ds' }),
    broken: '{"secret_access_key": "canary',
    odd: '{"type": "ftp", "bucket": "b"}',
    hdfs: '{"type": "hdfs"}',
    list: '[]',
    nested: '{"type": {"a": "canary"}}',
    nobucket: '{"type": "s3"}',
    shape: '{"type": "s3", "bucket": "b00", "endpoint_url": "s3://x"}',
  });

  function spec(storage: NonNullable<CredentialsInput['storage']>) {
    return resolve([config], { storage, serviceAccount: undefined, serviceAccountName: undefined });
  }

  test('a key gives the URI and the environment', () => {
    const found = spec({ key: 'localS3', path: 'sklearn' });
    assert.equal(found.error, undefined);
    assert.equal(found.uri, 's3://models/sklearn');
    assert.deepEqual(found.env, {
      AWS_ENDPOINT_URL: 'http://minio:9000',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'key',
      AWS_DEFAULT_REGION: 'us',
      S3_VERIFY_SSL: '0',
      awsAnonymousCredential: 'false',
    });
  });

  test('defaults by type, and parameters that win', () => {
    assert.equal(spec({ path: '/a' }).uri, 's3://dd/a');
    assert.equal(spec({ path: 'a', parameters: { type: 's3' } }).uri, 's3://ds/a');
    assert.equal(spec({ key: 'localS3', path: 'a', parameters: { bucket: 'mine' } }).uri, 's3://mine/a');
    const alone = resolve([], { storage: { path: 'a', parameters: { type: 's3', bucket: 'mine' } } });
    assert.equal(alone.uri, 's3://mine/a');
  });

  for (const [key, why] of [
    ['gone', /Secret storage-config has only/],
    ['broken', /key broken of Secret storage-config is not valid JSON/],
    ['odd', /"ftp" is not known/],
    ['hdfs', /hdfs is not supported/],
    ['list', /not a JSON object/],
    ['nested', /"type" is neither/],
    ['nobucket', /needs a bucket/],
    ['shape', /endpoint_url of key shape/],
  ] as const) {
    test(`key ${key} is refused in words`, () => {
      const found = spec({ key, path: 'a' });
      assert.match(found.error?.message ?? '', why);
      assert.doesNotMatch(JSON.stringify(found), /canary/);
    });
  }

  test('an annotation names another Secret', () => {
    const other = secret('mine', { localS3: JSON.stringify({ ...entry, bucket: 'other' }) });
    const found = resolve([config, other], {
      storage: { key: 'localS3', path: 'a' },
      annotations: { 'serving.kserve.io/storageSecretName': 'mine' },
    });
    assert.equal(found.uri, 's3://other/a');
    const gone = resolve([config], {
      storage: { key: 'x' },
      annotations: { 'serving.kserve.io/storageSecretName': 'no' },
    });
    assert.equal(gone.error?.reason, 'SecretNotFound');
  });
});

test('a ClusterStorageContainer for the URI is told about', () => {
  const container = (name: string, format: object, disabled?: boolean) => ({
    metadata: { name },
    disabled,
    spec: { supportedUriFormats: [format] },
  });
  const storageContainers = [
    container('default', { prefix: 's3://' }),
    container('mine', { prefix: 's3://' }),
    container('off', { prefix: 's3://' }, true),
    container('other', { prefix: 'model-registry://' }),
    container('pattern', { regex: '^s3://field/.+' }),
    container('broken', { regex: '(' }),
  ];
  const { warnings } = resolve([], { uri: 's3://field/lab', storageContainers });
  assert.deepEqual(
    warnings.map((warning) => warning.split(' ')[1]),
    ['mine', 'pattern'],
  );
});

test('no value of a Secret is ever in a message', () => {
  const names = [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AZURE_CLIENT_SECRET',
    'AZURE_STORAGE_ACCESS_KEY',
    'HF_TOKEN',
    'headers',
    'gcloud-application-credentials.json',
    '.dockerconfigjson',
    'awsSecretAccessKey',
    'default',
  ];
  for (const wrap of [
    (s: string) => s,
    (s: string) => ` ${s}\n`,
    (s: string) => `{"a": "${s}", "b": `,
    (s: string) => `{"type":"${s}x/y"}`,
  ]) {
    const values = Object.fromEntries(names.map((name, index) => [name, wrap(`canary${index}`)]));
    const all = [
      secret(
        'storage-config',
        { ...values, 'https-host': 'h' },
        { [`${S3}endpoint`]: 'https://u:canary@h', [`${S3}usehttps`]: '0' },
      ),
      secret('plain', { ...values, 'https-host': 'h' }),
    ];
    for (const secrets of [all, all.slice(1)]) {
      for (const storage of [undefined, { path: 'a' }, { key: 'HF_TOKEN', path: 'a' }]) {
        const { warnings, error } = resolve(secrets, { storage });
        assert.doesNotMatch(JSON.stringify([warnings, error]), /canary/);
      }
    }
  }
});

test('whatever Secrets and annotations hold, it answers', () => {
  const name = fc.constantFrom(
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'S3_ENDPOINT',
    'https-host',
    'headers',
    'default',
    'default_s3',
    '__proto__',
    'AZ_CLIENT_ID',
    'gcloud-application-credentials.json',
  );
  const value = fc.oneof(fc.string(), fc.json(), fc.constant('{"type":"s3","bucket":"bb"}'));
  const annotation = fc.constantFrom('endpoint', 'usehttps', 'verifyssl', 'cabundle', 'cabundle-configmap', 'region');
  const annotations = fc.dictionary(
    annotation.map((one) => `${S3}${one}`),
    fc.string(),
  );
  const storage = fc.option(
    fc.record({ key: fc.option(name, { nil: undefined }), path: fc.string(), parameters: fc.dictionary(name, value) }),
    { nil: undefined },
  );
  const secrets = fc.array(fc.record({ values: fc.dictionary(name, value), annotations }), { maxLength: 3 });
  fc.assert(
    fc.property(secrets, annotations, storage, fc.dictionary(name, value), (drafts, account, spec, env) => {
      const names = ['storage-config', 'b', 'c'];
      const all = drafts.map((draft, index) => ({
        metadata: { name: names[index] as string, annotations: draft.annotations },
        stringData: draft.values,
      }));
      const found = resolve(all, { account, storage: spec, env });
      assert.ok(Object.values(found.env).every((one) => typeof one === 'string'));
      assert.equal(typeof (found.error?.message ?? ''), 'string');
      if (found.env.AWS_ENDPOINT_URL !== undefined && env.AWS_ENDPOINT_URL === undefined) {
        assert.match(found.env.AWS_ENDPOINT_URL, /^https?:\/\//);
      }
    }),
  );
});
