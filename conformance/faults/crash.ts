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

const rounds = Number(process.argv[2] ?? '8');
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
const wanted = new Map<string, number>();
let applies = 0;
let failed = '';
for (let round = 0; round < rounds && failed === ''; round++) {
  const platform = await up(folder);
  const api = connectApi(platform.kubeconfig);
  const pid = Number(JSON.parse(readFileSync(join(folder, 'platform.json'), 'utf8')).pid);
  const isLast = round === rounds - 1;
  const kill = isLast ? undefined : sleep(random() * 900).then(() => process.kill(pid, 'SIGKILL'));
  try {
    for (let index = 0; index < 3; index++) {
      const version = 1 + Math.floor(random() * 3);
      const name = `crash-${index}`;
      const { status } = await api.call(
        'PATCH',
        `/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/${name}?fieldManager=crash&force=true`,
        isvc(name, version, round),
        'application/apply-patch+yaml',
      );
      // What was answered is kept; what was not may be there or not.
      if (status < 300) wanted.set(name, version);
      applies++;
      await sleep(random() * 150);
    }
  } catch {
    wanted.clear();
  }
  await kill;
  if (!isLast) {
    await sleep(300);
    const left = spawnSync('pgrep', ['-f', folder], { encoding: 'utf8' }).stdout.trim();
    if (left !== '') failed = `round ${round}: processes are left: ${left.replaceAll('\n', ' ')}`;
    continue;
  }
  for (const [name, version] of wanted) {
    await api.ready(name);
    const answer = await ask({
      port: Number(new URL(platform.gateway).port),
      path: `/serving/default/${name}/v1/models/${name}:predict`,
      body,
    });
    const predicted = answer.status === 200 ? JSON.parse(answer.body).predictions[0] : answer.body;
    if (predicted !== version) failed = `${name} answers ${predicted} instead of ${version}`;
  }
  if (readdirSync(folder).some((name) => name.includes('damaged'))) failed = 'the store was found damaged';
  await platform.stop();
}
server.close();
console.log(
  failed === ''
    ? `ok crash: ${rounds - 1} kills of the whole platform during ${applies} applies; ${wanted.size} services as applied last (seed ${seed})`
    : `not ok crash: ${failed} (seed ${seed})`,
);
if (failed !== '') cpSync(join(folder, 'logs'), join(tmpdir(), 'berth-crash-logs'), { recursive: true });
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed === '' ? 0 : 1;
