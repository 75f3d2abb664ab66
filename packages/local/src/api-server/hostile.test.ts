import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
before(async () => {
  api = await startTestApi();
});
after(async () => {
  await api.close();
});

const MAPS = '/api/v1/namespaces/default/configmaps';
const map = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});
const junk = fc.oneof(
  fc.constantFrom<unknown>(null, 5, -1, '', 'x', true, [], {}, [null], { '': null }, [[{}]], { a: { b: [1] } }),
  fc.jsonValue({ maxDepth: 4 }),
);
const COLLECTIONS = [
  '/api/v1/namespaces',
  MAPS,
  '/api/v1/namespaces/default/secrets',
  '/api/v1/namespaces/default/serviceaccounts',
  '/api/v1/namespaces/default/persistentvolumeclaims',
  '/api/v1/namespaces/default/events',
  '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices',
  '/apis/serving.kserve.io/v1alpha1/namespaces/default/servingruntimes',
  '/apis/serving.kserve.io/v1alpha1/namespaces/default/trainedmodels',
  '/apis/serving.kserve.io/v1alpha1/namespaces/default/inferencegraphs',
  '/apis/serving.kserve.io/v1alpha1/localmodelcaches',
];
const META = [
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'name',
  'generateName',
  'namespace',
  'managedFields',
];

describe('no body makes an inner error', () => {
  const body = fc
    .tuple(
      fc.dictionary(fc.constantFrom(...META, 'uid', 'resourceVersion', 'deletionTimestamp'), junk),
      fc.dictionary(
        fc.constantFrom('spec', 'data', 'stringData', 'status', 'type', 'kind', '__proto__', 'secrets', 'subsets'),
        junk,
      ),
    )
    .map(([metadata, fields]) => ({ metadata: { name: 'fuzz', ...metadata }, ...fields }));
  const query = fc.constantFrom('', '?fieldValidation=Strict', '?fieldValidation=Ignore', '?dryRun=All');

  test('create, replace, patch in every form', async () => {
    const types = [
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/json-patch+json',
      'application/apply-patch+yaml',
    ];
    const values = fc.tuple(fc.constantFrom(...COLLECTIONS), fc.oneof(body, junk), query, fc.constantFrom(...types));
    await fc.assert(
      fc.asyncProperty(values, async ([path, value, asked, type]) => {
        const manager = `${asked === '' ? '?' : `${asked}&`}fieldManager=fuzz&force=true`;
        for (const answer of [
          await api.call('POST', path + asked, value),
          await api.call('PUT', `${path}/fuzz${asked}`, value),
          await api.call('PATCH', `${path}/fuzz${manager}`, value, { 'content-type': type }),
          await api.call('PATCH', `${path}/fuzz/status${manager}`, value, { 'content-type': type }),
          await api.call('GET', path),
          await api.call('GET', path, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
          await api.call('DELETE', `${path}/fuzz`, value),
        ]) {
          assert.ok(answer.status < 500, `${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
        }
        assert.deepEqual(api.errors.map(String), []);
      }),
      { numRuns: 120 },
    );
  });
  test('JSON patches of any kind', async () => {
    await api.call('POST', MAPS, map('patched', { data: { a: 'b' } }));
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'no'),
      path: fc.constantFrom(
        '',
        '/',
        '/data',
        '/data/a',
        '/metadata',
        '/metadata/name',
        '/metadata/labels/x',
        '/__proto__/x',
        '/kind',
        '/metadata/finalizers/-',
      ),
      from: fc.constantFrom('', '/data', '/metadata', '/data/a', '/metadata/name'),
      value: junk,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 4 }), async (patch) => {
        const answer = await api.call('PATCH', `${MAPS}/patched`, patch, {
          'content-type': 'application/json-patch+json',
        });
        assert.ok(answer.status < 500, `${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
        assert.deepEqual(api.errors.map(String), []);
      }),
      { numRuns: 150 },
    );
  });
});

test('URLs of any kind', async () => {
  for (const path of [
    '//',
    '//evil/api',
    '/api/v1/namespaces/%zz',
    '/api/v1/namespaces/default/configmaps?limit=x',
    '/api/v1/../v1/namespaces',
    '/api/v1/configmaps?resourceVersion=-1&watch=1',
    '/%00',
    '/apis/__proto__/v1/x',
    '/api/v1/constructor',
    `${MAPS}/__proto__`,
  ]) {
    const answer = await api.call('GET', path);
    assert.ok(answer.status === 400 || answer.status === 404 || answer.status === 200, `${path} ${answer.status}`);
  }
  const said = await raw(
    `GET http://[bad HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${api.access.token}\r\nConnection: close\r\n\r\n`,
  );
  assert.match(said, /^HTTP\/1\.1 400/);
  assert.deepEqual(api.errors, []);
});

test('a path with dots leads nowhere', async () => {
  for (const path of [
    '/api/v1/namespaces/../secrets',
    '/api/v1/namespaces/%2e%2E/secrets',
    '/api/./v1/namespaces',
    '/api/v1/..',
  ]) {
    const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${api.access.token}\r\nConnection: close\r\n\r\n`;
    assert.match(await raw(head), /^HTTP\/1\.1 404/, path);
  }
  assert.equal((await api.call('GET', '/api/v1/namespaces?labelSelector=a/..')).status === 404, false);
});

test('keys that JavaScript knows are data', async () => {
  const text =
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto"},"data":{"__proto__":"a","constructor":"b"}}';
  assert.equal((await api.call('POST', MAPS, text)).status, 201);
  const stored = api.store.get({ kind: 'ConfigMap', namespace: 'default', name: 'proto' });
  assert.deepEqual(Object.entries(stored?.data as object), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  const patch = '{"data":{"__proto__":"c"}}';
  await api.call('PATCH', `${MAPS}/proto`, patch, { 'content-type': 'application/merge-patch+json' });
  const { body } = await api.call('GET', `${MAPS}/proto`);
  assert.deepEqual(Object.entries(body.data), [
    ['__proto__', 'c'],
    ['constructor', 'b'],
  ]);
});

test('the pages of a list are of one moment, and expire', async () => {
  for (const name of ['p1', 'p2', 'p3'])
    await api.call('POST', MAPS, map(name, { metadata: { name, labels: { page: 'x' } } }));
  const list = `${MAPS}?labelSelector=page%3Dx&limit=2`;
  const first = (await api.call('GET', list)).body;
  await api.call('DELETE', `${MAPS}/p3`);
  await api.call('POST', MAPS, map('p4', { metadata: { name: 'p4', labels: { page: 'x' } } }));
  const rest = (await api.call('GET', `${list}&continue=${first.metadata.continue}`)).body;
  assert.deepEqual(
    rest.items.map((one: { metadata: { name: string } }) => one.metadata.name),
    ['p3'],
  );
  assert.equal(rest.metadata.resourceVersion, first.metadata.resourceVersion);
  const exact = await api.call(
    'GET',
    `${MAPS}?labelSelector=page%3Dx&resourceVersionMatch=Exact&resourceVersion=${first.metadata.resourceVersion}`,
  );
  assert.equal(exact.body.items.length, 3);
  const future = Buffer.from('99999999 default/p1').toString('base64url');
  const gone = await api.call('GET', `${list}&continue=${future}`);
  assert.deepEqual([gone.status, gone.body.reason], [410, 'Expired']);
  assert.equal((await api.call('GET', `${list}&continue=%%%`)).status, 400);
});

test('more watches than 500 are refused, and others go on', async () => {
  const sockets = Array.from({ length: 500 }, () => open(`GET ${MAPS}?watch=1`));
  await Promise.all(sockets.map(({ answered }) => answered));
  const more = await api.call('GET', `${MAPS}?watch=1&timeoutSeconds=1`);
  assert.deepEqual([more.status, more.body.reason], [429, 'TooManyRequests']);
  assert.equal((await api.call('GET', MAPS)).status, 200);
  for (const { socket } of sockets) socket.destroy();
});

test('warnings fit the headers that clients take', async () => {
  const annotations = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`serving.kserve.io/no-such-thing-${index}-${'x'.repeat(30)}`, 'a']),
  );
  const answer = await api.call('POST', COLLECTIONS[6] as string, {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'warned', annotations },
    spec: { predictor: { model: { modelFormat: { name: 'sklearn' }, storageUri: 'file:///m' } } },
  });
  assert.equal(answer.status, 201);
  assert.ok(String(answer.headers.warning).length < 9_000);
});

test('no value of a Secret comes into the audit log, wherever a client puts it', async () => {
  const secrets = '/api/v1/namespaces/default/secrets';
  const canary = 'canary-9931';
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', annotations: { note: canary, 'kubectl.kubernetes.io/last-applied-configuration': canary } },
    stringData: { password: canary },
    stringdata: { password: canary },
  };
  assert.equal((await api.call('POST', `${secrets}?fieldValidation=Ignore`, secret)).status, 201);
  const patch = { stringData: { password: `${canary}-2` } };
  await api.call('PATCH', `${secrets}/s`, patch, { 'content-type': 'application/merge-patch+json' });
  await api.call('DELETE', `${secrets}/s`);
  const text = readFileSync(join(api.folder, 'audit.log'), 'utf8');
  const lines = text.split('\n').filter((line) => line.includes('"kind":"Secret"') && line.includes('"name":"s"'));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).verb),
    ['create', 'update', 'delete'],
  );
  assert.match(lines[1] as string, /"\/data\/password","value":"\*\*\* \(another\)"/);
  for (const form of [canary, Buffer.from(canary).toString('base64').slice(0, 12)]) assert.ok(!text.includes(form));
});

test('status can be applied server-side', async () => {
  const path = '/api/v1/namespaces/default/persistentvolumeclaims';
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  assert.equal((await api.call('POST', path, claim)).status, 201);
  const sent = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c' }, status: { phase: 'Bound' } };
  const answer = await api.call('PATCH', `${path}/c/status?fieldManager=x`, sent, {
    'content-type': 'application/apply-patch+yaml',
  });
  assert.deepEqual([answer.status, answer.body.status, answer.body.spec], [200, { phase: 'Bound' }, claim.spec]);
});

function open(line: string): { socket: ReturnType<typeof connect>; answered: Promise<void> } {
  const socket = connect(api.port, '127.0.0.1');
  socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${api.access.token}\r\n\r\n`);
  const answered = new Promise<void>((resolve, reject) => {
    socket.once('data', () => resolve());
    socket.once('error', reject);
  });
  return { socket, answered };
}

/** Sends text and half-closes, as `nc` does. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1');
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(said));
    socket.end(text);
  });
}
