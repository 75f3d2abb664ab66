/**
 * `node conformance/field/main.ts`: troubles that people had with KServe, re-told against a live platform: what a service is
 * called, what is deleted, who is awake, whose page may ask, what a missing or a cut model says.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectApi, type Json } from '../faults/api.ts';
import { ask } from '../faults/prober.ts';
import { must, Results } from '../kubectl/checks.ts';
import { up } from '../platform.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const VERSIONS = join(ROOT, 'conformance', 'faults', 'models');
const IRIS = join(ROOT, 'examples', 'sklearn-iris', 'model');
const body = readFileSync(join(VERSIONS, 'body.json'), 'utf8');
const irisBody = JSON.stringify({ instances: [[6.8, 2.8, 4.8, 1.4]] });

const folder = mkdtempSync(join(tmpdir(), 'berth-field-'));
const claim = join(folder, 'claim');
cpSync(IRIS, join(claim, 'iris'), { recursive: true });
const platform = await up(join(folder, 'state'), ['--volume', `store=${claim}`]);
const api = connectApi(platform.kubeconfig);
const port = Number(new URL(platform.gateway).port);
const counts = new Results();

const isvc = (
  name: string,
  storageUri: string,
  predictor: Json = {},
  metadata: Json = {},
  format = 'sklearn',
): Json => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name, ...metadata },
  spec: { predictor: { model: { modelFormat: { name: format }, storageUri }, ...predictor } },
});
const predict = (name: string, text = body, headers: Record<string, string> = {}) =>
  ask({ port, path: `/serving/default/${name}/v1/models/${name}:predict`, body: text, headers });
const condition = (object: Json): Json => object?.status?.conditions?.find((one: Json) => one.type === 'Ready');

async function notReady(name: string, message: RegExp): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end; await sleep(50)) {
    const ready = condition(await api.get(name));
    if (ready?.status !== 'False') continue;
    must(message.test(ready.message), `${name} says "${ready.message}"`);
    return;
  }
  throw new Error(`${name} is not told to be not ready`);
}

const check = (name: string, work: () => Promise<unknown>) => counts.attempt(name, work);

await check('a name and namespace of more than 63 letters: a host that works, the same each time', async () => {
  const namespace = `n${'x'.repeat(44)}`;
  await api.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const path = `/apis/serving.kserve.io/v1beta1/namespaces/${namespace}/inferenceservices`;
  await api.call('POST', path, isvc('t-44e43bb2-and-more', `file://${IRIS}`));
  const urls = new Set<string>();
  for (let turn = 0; turn < 2; turn++) {
    let object: Json;
    for (const end = performance.now() + 30_000; performance.now() < end; await sleep(50)) {
      object = (await api.call('GET', `${path}/t-44e43bb2-and-more`)).body;
      if (condition(object)?.status === 'True') break;
    }
    urls.add(object.status.url);
    const host = new URL(object.status.url).hostname;
    must(
      host.split('.').every((label) => label.length <= 63),
      `a label of ${host} is too long`,
    );
    const answer = await ask({
      port,
      path: '/v1/models/t-44e43bb2-and-more:predict',
      body: irisBody,
      headers: { host },
    });
    must(answer.status === 200, `${answer.status} ${answer.body}`);
    await api.call(
      'PATCH',
      `${path}/t-44e43bb2-and-more`,
      { metadata: { labels: { a: String(turn) } } },
      'application/merge-patch+json',
    );
  }
  must(urls.size === 1, `the URL changes: ${[...urls]}`);
  await api.call('DELETE', `/api/v1/namespaces/${namespace}`);
});

await check('after waiting for Ready the answer is of the new generation, twenty times', async () => {
  for (let turn = 0; turn < 20; turn++) {
    const version = (turn % 2) + 1;
    await api.apply(isvc('roll', `file://${VERSIONS}/v${version}`));
    await api.ready('roll');
    const { body: text } = await predict('roll');
    must(JSON.parse(text).predictions[0] === version, `turn ${turn}: ${text}`);
  }
  await api.remove('roll');
});

await check('a canary wakes no revision but the two that have traffic', async () => {
  for (const version of [1, 2, 3]) {
    await api.apply(isvc('wake', `file://${VERSIONS}/v${version}`));
    await api.ready('wake');
  }
  const settled = performance.now();
  while ((await api.pods('wake')).length > 1) {
    await sleep(20);
    must(performance.now() - settled < 5_000, 'the revision before is still awake');
  }
  await api.apply(isvc('wake', `file://${VERSIONS}/v1`, { canaryTrafficPercent: 1 }));
  const seen = new Set<string>();
  for (const end = performance.now() + 10_000; performance.now() < end; await sleep(200)) {
    for (const pod of await api.pods('wake')) seen.add(pod.metadata.labels['serving.knative.dev/revision']);
  }
  must(!seen.has('wake-predictor-00001') && !seen.has('wake-predictor-00002'), `awake: ${[...seen]}`);
  const answers = new Set<number>();
  for (let turn = 0; turn < 200; turn++) answers.add(JSON.parse((await predict('wake')).body).predictions[0]);
  must(answers.has(3) && answers.has(1) && answers.size === 2, `answers: ${[...answers]}`);
  await api.remove('wake');
});

await check(
  'delete leaves nothing of a healthy, a broken and a hanging service, and their names can be used again',
  async () => {
    const hanging = createServer(() => undefined);
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', () => resolve()));
    const silent = `http://127.0.0.1:${(hanging.address() as { port: number }).port}/model.joblib`;
    const all: [string, string][] = [
      ['ok', `file://${IRIS}`],
      ['broken', 'file:///no/such/model'],
      ['hanging', silent],
    ];
    for (const [name, uri] of all) await api.apply(isvc(name, uri));
    await sleep(1_500);
    for (const [name] of all) {
      const start = performance.now();
      await api.remove(name);
      must(performance.now() - start < 10_000, `${name} took ${performance.now() - start} ms to go`);
      must((await predict(name, irisBody)).status === 404, `${name} is still routed`);
      for (const kind of [
        '/apis/serving.knative.dev/v1/namespaces/default/revisions',
        '/api/v1/namespaces/default/pods',
      ]) {
        const { body: list } = await api.call(
          'GET',
          `${kind}?labelSelector=serving.kserve.io%2Finferenceservice%3D${name}`,
        );
        must(list.items.length === 0, `${name} leaves ${kind}`);
      }
    }
    for (const [name] of all) {
      await api.apply(isvc(name, `file://${IRIS}`));
      await api.ready(name);
      await api.remove(name);
    }
    hanging.close();
  },
);

await check('pvc:// to a file, to a folder, and to nothing', async () => {
  await api.apply(isvc('file', 'pvc://store/iris/model.joblib'));
  await api.apply(isvc('folder', 'pvc://store/iris'));
  await api.apply(isvc('missing', 'pvc://store/no-such-dir'));
  for (const name of ['file', 'folder']) {
    await api.ready(name);
    const answer = await predict(name, irisBody);
    must(answer.body === '{"predictions":[1]}', answer.body);
  }
  await notReady('missing', /no-such-dir/);
  for (const name of ['file', 'folder', 'missing']) await api.remove(name);
});

await check('cut, empty and missing model files say what is wrong, and a healthy neighbour goes on', async () => {
  const lines = [
    'tree',
    'version=v4',
    'num_class=1',
    'num_tree_per_iteration=1',
    'label_index=0',
    'max_feature_idx=1',
    'objective=binary sigmoid:1',
    'feature_names=a b',
    'feature_infos=[0:1] [0:1]',
    'tree_sizes=400',
    '',
    'Tree=0',
    'num_leaves=2',
    'split_feature=0',
  ].join('\n');
  const cases: [string, string, RegExp][] = [
    ['empty', '', /empty|0 bytes/],
    ['only-last-line', 'pandas_categorical:null\n', /tree/i],
    ['cut', lines, /tree/i],
  ];
  await api.apply(isvc('healthy', `file://${IRIS}`));
  await api.ready('healthy');
  for (const [name, text, message] of cases) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'model.bst'), text);
    await api.apply(isvc(name, `file://${join(folder, name)}`, {}, {}, 'lightgbm'));
    await notReady(name, message);
    must((await predict(name, irisBody)).status === 503, `${name} is not 503`);
  }
  mkdirSync(join(folder, 'nothing'));
  writeFileSync(join(folder, 'nothing', 'README.md'), 'no model');
  await api.apply(isvc('nothing', `file://${join(folder, 'nothing')}`));
  await notReady('nothing', /README\.md/);
  cpSync(join(IRIS, 'model.joblib'), join(folder, 'two', 'a.joblib'));
  cpSync(join(IRIS, 'model.joblib'), join(folder, 'two', 'b.joblib'));
  await api.apply(isvc('two', `file://${join(folder, 'two')}`));
  await notReady('two', /a\.joblib[\s\S]*b\.joblib/);
  must((await predict('healthy', irisBody)).status === 200, 'the healthy one');
  for (const name of ['healthy', 'nothing', 'two', ...cases.map(([one]) => one)]) await api.remove(name);
});

await check('a misspelled annotation is warned of when it is applied and in an event', async () => {
  const annotations = { 'serving.kserve.org/s3-endpoint': 'x', 'example.com/owner': 'me' };
  await api.apply(isvc('typo', `file://${IRIS}`, {}, { annotations }));
  await api.ready('typo');
  const { body: events } = await api.call(
    'GET',
    '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dtypo',
  );
  const texts = events.items.map((one: Json) => one.message).join('\n');
  must(/serving\.kserve\.org\/s3-endpoint/.test(texts) && !/example\.com\/owner/.test(texts), texts);
  await api.remove('typo');
});

await check('other bytes than the expected digest are never served', async () => {
  await api.apply(isvc('digest', `file://${IRIS}`, {}, { annotations: { 'berth.dev/model-sha256': '0'.repeat(64) } }));
  await notReady('digest', /digest|sha256/i);
  must((await predict('digest', irisBody)).status === 503, 'it is served');
  await api.remove('digest');
});

await check('a page of an allowed origin may ask, also where the answer is an error; no other may', async () => {
  await api.apply(
    isvc('page', `file://${IRIS}`, {}, { annotations: { 'berth.dev/cors-origins': 'http://localhost:3000' } }),
  );
  await api.ready('page');
  const send = (
    method: string,
    text: string,
    origin: string,
  ): Promise<{ status: number; allowed: string | undefined }> =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path: '/serving/default/page/v1/models/page:predict',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'content-type',
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          },
        },
        (response) => {
          response.resume();
          resolve({ status: response.statusCode ?? 0, allowed: response.headers['access-control-allow-origin'] });
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  for (const [method, text, status] of [
    ['OPTIONS', '', 204],
    ['POST', irisBody, 200],
    ['POST', '{', 400],
  ] as const) {
    const own = await send(method, text, 'http://localhost:3000');
    must(own.status === status && own.allowed === 'http://localhost:3000', `${method} ${own.status} ${own.allowed}`);
    must((await send(method, text, 'http://evil.example')).allowed === undefined, `${method} of another origin`);
  }
  await api.remove('page');
});

await platform.stop();
rmSync(folder, { recursive: true, force: true });
process.exitCode = counts.failed === 0 ? 0 : 1;
