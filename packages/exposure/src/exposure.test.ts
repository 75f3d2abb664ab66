import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { InferenceError } from '@berth/inference';
import fc from 'fast-check';
import { makeApiKey, parseApiKeys } from './api-keys.ts';
import { createAuthorizer, loadAuthorizer } from './authorize.ts';
import { decideExposure } from './decide.ts';
import { StartError } from './start-error.ts';

describe('who may reach the server', () => {
  test('with nothing said: loopback, no key, models may be loaded', () => {
    const { plan, apiKeyFile, modelControl, warnings } = decideExposure({});
    assert.deepEqual(plan, { addresses: ['127.0.0.1', '::1'], loopback: true });
    assert.equal(apiKeyFile, undefined);
    assert.equal(modelControl, true);
    assert.deepEqual(warnings, []);
  });

  for (const host of ['0.0.0.0', '::', '*', '192.168.0.5', 'example.com', '::ffff:10.0.0.1', ' 0.0.0.0 ']) {
    test(`${host} needs keys or to be told`, () => {
      assert.throws(() => decideExposure({ host }), /--api-key-file.*--insecure-no-auth/);
      assert.throws(() => decideExposure({}, { BERTH_HOST: host }), StartError);
      const open = decideExposure({ host, insecureNoAuth: true });
      assert.equal(open.warnings.length, 1);
      assert.equal(open.modelControl, false);
      const keyed = decideExposure({ host }, { BERTH_API_KEY_FILE: '/keys' });
      assert.equal(keyed.apiKeyFile, '/keys');
      assert.deepEqual(keyed.warnings, []);
      assert.equal(keyed.modelControl, false);
      assert.equal(decideExposure({ host, apiKeyFile: '/keys', modelControl: true }).modelControl, true);
    });
  }

  for (const host of ['127.0.0.1', '127.8.9.1', '::1', '[::1]', 'localhost', '::ffff:127.0.0.1', '']) {
    test(`"${host}" is loopback`, () => assert.equal(decideExposure({ host }).plan.loopback, true));
  }

  test('the environment says yes or no, or it is an error', () => {
    const env = (value: string) => ({ BERTH_HOST: '0.0.0.0', BERTH_INSECURE_NO_AUTH: value });
    assert.equal(decideExposure({}, env('true')).warnings.length, 1);
    assert.throws(() => decideExposure({}, env('0')), /api-key-file/);
    assert.throws(() => decideExposure({}, env('')), /api-key-file/);
    assert.throws(() => decideExposure({}, env('maybe')), /neither true nor false/);
  });

  test('a setting wins over the environment', () => {
    assert.equal(decideExposure({ host: '127.0.0.1' }, { BERTH_HOST: '0.0.0.0' }).plan.loopback, true);
    assert.throws(() => decideExposure({ host: '0.0.0.0', insecureNoAuth: false }, { BERTH_INSECURE_NO_AUTH: '1' }));
  });
});

describe('API keys', () => {
  test('a made key is known by its line, and no other text is', () => {
    const { key, line } = makeApiKey('ci');
    const keys = parseApiKeys(`# keys\n\n${line}\r\n${makeApiKey('other').line}`);
    assert.equal(keys.size, 2);
    assert.equal(keys.nameOf(key), 'ci');
    assert.ok(!line.includes(key));
    fc.assert(fc.property(fc.string(), (text) => keys.nameOf(text) === undefined));
  });

  test('a line that is no hash is refused by its number, and never shown', () => {
    const secret = 'my-secret-key-in-clear';
    for (const text of [secret, `name:${secret}`, `name:${'a'.repeat(63)}`, `:${'a'.repeat(64)}`]) {
      assert.throws(
        () => parseApiKeys(`# one\n${text}\n`),
        (error: Error) => /line 2/.test(error.message) && !error.message.includes(secret),
      );
    }
    assert.throws(() => parseApiKeys('# nothing\n'), /no keys/);
  });

  test('a file that is not there is an error that names it', () => {
    assert.throws(() => loadAuthorizer('/no/such/keys'), /\/no\/such\/keys can not be read \(ENOENT\)/);
    const folder = mkdtempSync(join(tmpdir(), 'keys-'));
    try {
      writeFileSync(join(folder, 'keys'), 'clear');
      assert.throws(() => loadAuthorizer(join(folder, 'keys')), /line 1 is not/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('authorization', () => {
  const { key, line } = makeApiKey('ci');
  const authorizer = createAuthorizer(parseApiKeys(line));
  const bearer = `Bearer ${key}`;

  test('HTTP: every path but the probes needs a key', () => {
    for (const path of [
      '/v2/models/m/infer',
      '/v1/models',
      '/metrics',
      '/openapi.json',
      '/v2/health/live/',
      '//v2/health/live',
      '/v2/health/live/../../models',
    ]) {
      assert.equal(authorizer.http('GET', path, undefined)?.status, 401, path);
      assert.equal(authorizer.http('GET', path, bearer), undefined);
    }
    for (const path of ['/', '/v2/health/live', '/v2/health/ready']) {
      assert.equal(authorizer.http('GET', path, undefined), undefined);
      assert.equal(authorizer.http('POST', path, undefined)?.status, 401);
    }
  });

  test('only the bearer scheme, and only a whole key', () => {
    for (const header of [
      '',
      'Bearer',
      'Bearer ',
      `Basic ${key}`,
      key,
      `${bearer}x`,
      bearer.slice(0, -1),
      `Bearer ${'x'.repeat(10_000)}`,
    ]) {
      assert.equal(authorizer.http('GET', '/v2', header)?.status, 401, header.slice(0, 40));
    }
    assert.equal(authorizer.http('GET', '/v2', `bearer  ${key} `), undefined);
  });

  test('gRPC: whatever the path looks like', () => {
    for (const path of [
      '/inference.GRPCInferenceService/ModelInfer',
      'inference.GRPCInferenceService/ServerLive',
      '',
      '/grpc.health.v1.Health/Watch',
    ]) {
      assert.throws(
        () => authorizer.grpc(path, {}),
        (error) => error instanceof InferenceError && error.code === 'UNAUTHENTICATED',
      );
      authorizer.grpc(path, { authorization: bearer });
    }
    authorizer.grpc('/inference.GRPCInferenceService/ServerLive', {});
    authorizer.grpc('/grpc.health.v1.Health/Check', {});
  });
});
