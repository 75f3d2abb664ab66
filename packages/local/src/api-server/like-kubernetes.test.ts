/** What was held request by request against kube-apiserver 1.34 with KServe's CRDs, and differed. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startTestApi, type TestAnswer, type TestApi } from '../testing/test-api.ts';

const ISVCS = '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices';
const RUNTIMES = '/apis/serving.kserve.io/v1alpha1/namespaces/default/servingruntimes';
const MAPS = '/api/v1/namespaces/default/configmaps';
const SECRETS = '/api/v1/namespaces/default/secrets';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const GONE = '11111111-1111-1111-1111-111111111111';
let api: TestApi;

before(async () => {
  api = await startTestApi();
});
after(() => api.close());
beforeEach(() => {
  for (const kind of ['InferenceService', 'ServingRuntime', 'Secret', 'ConfigMap']) {
    for (const { metadata } of api.store.list(kind)) {
      const key = { kind, name: metadata.name, namespace: 'default' };
      if (metadata.finalizers !== undefined) {
        const { finalizers: _all, ...rest } = metadata;
        api.store.update({ ...(api.store.get(key) as NonNullable<ReturnType<typeof api.store.get>>), metadata: rest });
      }
      api.store.delete(key);
    }
  }
});

const MODEL = { modelFormat: { name: 'sklearn' }, storageUri: 'gs://b/m' };
const isvc = (predictor: object = {}, metadata: object = {}) => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name: 'a', ...metadata },
  spec: { predictor },
});
const configMap = (data: object = { a: '1' }, metadata: object = {}, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', ...metadata },
  data,
  ...more,
});
const secret = (more: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more });
const said = ({ status, body }: TestAnswer) => [status, body.reason];
const apply = (manager: string, object: object, query = '') =>
  api.call('PATCH', `${ISVCS}/a?fieldManager=${manager}${query}`, object, APPLY);

describe('server-side apply', () => {
  test('needs a manager, and says so with its details', async () => {
    const { status, body } = await api.call('PATCH', `${ISVCS}/a`, isvc({ model: MODEL }), APPLY);
    assert.deepEqual([status, body.reason, body.details.kind], [422, 'Invalid', 'PatchOptions']);
    assert.deepEqual(body.details.causes[0].field, 'fieldManager');
  });

  test('gives no time to who changes nothing', async () => {
    await apply('one', isvc({ model: MODEL }));
    const { body } = await apply('two', isvc({ model: { storageUri: MODEL.storageUri } }));
    const [first, second] = body.metadata.managedFields;
    assert.deepEqual([first.manager, first.time, second.manager], ['two', undefined, 'one']);
    assert.match(second.time, /Z$/);
  });

  test('takes a version as a condition, and what another cluster exported as it is', async () => {
    await apply('one', isvc({ model: MODEL }));
    assert.deepEqual(said(await apply('one', isvc({ model: MODEL }, { resourceVersion: '1' }))), [409, 'Conflict']);
    const exported = await apply('one', isvc({ model: MODEL }, { resourceVersion: '1', uid: GONE }));
    assert.equal(exported.status, 200, exported.body.message);
    const nil = await apply('one', isvc({ model: MODEL }, { managedFields: [] }));
    assert.deepEqual([nil.status, nil.body.message], [400, 'metadata.managedFields must be nil']);
  });

  test('takes kind and version from the configuration alone, and no field that has no schema', async () => {
    const { apiVersion: _version, ...without } = isvc({ model: MODEL });
    assert.match((await apply('one', without)).body.message, /^invalid object type: \/, Kind=InferenceService/);
    assert.equal((await apply('one', { ...without, apiVersion: 'v1' })).status, 400);
    const unknown = await apply('one', isvc({ model: MODEL, nope: 1 }), '&fieldValidation=Ignore');
    assert.deepEqual(said(unknown), [422, 'Invalid']);
  });

  test('refuses items that nothing tells apart', async () => {
    const twice = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ];
    const { status, body } = await apply('one', isvc({ model: { ...MODEL, env: twice } }));
    assert.equal(status, 422);
    assert.match(body.message, /spec\.predictor\.model\.env: duplicate entries for key \[name="A"\]/);
    const container = { name: 'k', image: 'i', env: twice };
    const runtime = { containers: [container], supportedModelFormats: [{ name: 'f' }] };
    const object = {
      apiVersion: 'serving.kserve.io/v1alpha1',
      kind: 'ServingRuntime',
      metadata: { name: 'r' },
      spec: runtime,
    };
    assert.equal((await api.call('POST', RUNTIMES, object)).body.details.causes[0].reason, 'FieldValueDuplicate');
    await apply('one', isvc({ model: MODEL }));
    const nameless = await apply('one', isvc({ model: { env: [{ value: '1' }] } }));
    assert.match(nameless.body.message, /\.env: element 0 has none of the keys/);
  });

  test('puts merged items where structured-merge-diff does', async () => {
    const env = (...names: string[]) => isvc({ model: { env: names.map((name) => ({ name, value: '1' })) } });
    const names = ({ body }: TestAnswer) =>
      body.spec.predictor.model.env.map(({ name }: { name: string }) => name).join('');
    await apply('base', isvc({ model: MODEL }));
    await apply('one', env('A', 'C', 'B'));
    assert.equal(names(await apply('two', env('C', 'A'))), 'CBA');
    assert.equal(names(await apply('three', env('X', 'B', 'Y'))), 'CXBAY');
  });

  test('takes a map that is atomic for one field', async () => {
    await apply('one', isvc({ model: MODEL, nodeSelector: { a: '1' } }));
    const { status, body } = await apply('two', isvc({ nodeSelector: { b: '1' } }));
    assert.deepEqual([status, body.details.causes[0].field], [409, '.spec.predictor.nodeSelector']);
  });

  test('writes nothing where it gives the same text to encode again', async () => {
    const again = () => api.call('PATCH', `${SECRETS}/s?fieldManager=one`, secret({ stringData: { a: '1' } }), APPLY);
    const first = (await again()).body.metadata;
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    assert.deepEqual((await again()).body.metadata, first);
  });

  test('counts the generation in a dry run, and stores nothing', async () => {
    await apply('one', isvc({ model: MODEL }));
    const dry = await apply('one', isvc({ model: MODEL, maxReplicas: 2 }), '&dryRun=All');
    assert.deepEqual([dry.body.metadata.generation, dry.body.spec.predictor.maxReplicas], [2, 2]);
    assert.equal((await api.call('GET', `${ISVCS}/a`)).body.metadata.generation, 1);
  });

  test('knows owners of the status, and conflicts there', async () => {
    await apply('one', isvc({ model: MODEL }));
    const status = (manager: string, url: string, query = '') => {
      const object = { ...isvc(), spec: undefined, status: { url } };
      return api.call('PATCH', `${ISVCS}/a/status?fieldManager=${manager}${query}`, object, APPLY);
    };
    const { body } = await status('ctl', 'http://a');
    const entry = body.metadata.managedFields.find((one: { manager: string }) => one.manager === 'ctl');
    assert.deepEqual([entry.subresource, entry.fieldsV1], ['status', { 'f:status': { 'f:url': {} } }]);
    const conflict = await status('other', 'http://b');
    assert.equal(conflict.status, 409);
    assert.match(conflict.body.message, /conflict with "ctl" with subresource "status": \.status\.url/);
    assert.equal((await status('other', 'http://b', '&force=true')).body.status.url, 'http://b');
    const versions = [];
    // Who applies both parts in one second has two entries that only the part tells apart.
    for (let index = 0; index < 3; index++) {
      await apply('other', isvc({ minReplicas: 1 }));
      versions.push((await status('other', 'http://c', '&force=true')).body.metadata.resourceVersion);
    }
    assert.equal(versions[2], versions[1]);
    const spec = await apply('one', isvc({ model: MODEL, maxReplicas: 2 }));
    assert.equal(spec.body.status.url, 'http://c');
  });

  test('lists nobody where nobody owns anything, and asks for no owners until somebody applies', async () => {
    await apply('one', isvc({ model: MODEL }));
    const clear = [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }];
    const cleared = await api.call('PATCH', `${ISVCS}/a`, clear, JSON_PATCH);
    assert.equal('managedFields' in cleared.body.metadata, false);
    const labelled = await api.call('PATCH', `${ISVCS}/a`, { metadata: { labels: { a: 'b' } } }, MERGE);
    assert.equal('managedFields' in labelled.body.metadata, false);
    const { managedFields } = (await apply('one', isvc({ maxReplicas: 2 }))).body.metadata;
    assert.deepEqual(
      managedFields.map((one: { manager: string }) => one.manager),
      ['one', 'before-first-apply'],
    );
    assert.equal(managedFields[0].time, managedFields[1].time);
  });

  test("keeps a Namespace's own label, and leaves kubectl's annotation in the order of its keys", async () => {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', labels: { a: 'b' } } };
    const path = '/api/v1/namespaces/team?fieldManager=one';
    await api.call('PATCH', path, object, APPLY);
    const { body } = await api.call('PATCH', path, { ...object, metadata: { name: 'team' } }, APPLY);
    assert.deepEqual(body.metadata.labels, { 'kubernetes.io/metadata.name': 'team' });
    assert.equal('generation' in body.metadata, false);
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(configMap()) };
    await api.call('POST', MAPS, configMap({ a: '1' }, { annotations }));
    const applied = await api.call('PATCH', `${MAPS}/c?fieldManager=kubectl&force=true`, configMap({ a: '2' }), APPLY);
    assert.match(Object.values(applied.body.metadata.annotations)[0] as string, /^\{"apiVersion":"v1","data":/);
  });
});

describe('options', () => {
  test('a dry run in other words is none that is carried out', async () => {
    for (const [method, path, body] of [
      ['POST', MAPS, configMap()],
      ['PUT', `${MAPS}/d`, configMap({}, { name: 'd' })],
      ['DELETE', `${MAPS}/d`, undefined],
    ] as const) {
      if (method !== 'POST') await api.call('POST', MAPS, configMap({ a: '1' }, { name: 'd' }));
      assert.deepEqual(said(await api.call(method, `${path}?dryRun=Some`, body)), [422, 'Invalid'], method);
    }
    assert.equal((await api.call('GET', `${MAPS}/c`)).status, 404);
    assert.deepEqual((await api.call('GET', `${MAPS}/d`)).body.data, { a: '1' });
  });

  test('what nothing knows is refused, each with its field', async () => {
    const field = async (query: string, type = MERGE) =>
      (await api.call('PATCH', `${MAPS}/c?${query}`, {}, type)).body.details?.causes?.[0]?.field;
    assert.equal(await field('fieldValidation=Nope'), 'fieldValidation');
    assert.equal(await field(`fieldManager=${'x'.repeat(200)}`), 'fieldManager');
    assert.equal(await field('fieldManager=a%0Ab'), 'fieldManager');
    assert.equal(await field('force=true'), 'force');
    await api.call('POST', MAPS, configMap());
    const { body } = await api.call('DELETE', `${MAPS}/c`, { propagationPolicy: 'Nope' });
    assert.equal(body.details.causes[0].field, 'propagationPolicy');
    const both = await api.call('DELETE', `${MAPS}/c`, { propagationPolicy: 'Orphan', orphanDependents: true });
    assert.equal(both.status, 422);
    assert.equal((await api.call('DELETE', `${MAPS}/c?gracePeriodSeconds=x`)).status, 400);
    assert.equal((await api.call('DELETE', `${MAPS}/c`, configMap())).status, 400);
    assert.equal((await api.call('GET', `${MAPS}/c`)).status, 200);
  });

  test('a strict client is told of unknown fields as of a body that can not be read', async () => {
    const { status, body } = await api.call('POST', `${MAPS}?fieldValidation=Strict`, configMap({}, {}, { nope: 1 }));
    assert.deepEqual([status, body.reason], [400, 'BadRequest']);
    assert.match(body.message, /^ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: /);
  });

  test('a patch warns of what it brings, not of what was there', async () => {
    const odd = { ...isvc({ model: MODEL }), metadata: { name: 'a', annotations: { 'serving.kserve.org/x': 'y' } } };
    assert.match(String((await api.call('POST', ISVCS, odd)).headers.warning), /serving\.kserve\.org/);
    const labelled = await api.call('PATCH', `${ISVCS}/a`, { metadata: { labels: { a: 'b' } } }, MERGE);
    assert.equal(labelled.headers.warning, undefined);
  });
});

describe('objects', () => {
  test('a name that is taken is named in the details, and so is an object on its way out', async () => {
    await api.call('POST', MAPS, configMap({}, { finalizers: ['x.io/a'] }));
    for (const query of ['', '?dryRun=All']) {
      const { body } = await api.call('POST', MAPS + query, configMap());
      assert.deepEqual([body.reason, body.details], ['AlreadyExists', { name: 'c', kind: 'configmaps' }]);
    }
    await api.call('DELETE', `${MAPS}/c`);
    assert.match((await api.call('POST', MAPS, configMap())).body.message, /^object is being deleted: /);
  });

  test('an object that is being deleted takes no new finalizers', async () => {
    await api.call('POST', MAPS, configMap({}, { finalizers: ['x.io/a'] }));
    const dry = await api.call('DELETE', `${MAPS}/c?dryRun=All`);
    assert.deepEqual([dry.body.kind, dry.body.metadata.deletionGracePeriodSeconds], ['ConfigMap', 0]);
    const deleted = await api.call('DELETE', `${MAPS}/c`);
    assert.equal(deleted.body.metadata.deletionGracePeriodSeconds, 0);
    const more = await api.call('PATCH', `${MAPS}/c`, { metadata: { finalizers: ['x.io/a', 'x.io/b'] } }, MERGE);
    assert.deepEqual(said(more), [422, 'Invalid']);
    assert.equal((await api.call('PATCH', `${MAPS}/c`, { metadata: { finalizers: null } }, MERGE)).status, 200);
    assert.equal((await api.call('GET', `${MAPS}/c`)).status, 404);
  });

  test('finalizers are names, and one owner is the controller', async () => {
    assert.equal((await api.call('POST', MAPS, configMap({}, { finalizers: ['a b'] }))).status, 422);
    const owner = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: name, controller: true });
    const two = configMap({}, { ownerReferences: [owner('x'), owner('y')] });
    assert.equal((await api.call('POST', MAPS, two)).status, 422);
  });

  test('what is immutable stays, labels apart', async () => {
    await api.call('POST', MAPS, configMap({ a: '1' }, {}, { immutable: true }));
    const patch = (body: object) => api.call('PATCH', `${MAPS}/c`, body, MERGE);
    assert.equal((await patch({ data: { a: '2' } })).body.details.causes[0].field, 'data');
    assert.equal((await patch({ immutable: null })).body.details.causes[0].field, 'immutable');
    assert.equal((await patch({ data: { a: '1' }, metadata: { labels: { a: 'b' } } })).status, 200);
    await api.call('POST', SECRETS, secret({ immutable: true, stringData: { a: '1' } }));
    const change = (stringData: object) => api.call('PATCH', `${SECRETS}/s`, { stringData }, MERGE);
    assert.deepEqual([(await change({ a: '2' })).status, (await change({ a: '1' })).status], [422, 200]);
    const typed = await api.call('PATCH', `${SECRETS}/s`, { type: 'x/y' }, MERGE);
    assert.equal(typed.body.details.causes[0].field, 'type');
  });

  test('Secrets and ConfigMaps hold what they must, and no nulls', async () => {
    const status = async (path: string, object: object) =>
      (await api.call('POST', `${path}?dryRun=All`, object)).status;
    const encoded = Buffer.from('x').toString('base64');
    assert.equal(await status(SECRETS, secret({ type: 'kubernetes.io/tls', data: { 'tls.crt': encoded } })), 422);
    assert.equal(
      await status(SECRETS, secret({ type: 'kubernetes.io/basic-auth', stringData: { username: 'u' } })),
      201,
    );
    assert.equal(await status(MAPS, configMap({ a: 'x' }, {}, { binaryData: { a: encoded } })), 422);
    assert.equal(await status(MAPS, configMap({ a: 'x'.repeat(1_100_000) })), 422);
    assert.equal(await status(MAPS, configMap({}, {}, { immutable: 'x' })), 422);
    assert.equal(await status(SECRETS, secret({ type: 1 })), 422);
    assert.deepEqual((await api.call('POST', MAPS, configMap({ a: null }))).body.data, { a: '' });
  });

  test('an Event is taken without a word', async () => {
    const involvedObject = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'c' };
    const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject, reason: 'R' };
    const { status, headers } = await api.call('POST', '/api/v1/namespaces/default/events', event);
    assert.deepEqual([status, headers.warning], [201, undefined]);
  });

  test('nobody empties all namespaces, or deletes them all, at a stroke', async () => {
    await api.call('POST', MAPS, configMap());
    for (const path of ['/api/v1/configmaps', '/api/v1/namespaces']) {
      assert.deepEqual(said(await api.call('DELETE', path)), [405, 'MethodNotAllowed']);
    }
    assert.equal((await api.call('GET', `${MAPS}/c`)).status, 200);
  });

  test('an object is made in a namespace that the path names, and in no other', async () => {
    const elsewhere = configMap({}, { namespace: 'kserve' });
    assert.deepEqual(said(await api.call('POST', '/api/v1/configmaps', elsewhere)), [405, 'MethodNotAllowed']);
    assert.deepEqual([api.store.list('ConfigMap').length, (await api.call('POST', MAPS, elsewhere)).status], [0, 400]);
  });

  test('a JSON patch may replace a field that is not there, and test that it is not', async () => {
    await api.call('POST', MAPS, configMap());
    const patch = (...operations: object[]) => api.call('PATCH', `${MAPS}/c`, operations, JSON_PATCH);
    const done = await patch(
      { op: 'test', path: '/data/b', value: null },
      { op: 'replace', path: '/data/b', value: '2' },
    );
    assert.deepEqual(done.body.data, { a: '1', b: '2' });
    assert.equal((await patch({ op: 'replace', path: '/nothing/b', value: '2' })).status, 422);
    assert.equal((await patch({ op: 'nope', path: '/data/b' })).status, 422);
  });
});

describe('lists and answers', () => {
  test('selectors: numbers, keys, and the fields that a kind has', async () => {
    await api.call('POST', MAPS, configMap({}, { labels: { n: '5' } }));
    const count = async (query: string) => (await api.call('GET', `${MAPS}?${query}`)).body.items?.length;
    assert.deepEqual([await count('labelSelector=n%3E4'), await count('labelSelector=n%3C5')], [1, 0]);
    for (const query of ['labelSelector=x/y/z%3D1', `labelSelector=${'a'.repeat(70)}`, 'fieldSelector=type%3Dx']) {
      assert.equal((await api.call('GET', `${MAPS}?${query}`)).status, 400, query);
    }
    assert.equal((await api.call('GET', `${SECRETS}?fieldSelector=type%3Dx`)).status, 200);
  });

  test('versions: to come, of no list, and beside a continue token', async () => {
    const { body } = await api.call('GET', `${MAPS}?resourceVersion=99999999999999`);
    assert.deepEqual([body.code, body.details.causes[0].reason], [504, 'ResourceVersionTooLarge']);
    const status = async (query: string) => (await api.call('GET', `${MAPS}?${query}`)).status;
    assert.equal(await status('resourceVersion=abc'), 400);
    assert.equal(await status('resourceVersionMatch=Exact'), 422);
    assert.equal(await status('resourceVersionMatch=Nope&resourceVersion=1'), 422);
    assert.equal(await status('watch=1&sendInitialEvents=true'), 422);
    assert.equal(await status('limit=-1'), 200);
    for (const name of ['c', 'd']) await api.call('POST', MAPS, configMap({}, { name, labels: { l: 'x' } }));
    const page = (await api.call('GET', `${MAPS}?limit=1`)).body.metadata;
    assert.equal(await status(`limit=1&continue=${page.continue}&resourceVersion=1`), 400);
    assert.equal(page.remainingItemCount, 1);
    const selected = (await api.call('GET', `${MAPS}?limit=1&labelSelector=l`)).body.metadata;
    assert.equal('remainingItemCount' in selected, false);
  });

  test('YAML where it is asked for, the older Table too, and 406 before anything is written', async () => {
    await api.call('POST', MAPS, configMap());
    const get = (accept: string, query = '') => api.call('GET', `${MAPS}/c${query}`, undefined, { accept });
    const yaml = await get('application/yaml');
    assert.equal(yaml.headers['content-type'], 'application/yaml');
    assert.match(yaml.body, /^apiVersion: v1$/m);
    for (const name of ['d', 'e']) await api.call('POST', MAPS, configMap({ a: 'x'.repeat(400_000) }, { name }));
    const many = await api.call('GET', MAPS, undefined, { accept: 'application/yaml' });
    assert.deepEqual([many.headers['content-type'], many.body.items.length], ['application/yaml', 3]);
    for (const name of ['d', 'e']) await api.call('DELETE', `${MAPS}/${name}`);
    const table = 'application/json;as=Table;g=meta.k8s.io;v=';
    assert.equal((await get(`${table}v1beta1`)).body.apiVersion, 'meta.k8s.io/v1beta1');
    assert.equal((await get(`${table}v1`, '?includeObject=Nope')).status, 400);
    assert.equal((await get('application/xml,application/json')).status, 200);
    assert.equal((await get('application/xml')).status, 406);
    const written = await api.call('POST', MAPS, configMap({}, { name: 'd' }), { accept: 'application/xml' });
    assert.equal(written.status, 406);
    assert.equal((await api.call('GET', `${MAPS}/d`)).status, 404);
    const head = await api.call('HEAD', `${MAPS}/c`);
    assert.deepEqual([head.status, head.body], [200, '']);
  });

  test('a watch tells what left its selection as it was inside', async () => {
    await api.call('POST', MAPS, configMap({}, { labels: { a: 'in' } }));
    const from = (await api.call('GET', MAPS)).body.metadata.resourceVersion;
    const { body } = await api.call('PATCH', `${MAPS}/c`, { metadata: { labels: { a: 'out' } } }, MERGE);
    const query = `watch=1&timeoutSeconds=1&labelSelector=a%3Din&resourceVersion=${from}`;
    const { type, object } = (await api.call('GET', `${MAPS}?${query}`)).body;
    assert.deepEqual([type, object.metadata.labels], ['DELETED', { a: 'in' }]);
    assert.equal(object.metadata.resourceVersion, body.metadata.resourceVersion);
  });

  test('no kinds are defined by objects here, which kubectl asks where a file has one that is not there', async () => {
    const { body } = await api.call('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?limit=500');
    assert.deepEqual([body.kind, body.items], ['CustomResourceDefinitionList', []]);
  });
});
