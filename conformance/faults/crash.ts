/**
 * `node conformance/faults/crash.ts [rounds]`: kills the whole platform at random moments of applies and downloads, starts it
 * again on the same state, and looks whether it comes to what was applied last.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { up } from '../platform.ts';
import { connectApi, type Json } from './api.ts';
import { ask } from './prober.ts';

const rounds = Number(process.argv[2] ?? '10');
const seed = Number(process.env.SEED ?? Date.now() % 1e6);
let state = seed;
/** Repeatable chance (mulberry32). */
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
const models = join(import.meta.dirname, 'models');
const body = readFileSync(join(models, 'body.json'), 'utf8');

/** Gives a model byte by byte, so that a kill falls into its download. */
const server = createServer(async (request, response) => {
  const version = /v([123])/.exec(request.url ?? '')?.[1] ?? '1';
  const bytes = readFileSync(join(models, `v${version}`, 'model.joblib'));
  response.writeHead(200, { 'content-length': bytes.length, 'content-type': 'application/octet-stream' });
  if (request.method === 'HEAD') return void response.end();
  for (let from = 0; from < bytes.length; from += 100) {
    response.write(bytes.subarray(from, from + 100));
    await sleep(30);
  }
  response.end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;

const folder = mkdtempSync(join(tmpdir(), 'berth-crash-'));
const isvc = (name: string, version: number, round: number): Json => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name },
  spec: {
    predictor: {
      model: { modelFormat: { name: 'sklearn' }, storageUri: `${origin}/${name}-${round}/v${version}/model.joblib` },
    },
  },
});
/** What a service must be now: what was acknowledged last, or what was on its way when the platform was killed. */
const wanted = new Map<string, Set<number>>();
let applies = 0;
let acknowledged = 0;
let failed = '';
for (let round = 0; round <= rounds && failed === ''; round++) {
  const platform = await up(folder);
  const api = connectApi(platform.kubeconfig);
  const pid = Number(JSON.parse(readFileSync(join(folder, 'platform.json'), 'utf8')).pid);
  // The last start applies nothing: it only shows what has survived.
  if (round === rounds) {
    failed = await compare(api, Number(new URL(platform.gateway).port));
    await platform.stop();
    break;
  }
  const kill = sleep(random() * 900).then(() => process.kill(pid, 'SIGKILL'));
  for (let index = 0; index < 3; index++) {
    const version = 1 + Math.floor(random() * 3);
    const name = `crash-${index}`;
    const before = wanted.get(name);
    wanted.set(name, new Set([...(before ?? []), version]));
    applies++;
    const path = `/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/${name}?fieldManager=crash&force=true`;
    const status = await api.call('PATCH', path, isvc(name, version, round), 'application/apply-patch+yaml').then(
      (answer) => answer.status,
      () => 0,
    );
    if (status >= 200 && status < 300) {
      wanted.set(name, new Set([version]));
      acknowledged++;
    } else if (status === 0) break;
    await sleep(random() * 150);
  }
  await kill;
  await sleep(300);
  const left = spawnSync('pgrep', ['-f', folder], { encoding: 'utf8' }).stdout.trim();
  if (left !== '') failed = `round ${round}: processes are left: ${left.replaceAll('\n', ' ')}`;
}

/** Whether every service answers as one of the versions that it may have. */
async function compare(api: ReturnType<typeof connectApi>, port: number): Promise<string> {
  if (acknowledged === 0) return 'no apply was ever acknowledged';
  for (const [name, versions] of wanted) {
    const object = await api.get(name);
    if (object?.kind !== 'InferenceService') {
      if (versions.size === 1) return `${name} was acknowledged and is gone`;
      continue;
    }
    await api.ready(name);
    const answer = await ask({ port, path: `/serving/default/${name}/v1/models/${name}:predict`, body });
    const predicted = answer.status === 200 ? Number(JSON.parse(answer.body).predictions[0]) : Number.NaN;
    if (!versions.has(predicted)) return `${name} answers ${answer.body} instead of ${[...versions].join(' or ')}`;
  }
  return readdirSync(folder).some((name) => name.includes('damaged')) ? 'the store was found damaged' : '';
}
server.close();
console.log(
  failed === ''
    ? `ok crash: ${rounds} kills of the whole platform during ${applies} applies (${acknowledged} acknowledged); ${wanted.size} services are what was acknowledged last (seed ${seed})`
    : `not ok crash: ${failed} (seed ${seed})`,
);
if (failed !== '') cpSync(join(folder, 'logs'), join(tmpdir(), 'berth-crash-logs'), { recursive: true });
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed === '' ? 0 : 1;
