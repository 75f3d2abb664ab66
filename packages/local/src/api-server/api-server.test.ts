import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { openAuditLog } from '../audit/audit-log.ts';
import { type Access, readOrMakeAccess } from '../credentials/access.ts';
import { openStore } from '../store/open-store.ts';
import type { ObjectStore } from '../store/store.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape are looked into
  readonly body: any;
  readonly warning: string;
}

let folder: string;
let store: ObjectStore;
let access: Access;
let server: ApiServer;
const ISVCS = '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices';
const isvc = (name: string, more: object = {}) => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name },
  spec: { predictor: { sklearn: { storageUri: 'file:///models/a' } } },
  ...more,
});

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-api-'));
  const now = () => new Date();
  const onProblem = (message: string) => assert.fail(message);
  // A second start: the numbers of the first one are of long ago.
  openStore({ folder, now, onProblem }).close();
  store = openStore({ folder, now, onProblem });
  access = await readOrMakeAccess(folder, [], new Date());
  server = await startApiServer(
    {
      store,
      now,
      version: '0',
      audit: openAuditLog({ file: join(folder, 'audit.log'), now, onProblem }),
      logs: { read: async function* () {} },
      guard: { token: access.token, hosts: new Set() },
      extraRoutes: new Map([['/apis/berth.dev/v1/usage', () => ({ services: [] })]]),
      onError: (error) => assert.fail(String(error)),
      identity: access.identity,
    },
    0,
    '127.0.0.1',
  );
});
after(async () => {
  await server.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  for (const kind of ['InferenceService', 'Secret', 'ConfigMap']) {
    for (const { metadata } of store.list(kind)) store.delete({ kind, name: metadata.name, namespace: 'default' });
  }
});

function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  secure = false,
): Promise<Answer> {
  const send = secure ? httpsRequest : httpRequest;
  const text = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = send(
      {
        host: '127.0.0.1',
        port: server.port,
        method,
        path,
        headers: {
          authorization: `Bearer ${access.token}`,
          'content-type': 'application/json',
          ...(text === undefined ? {} : { 'content-length': String(text.length) }),
          ...headers,
        },
        ...(secure ? { ca: access.identity.authority, servername: 'localhost' } : {}),
      },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const said = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          body: said.startsWith('{') && !said.includes('}\n{') ? JSON.parse(said) : said,
          warning: String(response.headers.warning ?? ''),
        });
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

describe('who may ask', () => {
  test('TLS and plain HTTP on one port, the token in both', async () => {
    assert.equal((await call('GET', ISVCS, undefined, {}, true)).status, 200);
    assert.equal((await call('GET', ISVCS)).status, 200);
  });
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const path of [ISVCS, `${ISVCS}/a`, `${ISVCS}/a/status`, '/version', '/nothing', '/apis/berth.dev/v1/usage']) {
      test(`${method} ${path}: no token, another site, another host`, async () => {
        assert.equal((await call(method, path, undefined, { authorization: 'Bearer wrong' })).status, 401);
        assert.equal((await call(method, path, undefined, { origin: 'http://evil.example' })).status, 403);
        assert.equal((await call(method, path, undefined, { 'sec-fetch-site': 'cross-site' })).status, 403);
        assert.equal((await call(method, path, undefined, { host: 'evil.example' })).status, 403);
      });
    }
  }
});

describe('create, read, change, delete', () => {
  test('the spec stays as it was written; status has its own way', async () => {
    const made = await call('POST', ISVCS, isvc('a', { status: { x: 1 } }));
    assert.equal(made.status, 201);
    assert.deepEqual(made.body.spec, isvc('a').spec);
    assert.equal(made.body.status, undefined);
    assert.match(made.warning, /set by the server, not taken from the request: status/);
    const put = await call('PUT', `${ISVCS}/a/status`, { ...made.body, spec: {}, status: { url: 'u' } });
    assert.deepEqual([put.body.spec, put.body.status], [isvc('a').spec, { url: 'u' }]);
    assert.equal((await call('POST', ISVCS, isvc('a'))).body.reason, 'AlreadyExists');
    assert.equal((await call('GET', `${ISVCS}/b`)).body.reason, 'NotFound');
    assert.equal((await call('DELETE', `${ISVCS}/a`)).body.status, 'Success');
    assert.equal((await call('GET', `${ISVCS}/a`)).status, 404);
  });
  test('what is invalid names the field; strict refuses unknown fields, warn warns', async () => {
    const wrong = await call('POST', ISVCS, isvc('a', { spec: { predictor: {} } }));
    assert.deepEqual([wrong.status, wrong.body.reason], [422, 'Invalid']);
    const typo = isvc('a', { spec: { predictor: { sklearn: { storageUri: '/m', storageURI: '/m' } } } });
    const strict = await call('POST', `${ISVCS}?fieldValidation=Strict`, typo);
    assert.deepEqual([strict.status, strict.body.reason], [400, 'BadRequest']);
    assert.match(strict.body.message, /strict decoding error: unknown field .*storageURI.*storageUri/);
    assert.equal(strict.body.details.causes[0].field, 'spec.predictor.sklearn.storageURI');
  });
  test('misspelled annotations are warned of, also for a strict client', async () => {
    const annotations = { 'serving.kserve.org/s3-endpoint': 'x', 'example.com/owner': 'me' };
    const made = await call(
      'POST',
      `${ISVCS}?fieldValidation=Strict`,
      isvc('a', { metadata: { name: 'a', annotations } }),
    );
    assert.equal(made.status, 201, made.body.message);
    assert.match(made.warning, /serving\.kserve\.org\/s3-endpoint.*serving\.kserve\.io/);
    assert.doesNotMatch(made.warning, /example\.com/);
  });
  test('a namespace must be there', async () => {
    const other = ISVCS.replace('/default/', '/nowhere/');
    assert.match((await call('POST', other, isvc('a'))).body.message, /namespaces "nowhere" not found/);
  });
  test('conflicts by version and uid', async () => {
    const made = (await call('POST', ISVCS, isvc('a'))).body;
    await call(
      'PATCH',
      `${ISVCS}/a`,
      { metadata: { labels: { a: 'b' } } },
      { 'content-type': 'application/merge-patch+json' },
    );
    assert.equal((await call('PUT', `${ISVCS}/a`, made)).body.reason, 'Conflict');
    const stale = { metadata: { resourceVersion: made.metadata.resourceVersion } };
    const patch = await call('PATCH', `${ISVCS}/a`, stale, { 'content-type': 'application/merge-patch+json' });
    assert.equal(patch.body.reason, 'Conflict');
    const options = { preconditions: { uid: 'another' } };
    assert.equal((await call('DELETE', `${ISVCS}/a`, options)).status, 409);
  });
  test('dry run changes nothing', async () => {
    assert.equal((await call('POST', `${ISVCS}?dryRun=All`, isvc('a'))).status, 201);
    assert.equal((await call('GET', `${ISVCS}/a`)).status, 404);
  });
  test("credentials that KServe's SDK wrote without encoding them are taken as text", async () => {
    const data = { AWS_ACCESS_KEY_ID: 'minioadmin', AWS_SECRET_ACCESS_KEY: 'bWluaW8=' };
    const secrets = '/api/v1/namespaces/default/secrets';
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { generateName: 'kserve-secret-' }, data };
    const made = await call('POST', secrets, secret);
    assert.deepEqual(made.body.data, { ...data, AWS_ACCESS_KEY_ID: 'bWluaW9hZG1pbg==' });
    assert.match(made.warning, /AWS_ACCESS_KEY_ID is no base64/);
    assert.equal((await call('POST', secrets, { ...secret, metadata: { generateName: 'own-' } })).status, 422);
  });
  test('read-only kinds say what to do instead', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const answer = await call('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } });
    assert.deepEqual([answer.status, answer.body.reason], [405, 'MethodNotAllowed']);
    assert.match(answer.body.message, /rollout restart/);
  });
  test('hostile bodies are 4xx', async () => {
    const deep = `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`;
    for (const body of ['{', '[]', 'null', '"x"', deep, '{"__proto__":{"x":1},"kind":"Secret"}']) {
      const { status } = await call('POST', ISVCS, body);
      assert.ok(status >= 400 && status < 500, `${body.slice(0, 20)}: ${status}`);
    }
    assert.equal((await call('POST', ISVCS, 'x'.repeat(4 * 1024 * 1024))).status, 413);
    const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    assert.equal((await call('POST', ISVCS, 'x', protobuf)).status, 400);
    assert.equal((await call('POST', ISVCS, 'k8s\0\n\u0004\u0012\u0002Xy', protobuf)).status, 415);
    assert.equal((await call('POST', ISVCS, 'x', { 'content-type': 'application/cbor' })).status, 415);
    assert.equal(({} as { x?: unknown }).x, undefined);
  });
  test('a name that would not stay one step of a path is refused, of every kind', async () => {
    const core = ['configmaps', 'secrets', 'serviceaccounts', 'persistentvolumeclaims', 'events'];
    const serving = ['servingruntimes', 'trainedmodels', 'inferencegraphs', 'localmodelnamespacecaches'];
    for (const path of [
      '/api/v1/namespaces',
      ISVCS,
      ...core.map((plural) => `/api/v1/namespaces/default/${plural}`),
      ...serving.map((plural) => `/apis/serving.kserve.io/v1alpha1/namespaces/default/${plural}`),
      '/apis/serving.kserve.io/v1alpha1/clusterservingruntimes',
      '/apis/serving.kserve.io/v1alpha1/localmodelcaches',
    ]) {
      for (const name of ['x/../../../../victim', '..', '%2e%2e', 'a\\b', 'A', 'a\u0000']) {
        const metadata = { name, deletionTimestamp: '2020-01-01T00:00:00Z' };
        const { status, body } = await call('POST', path, { metadata, spec: {} });
        assert.deepEqual([status, body.reason], [422, 'Invalid'], `${path} ${name}`);
        assert.ok(
          body.details.causes.some((cause: { field: string }) => cause.field === 'metadata.name'),
          path,
        );
      }
    }
  });
  test('who says that an object is being deleted does not get around the checks; memory is given once', async () => {
    const path = '/apis/serving.kserve.io/v1alpha1/namespaces/default/trainedmodels';
    const model = { storageUri: 'gs://b/k', framework: 'sklearn', memory: '1Gi' };
    const object = { metadata: { name: 'given-once' }, spec: { inferenceService: 'a', model } };
    assert.equal((await call('POST', path, object)).status, 201);
    const put = (change: object, metadata: object = {}) =>
      call('PUT', `${path}/given-once`, {
        metadata: { name: 'given-once', ...metadata },
        spec: { inferenceService: 'a', model: { ...model, ...change } },
      });
    assert.equal((await put({ storageUri: 'x' }, { deletionTimestamp: '2020-01-01T00:00:00Z' })).status, 422);
    const more = await put({ memory: '2Gi' });
    assert.equal(more.status, 422);
    assert.match(more.body.message, /immutable; it was 1Gi/);
    assert.equal((await put({ memory: '1024Mi' })).status, 200);
    const merge = { 'content-type': 'application/merge-patch+json' };
    const patched = await call('PATCH', `${path}/given-once`, { spec: { model: { memory: '2Gi' } } }, merge);
    assert.equal(patched.status, 422);
    assert.equal((await call('DELETE', `${path}/given-once`)).status, 200);
  });
  test('paths that lead elsewhere are not found', async () => {
    for (const path of [
      `${ISVCS}/..%2f..%2fsecrets`,
      `${ISVCS}/a/b/c`,
      '/api/v1/namespaces//pods',
      '/apis/x/v1/y',
      `${ISVCS}/a/scale`,
    ]) {
      assert.equal((await call('GET', path)).status, 404, path);
    }
  });
});

describe('patches', () => {
  const merge = { 'content-type': 'application/merge-patch+json' };
  test('JSON merge patch and JSON patch', async () => {
    await call('POST', ISVCS, isvc('a'));
    const merged = await call('PATCH', `${ISVCS}/a`, { spec: { predictor: { minReplicas: 2 } } }, merge);
    assert.deepEqual([merged.body.spec.predictor.minReplicas, merged.body.metadata.generation], [2, 2]);
    const operations = [
      { op: 'test', path: '/spec/predictor/minReplicas', value: 2 },
      { op: 'remove', path: '/spec/predictor/minReplicas' },
      { op: 'add', path: '/metadata/annotations', value: { 'a.b/c': 'd' } },
    ];
    const patched = await call('PATCH', `${ISVCS}/a`, operations, { 'content-type': 'application/json-patch+json' });
    assert.equal(patched.body.spec.predictor.minReplicas, undefined);
    const failing = [{ op: 'replace', path: '/spec/nothing', value: 1 }];
    assert.equal(
      (await call('PATCH', `${ISVCS}/a`, failing, { 'content-type': 'application/json-patch+json' })).status,
      422,
    );
  });
  test('strategic merge is for the core kinds', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await call('POST', accounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'sa' },
      secrets: [{ name: 'a' }],
    });
    const type = { 'content-type': 'application/strategic-merge-patch+json' };
    const added = await call('PATCH', `${accounts}/sa`, { secrets: [{ name: 'b' }] }, type);
    assert.deepEqual(added.body.secrets, [{ name: 'b' }, { name: 'a' }]);
    const gone = await call('PATCH', `${accounts}/sa`, { secrets: [{ name: 'a', $patch: 'delete' }] }, type);
    assert.deepEqual(gone.body.secrets, [{ name: 'b' }]);
    assert.equal((await call('PATCH', `${ISVCS}/a`, {}, type)).status, 415);
  });
  const applyAs = (manager: string, object: object, force = false) =>
    call('PATCH', `${ISVCS}/a?fieldManager=${manager}${force ? '&force=true' : ''}`, object, {
      'content-type': 'application/apply-patch+yaml',
    });
  test('server-side apply: creates, owns, conflicts, forces, and takes away', async () => {
    const first = await applyAs(
      'one',
      isvc('a', { spec: { predictor: { minReplicas: 1, sklearn: { storageUri: '/m' } } } }),
    );
    assert.equal(first.status, 201);
    assert.equal(first.body.metadata.managedFields[0].manager, 'one');
    const second = isvc('a', { spec: { predictor: { minReplicas: 3 } } });
    const conflict = await applyAs('two', second);
    assert.equal(conflict.status, 409);
    assert.match(conflict.body.message, /conflict with "one": \.spec\.predictor\.minReplicas/);
    assert.equal((await applyAs('two', second, true)).body.spec.predictor.minReplicas, 3);
    const again = await applyAs('one', isvc('a', { spec: { predictor: { sklearn: { storageUri: '/m' } } } }));
    assert.equal(again.body.spec.predictor.minReplicas, 3);
    const gone = await applyAs('two', isvc('a', { spec: undefined }));
    assert.deepEqual(gone.body.spec, { predictor: { sklearn: { storageUri: '/m' } } });
    const same = await applyAs('two', isvc('a', { spec: undefined }));
    assert.equal(same.body.metadata.resourceVersion, gone.body.metadata.resourceVersion);
  });
  test('apply takes YAML', async () => {
    const text =
      'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: a}\nspec: {predictor: {sklearn: {storageUri: /m}}}\n';
    const answer = await call('PATCH', `${ISVCS}/a?fieldManager=x`, text, {
      'content-type': 'application/apply-patch+yaml',
    });
    assert.equal(answer.status, 201);
  });
  test('what a cluster exported is applied by kubectl the classic way', async () => {
    await call('POST', ISVCS, isvc('a'));
    const exported = {
      metadata: { uid: 'x', resourceVersion: '999', generation: 7, labels: { a: 'b' } },
      status: { url: 'x' },
    };
    const answer = await call('PATCH', `${ISVCS}/a?fieldManager=kubectl-client-side-apply`, exported, merge);
    assert.equal(answer.status, 200, answer.body.message);
    assert.deepEqual([answer.body.metadata.labels, answer.body.status], [{ a: 'b' }, undefined]);
    assert.match(answer.warning, /metadata\.uid/);
  });
});

describe('lists and watches', () => {
  test('selectors, pages, all namespaces', async () => {
    for (const name of ['a', 'b', 'c']) {
      await call(
        'POST',
        ISVCS,
        isvc(name, { metadata: { name, labels: { n: name, ...(name === 'c' ? {} : { x: 'y' }) } } }),
      );
    }
    const names = async (query: string) => {
      const { body } = await call('GET', `${ISVCS}?${query}`);
      return body.items.map((one: { metadata: { name: string } }) => one.metadata.name).join('');
    };
    assert.equal(await names('labelSelector=x%3Dy'), 'ab');
    assert.equal(await names('labelSelector=n%20in%20(a,c)'), 'ac');
    assert.equal(await names('labelSelector=!x'), 'c');
    assert.equal(await names('labelSelector=n!%3Da,x'), 'b');
    assert.equal(await names('fieldSelector=metadata.name%3Db'), 'b');
    const page = (await call('GET', `${ISVCS}?limit=2`)).body;
    assert.deepEqual([page.items.length, page.metadata.remainingItemCount], [2, 1]);
    assert.equal(await names(`limit=2&continue=${page.metadata.continue}`), 'c');
    assert.equal((await call('GET', '/apis/serving.kserve.io/v1beta1/inferenceservices')).body.items.length, 3);
    assert.equal((await call('GET', `${ISVCS}?labelSelector=((`)).status, 400);
  });
  test('a watch goes on from a version, and a version of long ago is gone', async () => {
    const { body } = await call('GET', ISVCS);
    const from = body.metadata.resourceVersion;
    const watching = call('GET', `${ISVCS}?watch=true&timeoutSeconds=1&resourceVersion=${from}`);
    await call('POST', ISVCS, isvc('w'));
    await call('DELETE', `${ISVCS}/w`);
    const lines = String((await watching).body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map((line) => [line.type, line.object.metadata.name]),
      [
        ['ADDED', 'w'],
        ['DELETED', 'w'],
      ],
    );
    const old = await call('GET', `${ISVCS}?watch=true&timeoutSeconds=1&resourceVersion=1`);
    assert.deepEqual([old.body.type, old.body.object.code], ['ERROR', 410]);
    const future = await call('GET', `${ISVCS}?watch=true&timeoutSeconds=1&resourceVersion=99999999999`);
    assert.deepEqual([future.body.type, future.body.object.code], ['ERROR', 410]);
  });
  test('a change out of the selection is a deletion', async () => {
    await call('POST', ISVCS, isvc('w', { metadata: { name: 'w', labels: { a: 'b' } } }));
    const watching = call('GET', `${ISVCS}?watch=true&timeoutSeconds=1&labelSelector=a%3Db`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await call(
      'PATCH',
      `${ISVCS}/w`,
      { metadata: { labels: { a: 'c' } } },
      { 'content-type': 'application/merge-patch+json' },
    );
    const lines = String((await watching).body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    assert.deepEqual(lines, ['ADDED', 'DELETED']);
  });
});

test('the audit log tells what changed, and no Secret', async () => {
  const secrets = '/api/v1/namespaces/default/secrets';
  await call('POST', secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    stringData: { key: 'canary-0815' },
  });
  await call('POST', ISVCS, isvc('audited'));
  const text = readFileSync(join(folder, 'audit.log'), 'utf8');
  assert.doesNotMatch(text, /canary-0815/);
  assert.ok(!text.includes(Buffer.from('canary-0815').toString('base64')));
  const last = JSON.parse(text.trim().split('\n').at(-1) as string);
  assert.deepEqual([last.verb, last.object.name], ['create', 'audited']);
  assert.ok(last.difference.length > 0);
});
