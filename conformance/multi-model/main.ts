/**
 * `node conformance/multi-model/main.ts`: TrainedModels on a live platform. Load, predict and unload through the gateway, a
 * budget that does not hold all models, a replica that is killed under requests, wrong names and wrong models, and a
 * service that is made again.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectApi, type Json } from '../faults/api.ts';
import { ask, failures, Prober } from '../faults/prober.ts';
import { must, Results } from '../kubectl/checks.ts';
import { up } from '../platform.ts';

const IRIS = join(import.meta.dirname, '..', '..', 'examples', 'sklearn-iris', 'model');
const XGBOOST = join(import.meta.dirname, '..', '..', 'examples', 'xgboost-iris', 'model');
const ISVCS = '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices';
const MODELS = '/apis/serving.kserve.io/v1alpha1/namespaces/default/trainedmodels';
const GRAPHS = '/apis/serving.kserve.io/v1alpha1/namespaces/default/inferencegraphs';
const body = JSON.stringify({ instances: [[6.8, 2.8, 4.8, 1.4]] });

const folder = mkdtempSync(join(tmpdir(), 'berth-multi-'));
const counts = new Results();
const platform = await up(join(folder, 'state'));
const api = connectApi(platform.kubeconfig);
const port = Number(new URL(platform.gateway).port);

const check = (name: string, work: () => Promise<unknown>) => counts.attempt(name, work);

const service = (name: string, predictor: Json = {}): Json => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name },
  spec: { predictor: { sklearn: { resources: { limits: { memory: '512Mi' } }, ...predictor } } },
});
const trained = (name: string, more: Json = {}, inferenceService = 'multi'): Json => ({
  apiVersion: 'serving.kserve.io/v1alpha1',
  kind: 'TrainedModel',
  metadata: { name },
  spec: { inferenceService, model: { storageUri: `file://${IRIS}`, framework: 'sklearn', memory: '100Mi', ...more } },
});
const create = async (object: Json) => {
  const { status, body: said } = await api.call('POST', MODELS, object);
  must(status === 201, `${status} ${said?.message}`);
};
const remove = async (name: string) => must((await api.call('DELETE', `${MODELS}/${name}`)).status === 200, name);
const predict = (name: string, owner = 'multi') =>
  ask({ port, path: `/serving/default/${owner}/v1/models/${name}:predict`, body });

/** Until a condition of a TrainedModel has a status. */
async function model(name: string, type: string, status: string): Promise<Json> {
  let last: Json;
  for (const end = performance.now() + 30_000; performance.now() < end; await sleep(50)) {
    const { body: object } = await api.call('GET', `${MODELS}/${name}`);
    last = object?.status?.conditions?.find((one: Json) => one.type === type);
    if (last?.status === status) return { ...last, url: object.status.url };
  }
  throw new Error(`${name} has ${type}=${last?.status} ${last?.reason}: ${last?.message}`);
}

async function until(what: string, holds: () => Promise<boolean>, forMs = 20_000): Promise<void> {
  for (const end = performance.now() + forMs; performance.now() < end; await sleep(50)) if (await holds()) return;
  throw new Error(`${what}: not within ${forMs / 1000} s`);
}

await api.apply(service('multi'));
await api.ready('multi');

await check('two models are loaded, and both answer through the gateway', async () => {
  await create(trained('one'));
  await create(trained('two', { storageUri: `file://${XGBOOST}`, framework: 'xgboost' }));
  const { url } = await model('one', 'Ready', 'True');
  await model('two', 'Ready', 'True');
  must(url.endsWith('/v1/models/one:predict'), url);
  for (const name of ['one', 'two']) {
    const answer = await predict(name);
    must(answer.status === 200, `${name}: ${answer.status} ${answer.body}`);
  }
});

await check('a model that is deleted answers no more, and the other one does', async () => {
  await remove('two');
  await until('two is gone', async () => (await predict('two')).status === 404);
  must((await predict('one')).status === 200, 'one');
});

await check('new files take the place of the old ones without a failed request', async () => {
  const prober = new Prober({
    port,
    path: '/serving/default/multi/v1/models/one:predict',
    body,
    rate: 100,
    clients: 4,
  });
  const merge = 'application/merge-patch+json';
  for (const storageUri of [`file://${XGBOOST}`, `file://${IRIS}`]) {
    const { status } = await api.call('PATCH', `${MODELS}/one`, { spec: { model: { storageUri } } }, merge);
    must(status === 200, `${status}`);
    await sleep(300);
    await model('one', 'Ready', 'True');
  }
  const probes = await prober.stop();
  must(probes.length > 20 && failures(probes).size === 0, JSON.stringify([...failures(probes)]));
  return `${probes.length} requests`;
});

await check('beyond the memory the least recently used one makes room, and comes back when it is asked', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `m${index}`);
  for (const name of names) await create(trained(name));
  for (const name of names) await model(name, 'Ready', 'True');
  const states = async () => {
    const isvc = await api.call('GET', `${ISVCS}/multi`);
    must(isvc.status === 200, `${isvc.status}`);
    const index = await ask({ port, path: '/serving/default/multi/v2/repository/index', body: '{}' });
    const rows: Json[] = index.status === 200 ? JSON.parse(index.body) : [];
    return rows.filter(({ state }) => state === 'READY').length;
  };
  const before = await states();
  must(before <= 5, `${before} models of 100Mi in 512Mi`);
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(names.map((name) => predict(name)));
    // More at once than there is room for may be told to come again; never anything else.
    for (const [index, { status, body: text }] of answers.entries())
      must(status === 200 || status === 503, `${names[index]}: ${status} ${text}`);
    for (const name of names) {
      const answer = await predict(name);
      must(answer.status === 200, `${name}: ${answer.status} ${answer.body}`);
    }
  }
  must((await states()) <= 5, `${await states()} models of 100Mi in 512Mi`);
  return `${before} of 9 in memory`;
});

await check('a model larger than all the memory is refused in its status', async () => {
  await create(trained('huge', { memory: '2Gi' }));
  const { message } = await model('huge', 'MemoryResourceAvailable', 'False');
  must(/2Gi.*512Mi/.test(message), message);
  must((await predict('huge')).status === 404, 'it answers');
  await remove('huge');
});

await check('a replica that is killed under requests has all of its models before it is asked again', async () => {
  const started = await api.pods('multi');
  const pid = await replicaPid();
  const probers = ['one', 'm0', 'm1'].map(
    (name) =>
      new Prober({ port, path: `/serving/default/multi/v1/models/${name}:predict`, body, rate: 40, clients: 2 }),
  );
  await sleep(300);
  process.kill(pid, 'SIGKILL');
  await until('the replica is another process', async () => (await replicaPid().catch(() => pid)) !== pid);
  await sleep(2_000);
  const probes = (await Promise.all(probers.map((prober) => prober.stop()))).flat();
  const bad = [...failures(probes)].filter(([what]) => !what.startsWith('502') && !what.startsWith('503'));
  must(bad.length === 0, JSON.stringify(bad));
  must(
    probes.slice(-5).every(({ status }) => status === 200),
    'the last ones failed',
  );
  must(started.length === (await api.pods('multi')).length, 'another number of pods');
  for (const name of ['one', 'm5', 'm7']) must((await predict(name)).status === 200, name);
  return `${probes.length} requests, ${probes.filter(({ status }) => status !== 200).length} failed and could be sent again`;
});

await check('a name that is a path is refused, and so is a Secret of such a name', async () => {
  for (const name of ['x/../../../../victim', '..', 'My_Model', 'a.b']) {
    const { status, body: said } = await api.call('POST', MODELS, trained(name));
    must(status === 422 && /metadata.name/.test(said.message), `${name}: ${status} ${said?.message}`);
  }
  const secret = { metadata: { name: '../x' }, stringData: { a: 'b' } };
  must((await api.call('POST', '/api/v1/namespaces/default/secrets', secret)).status === 422, 'secret');
});

await check('a graph that no router could serve is refused', async () => {
  const graph = (nodes: Json) => ({ metadata: { name: 'graph' }, spec: { nodes } });
  const steps = [{ nodeName: 'root' }];
  const { status, body: said } = await api.call('POST', GRAPHS, graph({ root: { routerType: 'Sequence', steps } }));
  must(status === 422 && /circle/.test(said.message), `${status} ${said?.message}`);
  must((await api.call('POST', GRAPHS, graph({}))).status === 422, 'no root');
});

await check('a broken model says why, disturbs nobody, and is loaded by itself once it is whole', async () => {
  const broken = join(folder, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'model.joblib'), 'this is no model');
  await create(trained('bad', { storageUri: `file://${broken}` }));
  const { message } = await model('bad', 'ModelLoaded', 'False');
  must(message.length > 10 && !message.includes(folder), message);
  must((await predict('one')).status === 200, 'one');
  const file = readdirSync(IRIS).find((name) => name.endsWith('.joblib')) as string;
  const { status } = await api.call(
    'PATCH',
    `${MODELS}/bad`,
    { spec: { model: { storageUri: `file://${join(IRIS, file)}` } } },
    'application/merge-patch+json',
  );
  must(status === 200, `${status}`);
  await model('bad', 'Ready', 'True');
  must((await predict('bad')).status === 200, 'bad');
  return message.slice(0, 120);
});

await check('a model that moves to another service leaves the first one', async () => {
  await api.apply(service('other'));
  await api.ready('other');
  const change = { spec: { inferenceService: 'other' } };
  await api.call('PATCH', `${MODELS}/bad`, change, 'application/merge-patch+json');
  await until('other answers', async () => (await predict('bad', 'other')).status === 200);
  await until('multi answers no more', async () => (await predict('bad')).status === 404);
});

await check('a service that is made again serves its models again', async () => {
  await api.remove('other');
  await model('bad', 'Ready', 'False');
  await api.apply(service('other'));
  await model('bad', 'Ready', 'True');
  must((await predict('bad', 'other')).status === 200, 'bad');
});

await check('a predictor with a model of its own takes no others', async () => {
  await api.apply(service('single', { storageUri: `file://${IRIS}` }));
  await create(trained('lost', {}, 'single'));
  await model('lost', 'IsMMSPredictor', 'False');
});

/** The process of the service's replica. */
async function replicaPid(): Promise<number> {
  const pod = (await api.pods('multi')).find((one) => one.status.containerStatuses[0].ready && one.status.pid > 0);
  if (pod === undefined) throw new Error('there is no replica that is ready');
  return pod.status.pid;
}

await platform.stop();
rmSync(folder, { recursive: true, force: true });
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
