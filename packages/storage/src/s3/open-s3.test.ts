import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { failureOf as failure, listRemote as list, readRemote as text } from '../../test/remote-fixture.ts';
import { type S3Stub, sendError, serveS3 } from '../../test/s3-stub.ts';
import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import { openRemote } from '../remote/open-remote.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import type { RemoteObject } from '../remote/remote-store.ts';

const OBJECTS = {
  'lab/': '',
  'lab/model.joblib': 'model',
  'lab/sub/notes.txt': 'notes',
  'lab/sub/empty.txt': '',
  'lab-hf/model.joblib': 'other',
  'labels.txt': 'labels',
  'test/churn': 'model',
  'test/churn-logs': 'log',
  'both/model': 'file',
  'both/model/inner': 'inner',
  'marker/model': '',
  'marker/model/inner': 'inner',
  'odd name/ä+%41.bin': 'odd',
  'only-markers/': '',
};

function access(stub: S3Stub, env: Record<string, string> = {}, more: Partial<RemoteAccess> = {}): RemoteAccess {
  return {
    credentials: {
      ...NO_CREDENTIALS,
      env: {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${stub.port}`,
        AWS_ACCESS_KEY_ID: 'id',
        AWS_SECRET_ACCESS_KEY: 'canary',
        ...env,
      },
    },
    processEnv: {},
    ...more,
  };
}

const paths = (objects: readonly RemoteObject[]) => objects.map((object) => object.path).sort();

describe('layouts', () => {
  for (const [uri, wanted] of [
    ['s3://field/lab', ['model.joblib', 'sub/empty.txt', 'sub/notes.txt']],
    ['s3://field/lab/', ['model.joblib', 'sub/empty.txt', 'sub/notes.txt']],
    ['s3://field//lab//', ['model.joblib', 'sub/empty.txt', 'sub/notes.txt']],
    ['s3://field/lab/sub', ['empty.txt', 'notes.txt']],
    ['s3://field/test/churn', ['churn']],
    ['s3://field/both/model', ['model']],
    ['s3://field/both/model/', ['inner']],
    ['s3://field/marker/model', ['inner']],
    ['s3://field/odd name', ['ä+%41.bin']],
    ['s3://field/odd name/ä+%41.bin', ['ä+%41.bin']],
  ] as const) {
    test(uri, async () => {
      await using stub = await serveS3('field', OBJECTS);
      assert.deepEqual(paths(await list(uri, access(stub))), wanted);
    });
  }

  test('long listings are read to their end', async () => {
    const many = Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`m/${index}`, 'x']));
    await using stub = await serveS3('field', many);
    assert.equal((await list('s3://field/m', access(stub))).length, 2500);
  });

  test('bytes and ranges of them, of the version that was listed', async () => {
    await using stub = await serveS3('field', OBJECTS);
    assert.equal(await text('s3://field/labels.txt', access(stub)), 'labels');
    assert.equal(await text('s3://field/labels.txt', access(stub), { start: 2 }), 'bels');
    assert.equal(await text('s3://field/labels.txt', access(stub), { start: 1, end: 3 }), 'ab');
    assert.equal(await text('s3://field/odd name', access(stub)), 'odd');
    const location = await openRemote('s3://field/labels.txt', access(stub));
    assert.ok(location !== undefined);
    const [object] = await Array.fromAsync(location.store.list(location.prefix));
    stub.objects.set('labels.txt', Buffer.from('others'));
    const changed = await failure(location.store.read(object as RemoteObject));
    assert.equal(changed.reason, 'ObjectChanged');
    await location.store.close?.();
  });
});

describe('how it is asked', () => {
  test('signed by the keys, for the region, path style', async () => {
    await using stub = await serveS3('field', OBJECTS);
    await list('s3://field/lab', access(stub, { AWS_DEFAULT_REGION: 'eu-west-3', AWS_SESSION_TOKEN: 'token' }));
    const { url, headers } = stub.requests[0] as S3Stub['requests'][0];
    assert.match(url, /^\/field\/?\?/);
    assert.match(headers.authorization ?? '', /^AWS4-HMAC-SHA256 Credential=id\/\d+\/eu-west-3\/s3\/aws4_request/);
    assert.equal(headers['x-amz-security-token'], 'token');
  });

  test('anonymous: no signature', async () => {
    await using stub = await serveS3('field', OBJECTS);
    await list('s3://field/lab', access(stub, { awsAnonymousCredential: 'true' }));
    assert.equal(stub.requests[0]?.headers.authorization, undefined);
  });

  test('virtual buckets where they are asked for', async () => {
    await using stub = await serveS3('field', OBJECTS);
    const resolver = async () => [{ address: '127.0.0.1', family: 4 }];
    const env = { AWS_ENDPOINT_URL: `http://s3.models.test:${stub.port}`, S3_USER_VIRTUAL_BUCKET: 'true' };
    const how = access(stub, env, { resolver });
    assert.equal((await list('s3://field/lab', how)).length, 3);
    assert.equal(stub.requests[0]?.headers.host, `field.s3.models.test:${stub.port}`);
  });

  test("the platform's own variables count where the service has none", async () => {
    await using stub = await serveS3('field', OBJECTS);
    const processEnv = {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${stub.port}`,
      AWS_ACCESS_KEY_ID: 'owner',
      AWS_SECRET_ACCESS_KEY: 'canary',
    };
    await list('s3://field/lab', { credentials: NO_CREDENTIALS, processEnv });
    assert.match(stub.requests[0]?.headers.authorization ?? '', /Credential=owner/);
  });

  test('no address that downloads never go to', async () => {
    await using stub = await serveS3('field', OBJECTS);
    const metadata = access(stub, { AWS_ENDPOINT_URL: 'http://169.254.169.254' });
    assert.equal((await failure(list('s3://field/lab', metadata))).reason, 'UrlNotAllowed');
    const strict = await failure(list('s3://field/lab', access(stub, {}, { strictEgress: true })));
    assert.equal(strict.reason, 'UrlNotAllowed');
    assert.equal(stub.requests.length, 0);
    stub.intercept = (_request, response) => {
      response.writeHead(307, { location: 'http://169.254.169.254/latest/' });
      response.end();
      return true;
    };
    const redirected = await failure(list('s3://field/lab', access(stub)));
    assert.ok(['UrlNotAllowed', 'DownloadFailed', 'AccessDenied'].includes(redirected.reason));
  });
});

describe('failures in words', () => {
  const answer =
    (status: number, code: string, more = '') =>
    (_request: unknown, response: ServerResponse) => {
      sendError(response, status, code, more);
      return true;
    };
  for (const [status, code, reason, words, more] of [
    [403, 'AccessDenied', 'AccessDenied', /access is denied/],
    [403, 'InvalidAccessKeyId', 'AccessDenied', /does not know this access key id/],
    [403, 'SignatureDoesNotMatch', 'AccessDenied', /secret access key/],
    [400, 'ExpiredToken', 'AccessDenied', /expired/],
    [403, 'RequestTimeTooSkewed', 'AccessDenied', /clock/],
    [301, 'PermanentRedirect', 'AccessDenied', /another region, not us-east-1.*s3-region/],
    [
      400,
      'AuthorizationHeaderMalformed',
      'AccessDenied',
      /region eu-west-3, not us-east-1/,
      '<Region>eu-west-3</Region>',
    ],
    [403, 'InvalidObjectState', 'AccessDenied', /archived/],
    [418, 'Teapot', 'DownloadFailed', /answers 418/],
    [503, 'SlowDown', 'DownloadFailed', /overloaded/],
    [500, 'InternalError', 'DownloadFailed', /failed by itself/],
  ] as const) {
    test(code, async () => {
      await using stub = await serveS3('field', OBJECTS);
      stub.intercept = answer(status, code, more);
      const error = await failure(list('s3://field/lab', access(stub)));
      assert.equal(error.reason, reason);
      assert.match(error.message, words);
      assert.match(error.message, /s3:\/\/field/);
    });
  }

  test('no such bucket, and nothing there but something near', async () => {
    await using stub = await serveS3('field', OBJECTS);
    const bucket = await failure(list('s3://gone/lab', access(stub)));
    assert.equal(bucket.reason, 'NotFound');
    assert.match(bucket.message, /s3:\/\/gone.*no such bucket/);
    const path = await failure(list('s3://field/labs', access(stub)));
    assert.equal(path.reason, 'NotFound');
    assert.match(path.message, /nothing at s3:\/\/field\/labs at 127\.0\.0\.1:\d+; there is lab\S*, lab/);
    const deep = await failure(list('s3://field/lab/sub/x/y', access(stub)));
    assert.match(deep.message, /in lab\/sub\/ there is empty.txt, notes.txt/);
    const empty = await failure(list('s3://field/only-markers', access(stub)));
    assert.match(empty.message, /empty folder/);
  });

  test('what may pass is tried again', async () => {
    await using stub = await serveS3('field', OBJECTS);
    stub.intercept = (request, response, before) => before < 2 && answer(503, 'SlowDown')(request, response);
    assert.equal((await list('s3://field/lab', access(stub))).length, 3);
  });

  test('a server that is not there, or that is no S3', async () => {
    await using stub = await serveS3('field', OBJECTS);
    stub.intercept = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>canary');
      return true;
    };
    const foreign = await failure(list('s3://field/lab', access(stub)));
    assert.ok(['DownloadFailed', 'NotFound'].includes(foreign.reason), foreign.message);
    const closed = await failure(list('s3://field/lab', access(stub, { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })));
    assert.match(closed.message, /nothing listens there/);
    const tls = await failure(
      list('s3://field/lab', access(stub, { AWS_ENDPOINT_URL: `https://127.0.0.1:${stub.port}` })),
    );
    assert.match(tls.message, /TLS/);
  });

  test('a body that ends early or stalls is a failure that may pass', async () => {
    await using stub = await serveS3('field', OBJECTS);
    stub.intercept = (request, response) => {
      if (request.url?.includes('labels.txt') !== true || request.url.includes('prefix')) return false;
      response.writeHead(200, { 'content-length': 6 });
      response.write('lab');
      if (request.headers.range === undefined) setImmediate(() => response.destroy());
      return true;
    };
    const cut = await failure(text('s3://field/labels.txt', access(stub)));
    assert.ok(cut.isTransient, cut.message);
    const stalled = await failure(
      text('s3://field/labels.txt', access(stub, {}, { stallTimeoutMs: 200 }), { start: 1 }),
    );
    assert.ok(stalled.isTransient, stalled.message);
  });

  test('an abort ends it', async () => {
    await using stub = await serveS3('field', OBJECTS);
    stub.intercept = () => true;
    const location = await openRemote('s3://field/lab', access(stub));
    assert.ok(location !== undefined);
    const abort = new AbortController();
    const work = failure(Array.fromAsync(location.store.list(location.prefix, abort.signal)));
    setTimeout(() => abort.abort(), 20);
    assert.equal((await work).reason, 'DownloadCancelled');
    await location.store.close?.();
  });
});
