import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type GcsStub, sendError, serveGcs } from '../../test/gcs-stub.ts';
import { failureOf, listRemote, readRemote } from '../../test/remote-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import { openRemote } from '../remote/open-remote.ts';
import type { RemoteAccess } from '../remote/remote-access.ts';
import type { RemoteObject } from '../remote/remote-store.ts';

const OBJECTS = {
  'models/sklearn/1.0/model/model.joblib': 'model',
  'lab/': '',
  'lab/model.joblib': 'model',
  'lab/sub/notes #1?.txt': 'notes',
  'lab/sub/empty.txt': '',
  'lab-hf/model.joblib': 'other',
  'labels.txt': 'labels',
  'both/model': 'file',
  'both/model/inner': 'inner',
};

function access(stub: GcsStub, more: Partial<RemoteAccess> = {}): RemoteAccess {
  const processEnv = { STORAGE_EMULATOR_HOST: `http://127.0.0.1:${stub.port}`, HOME: '/nowhere' };
  return { credentials: NO_CREDENTIALS, processEnv, ...more };
}

const paths = (objects: readonly RemoteObject[]) => objects.map((object) => object.path).sort();

describe('layouts', () => {
  for (const [uri, wanted] of [
    ['gs://kfserving-examples/models/sklearn/1.0/model', ['model.joblib']],
    ['gs://kfserving-examples/models/sklearn/1.0/model/model.joblib', ['model.joblib']],
    ['gs://kfserving-examples/lab', ['model.joblib', 'sub/empty.txt', 'sub/notes #1?.txt']],
    ['gs://kfserving-examples/lab/', ['model.joblib', 'sub/empty.txt', 'sub/notes #1?.txt']],
    ['gs://kfserving-examples/both/model', ['inner']],
    ['gs://kfserving-examples/lab/sub/notes #1?.txt', ['notes #1?.txt']],
  ] as const) {
    test(uri, async () => {
      await using stub = await serveGcs('kfserving-examples', OBJECTS);
      assert.deepEqual(paths(await listRemote(uri, access(stub))), wanted);
      assert.equal(stub.requests[0]?.headers.authorization, undefined);
    });
  }

  test('the emulator in any of its spellings', async () => {
    await using stub = await serveGcs('kfserving-examples', OBJECTS);
    for (const host of ['127.0.0.1:PORT', 'http://127.0.0.1:PORT/', 'http://127.0.0.1:PORT/storage/v1/']) {
      const processEnv = { STORAGE_EMULATOR_HOST: host.replace('PORT', String(stub.port)) };
      assert.equal((await listRemote('gs://kfserving-examples/lab', access(stub, { processEnv }))).length, 3);
    }
    const broken = access(stub, { processEnv: { STORAGE_EMULATOR_HOST: 'ftp://x' } });
    assert.match((await failureOf(listRemote('gs://b1/x', broken))).message, /STORAGE_EMULATOR_HOST/);
  });

  test('an emulator that has bytes at the other place only', async () => {
    await using stub = await serveGcs('field', OBJECTS);
    stub.intercept = (request, response) => {
      if (request.url?.startsWith('/storage/v1/b/field/o/') === true) sendError(response, 404, 'notFound');
      else if (request.url?.startsWith('/download/storage/v1/b/field/o/labels.txt?') === true) response.end('labels');
      else return false;
      return true;
    };
    assert.equal(await readRemote('gs://field/labels.txt', access(stub)), 'labels');
  });

  test('long listings are read to their end', async () => {
    const many = Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`m/${index}`, 'x']));
    await using stub = await serveGcs('field', many);
    assert.equal((await listRemote('gs://field/m', access(stub))).length, 2500);
  });

  test('bytes, ranges and digests, of the version that was listed', async () => {
    await using stub = await serveGcs('field', OBJECTS);
    assert.equal(await readRemote('gs://field/labels.txt', access(stub)), 'labels');
    assert.equal(await readRemote('gs://field/labels.txt', access(stub), { start: 1, end: 3 }), 'ab');
    assert.equal(await readRemote('gs://field/lab/sub/empty.txt', access(stub)), '');
    const location = await openRemote('gs://field/labels.txt', access(stub));
    assert.ok(location !== undefined);
    const [object] = await Array.fromAsync(location.store.list(location.prefix));
    assert.match(object?.md5 ?? '', /^[0-9a-f]{32}$/);
    stub.objects.set('labels.txt', { body: Buffer.from('others'), generation: 999 });
    assert.equal((await failureOf(location.store.read(object as RemoteObject))).reason, 'ObjectChanged');
    // An emulator that does not know the condition still tells the generation.
    stub.intercept = (_request, response) => {
      response.writeHead(200, { 'x-goog-generation': '999' });
      response.end('others');
      return true;
    };
    assert.equal((await failureOf(location.store.read(object as RemoteObject))).reason, 'ObjectChanged');
    await location.store.close?.();
  });
});

describe('failures in words', () => {
  for (const [status, code, reason, words] of [
    [401, 'required', 'AccessDenied', /not public, and there are no credentials.*gcloud-application-credentials/],
    [403, 'forbidden', 'AccessDenied', /not public/],
    [400, 'userProjectMissing', 'AccessDenied', /requester pay/],
    [429, 'rateLimitExceeded', 'DownloadFailed', /too often/],
    [503, 'backendError', 'DownloadFailed', /503/],
  ] as const) {
    test(`${status} ${code}`, async () => {
      await using stub = await serveGcs('field', OBJECTS);
      stub.intercept = (_request, response) => {
        sendError(response, status, code);
        return true;
      };
      const error = await failureOf(listRemote('gs://field/lab', access(stub)));
      assert.equal(error.reason, reason);
      assert.match(error.message, words);
    });
  }

  test('no such bucket, nothing there, another server', async () => {
    await using stub = await serveGcs('field', OBJECTS);
    assert.match((await failureOf(listRemote('gs://gone/x', access(stub)))).message, /gs:\/\/gone.*no such bucket/);
    const near = await failureOf(listRemote('gs://field/labs', access(stub)));
    assert.equal(near.reason, 'NotFound');
    assert.match(near.message, /there is lab/);
    stub.intercept = (_request, response) => {
      response.end('<html>canary');
      return true;
    };
    assert.match((await failureOf(listRemote('gs://field/lab', access(stub)))).message, /not Google Cloud Storage/);
    stub.intercept = (_request, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/' });
      response.end();
      return true;
    };
    assert.match((await failureOf(listRemote('gs://field/lab', access(stub)))).message, /302/);
  });

  test('a key that is none, without its text', async () => {
    const secret = (text: string): RemoteAccess => ({
      credentials: { ...NO_CREDENTIALS, env: { GOOGLE_APPLICATION_CREDENTIALS: '/k' }, files: { '/k': text } },
      processEnv: { HOME: '/nowhere' },
    });
    const broken = await failureOf(listRemote('gs://field/lab', secret('{"private_key": "canary')));
    assert.match(broken.message, /not valid JSON/);
    // Such JSON may name programs and addresses of the machine that reads it.
    const federated = secret('{"type":"external_account","credential_source":{"executable":{"command":"canary"}}}');
    assert.match((await failureOf(listRemote('gs://field/lab', federated))).message, /no key of a service account/);
  });

  test('credentials without the library say how to get it', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'key.json');
    await writeFile(file, '{"type":"service_account"}');
    const missing = Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
    const how: RemoteAccess = {
      credentials: NO_CREDENTIALS,
      processEnv: { GOOGLE_APPLICATION_CREDENTIALS: file },
      importModule: () => Promise.reject(missing),
    };
    const error = await failureOf(listRemote('gs://field/lab', how));
    assert.equal(error.reason, 'StorageNotSupported');
    assert.match(error.message, /npm ci/);
  });
});
