/**
 * `node conformance/bad-input/main.ts`: every command with every kind of mistake (`commands.ts`; alone with the word `commands`),
 * then wrong manifests, wrong stores and wrong replicas against a live platform. Each must say what is wrong within 30 s, must not
 * disturb a healthy neighbour, and goes well by itself once its cause is gone.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectApi, type Json } from '../faults/api.ts';
import { ask } from '../faults/prober.ts';
import { must, Results } from '../kubectl/checks.ts';
import { up } from '../platform.ts';
import { checkApply, checkCommands } from './commands.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const IRIS = join(ROOT, 'examples', 'sklearn-iris', 'model');
const TOLD_WITHIN_MS = 30_000;
const ISVCS = '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices';
const irisBody = JSON.stringify({ instances: [[6.8, 2.8, 4.8, 1.4]] });
const irisFile = readdirSync(IRIS).find((name) => /\.(joblib|pkl|pickle)$/.test(name)) as string;
const irisBytes = readFileSync(join(IRIS, irisFile));

const folder = mkdtempSync(join(tmpdir(), 'berth-bad-'));
const counts = new Results();
const check = (name: string, work: () => Promise<unknown>) => counts.attempt(name, work);

/** A store whose behaviour is chosen by the path and can be mended while the platform retries. */
let mended = false;
const store = createServer((request, response) => {
  const way = (request.url ?? '').split('/')[1] ?? '';
  if (mended || way === 'good') return whole(response);
  if (way === 'down') return void response.writeHead(503).end('try later');
  if (way === 'gone') return void response.writeHead(404).end();
  if (way === 'denied') return void response.writeHead(403).end();
  if (way === 'page') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>');
  if (way === 'cut') {
    response.writeHead(200, { 'content-length': irisBytes.length });
    return void response.write(irisBytes.subarray(0, 100), () => response.destroy());
  }
  if (way === 'slow') {
    response.writeHead(200, { 'content-length': irisBytes.length });
    return void response.write(irisBytes.subarray(0, 10));
  }
  // 'silent': not even a head
});
function whole(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': irisBytes.length, etag: `"${irisBytes.length}"` }).end(irisBytes);
}
await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
const from = (way: string) => `http://127.0.0.1:${(store.address() as AddressInfo).port}/${way}/${irisFile}`;

await checkCommands(check, join(IRIS, irisFile));
if (process.argv[2] === 'commands') finish();

const platform = await up(join(folder, 'state'));
const api = connectApi(platform.kubeconfig);
const port = Number(new URL(platform.gateway).port);
const predict = (name: string) =>
  ask({ port, path: `/serving/default/${name}/v1/models/${name}:predict`, body: irisBody });

const isvc = (name: string, predictor: Json, annotations: Json = {}): Json => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name, annotations },
  spec: { predictor },
});
const model = (storageUri: string): Json => ({ model: { modelFormat: { name: 'sklearn' }, storageUri } });
const container = (script: string, more: Json = {}): Json => ({
  containers: [{ name: 'kserve-container', image: 'none', command: ['sh', '-c', script], ...more }],
});

/** What is said while all is well so far: no reason to be not ready. */
const UNDER_WAY = new Set(['ModelDownloading', 'RevisionStarting', 'Pending']);

/**
 * The reason and message of Ready=False, which must come within 30 s. The name of the service is taken out first, so that
 * it cannot be what the pattern finds; what is only under way does not count.
 */
async function told(name: string, text: RegExp): Promise<string> {
  let last = '';
  for (const end = performance.now() + TOLD_WITHIN_MS; performance.now() < end; await sleep(100)) {
    const object = await api.get(name);
    const ready = object?.status?.conditions?.find((one: Json) => one.type === 'Ready');
    const message = String(ready?.message ?? '')
      .replaceAll(from(name), 'URI')
      .replaceAll(name, 'NAME');
    last = `${ready?.reason}: ${message}`.slice(0, 220);
    must(ready?.status !== 'True', `${name} is ready`);
    if (ready?.reason && !UNDER_WAY.has(ready.reason) && text.test(message)) return last;
  }
  throw new Error(`${name} does not say so within ${TOLD_WITHIN_MS / 1000} s: ${last}`);
}

await api.apply(isvc('healthy', model(`file://${IRIS}`)));
await api.ready('healthy');

// Manifests
await checkApply(check, join(IRIS, irisFile), platform.kubeconfig);
for (const [name, kind, text] of [
  ['text that is no JSON or YAML', 'application/yaml', '{a: [1, 2'],
  ['a list in place of an object', 'application/json', '[]'],
  ['nothing', 'application/json', ''],
  ['names that bend a map', 'application/json', '{"__proto__": {"kind": "InferenceService"}, "constructor": 1}'],
  ['very deep nesting', 'application/json', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
] as const) {
  await check(`a body that is ${name} is refused`, async () => {
    const { status, body } = await api.raw('POST', ISVCS, text, kind);
    must(status >= 400 && status < 500 && typeof body?.message === 'string', `${status} ${JSON.stringify(body)}`);
  });
}
await check('kinds and versions that are none are 404', async () => {
  for (const path of [
    '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservces',
    '/apis/serving.kserve.io/v9/namespaces/default/inferenceservices',
    '/apis/apps/v1/namespaces/default/deployments',
  ]) {
    const { status, body } = await api.call('GET', path);
    must(status === 404 && body?.kind === 'Status', `${path} ${status} ${JSON.stringify(body)}`);
  }
});
await check('of two updates of one resourceVersion the second is a conflict', async () => {
  const object = await api.get('healthy');
  const change = (value: string) =>
    api.call('PUT', `${ISVCS}/healthy`, { ...object, metadata: { ...object.metadata, labels: { value } } });
  const [one, two] = await Promise.all([change('a'), change('b')]);
  const statuses = [one.status, two.status].sort();
  must(statuses[0] === 200 && statuses[1] === 409, String(statuses));
});

// Stores
const unreachable = 'http://127.0.0.1:9/model.joblib';
const stores: [string, string, RegExp][] = [
  ['unreachable', unreachable, /nothing listens/],
  ['unknown-host', 'http://no-such-host.invalid/model.joblib', /does not resolve/],
  ['no-scheme', 'ftp://127.0.0.1/model.joblib', /ftp/],
  ['gone', from('gone'), /404/],
  ['denied', from('denied'), /403/],
  ['down', from('down'), /503/],
  ['cut', from('cut'), /cut|short|closed|reset|aborted|ended/i],
  ['page', from('page'), /html|pickle|joblib|format|load/i],
  ['slow', from('slow'), /no byte|stall|timed? ?out|nothing more|for \d+ s|10 B/i],
  ['silent', from('silent'), /no answer|does not answer|timed? ?out|for \d+ s/i],
];
await Promise.all(
  stores.map(([name, uri]) =>
    api.apply(isvc(name, model(uri))).catch((error) => console.log(`# ${name}: ${error.message}`)),
  ),
);
await Promise.all(stores.map(([name, , text]) => check(`a store that is ${name} is told of`, () => told(name, text))));
mended = true;
await Promise.all(
  ['gone', 'denied', 'down', 'cut', 'page', 'slow', 'silent'].map((name) =>
    check(`a store that was ${name} is asked again and the service gets ready by itself`, async () => {
      await api.ready(name, 150_000);
      must((await predict(name)).status === 200, 'it does not answer');
    }),
  ),
);
await check('bytes of another digest than the expected are not served', async () => {
  await api.apply(
    isvc('digest', model(from('good')), { 'berth.dev/model-sha256': createHash('sha256').digest('hex') }),
  );
  const text = await told('digest', /digest|sha256/i);
  must((await predict('digest')).status === 503, 'it is served');
  return text;
});
await Promise.all([...stores.map(([name]) => name), 'digest'].map((name) => api.remove(name).catch(() => undefined)));

// Replicas
const serving = 'exec sleep 600';
const replicas: [string, Json, RegExp][] = [
  ['exits', container('echo the cause is here >&2; exit 3'), /the cause is here/],
  ['killed', container('kill -9 $$$$'), /SIGKILL|signal|137/i],
  [
    'no-command',
    { containers: [{ name: 'kserve-container', image: 'x', command: ['/no/such/command'] }] },
    /no\/such\/command/,
  ],
  [
    'of-no-image',
    { containers: [{ name: 'kserve-container', image: 'registry.example.com/x:1' }] },
    /registry\.example\.com\/x:1/,
  ],
  ['never-ready', container(serving, { ports: [{ containerPort: 8080 }] }), /probe|port|refused|listen|not answer/i],
];
await Promise.all(replicas.map(([name, predictor]) => api.apply(isvc(name, predictor))));
await Promise.all(
  replicas.map(([name, , text]) => check(`a replica that is ${name} is told of`, () => told(name, text))),
);
await check('a replica that crashes in a loop is started less and less often', async () => {
  const restarts = async () => (await api.pods('exits'))[0]?.status?.containerStatuses?.[0]?.restartCount ?? 0;
  const first = await restarts();
  await sleep(10_000);
  const second = await restarts();
  must(second - first <= 3, `${first} -> ${second} in 10 s`);
  return `${first} -> ${second} restarts in 10 s`;
});
await check('a replica that prints 1 GB fills no disk, and its neighbour answers all the while', async () => {
  await api.apply(
    isvc(
      'loud',
      container(
        'yes "a line of a hundred characters or so, to be printed again and again, without an end, for a gigabyte." | head -c 1073741824; echo the last line; exec sleep 600',
      ),
    ),
  );
  const logs = join(folder, 'state', 'logs', 'default');
  const size = (path: string): number =>
    statSync(path).isDirectory()
      ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0)
      : statSync(path).size;
  let most = 0;
  let asked = 0;
  for (const end = performance.now() + 90_000; performance.now() < end; await sleep(100)) {
    must((await predict('healthy')).status === 200, 'the healthy one');
    asked++;
    const mine = readdirSync(logs).filter((name) => name.startsWith('loud'));
    try {
      most = Math.max(most, ...mine.map((name) => size(join(logs, name))));
    } catch {
      continue; // rotated between the list and the look
    }
    const tail = (
      await api
        .raw('GET', `/api/v1/namespaces/default/pods/${mine[0]}/log?tailLines=3`, '', 'text/plain')
        .catch(() => undefined)
    )?.body;
    if (String(tail).includes('the last line')) {
      must(most < 64 * 1024 * 1024, `${most} bytes of logs`);
      return `at most ${(most / 1048576).toFixed(0)} MiB of logs, ${asked} requests of the neighbour answered`;
    }
  }
  throw new Error(`not through in 90 s; ${most} bytes of logs`);
});

// Hosts
for (const host of [
  'nobody.example.com',
  'healthy-elsewhere.example.com',
  '..',
  'x'.repeat(300),
  '[::1]:80',
  '169.254.169.254',
]) {
  await check(`the host ${host.slice(0, 40)} matches nothing`, async () => {
    const { status } = await ask({ port, path: '/v1/models/healthy:predict', body: irisBody, headers: { host } });
    must(status >= 400 && status < 500, String(status));
  });
}
await check('the healthy one is as it was', async () => must((await predict('healthy')).status === 200, 'it is not'));

await platform.stop();
store.closeAllConnections();
store.close();
finish();

function finish(): never {
  rmSync(folder, { recursive: true, force: true });
  console.log(`# bad input: ${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 ? 1 : 0);
}
