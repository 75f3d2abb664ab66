/**
 * `node conformance/hostile/main.ts`: the rows of what broke other model servers, tried as an attacker would, against a live
 * `berth serve` and a live platform. Prints what is not as expected; with ROWS=1 every row.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../tools/free-port.ts';
import { connectApi } from '../faults/api.ts';
import { up } from '../platform.ts';
import { apiRows } from './api-rows.ts';
import { archiveRows } from './archive-rows.ts';
import { egressRows } from './egress-rows.ts';
import { exposureRows } from './exposure-rows.ts';
import { fileRows } from './file-rows.ts';
import { floodRows, grpcRows, h2cRows } from './http2-rows.ts';
import { requestRows } from './request-rows.ts';
import { descendants, type Target, Walk } from './scene.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const IRIS = join(ROOT, 'examples', 'sklearn-iris', 'model');
const only = process.argv[2];
const walk = new Walk();
const folder = mkdtempSync(join(tmpdir(), 'hostile-canary-'));
process.env.BERTH_TEST_CANARY = 'environment-canary-4711';
const canaries = [folder, 'environment-canary-4711'];
const ends: (() => Promise<void>)[] = [];

async function startServe(): Promise<Target> {
  const models = join(folder, 'models');
  mkdirSync(models);
  cpSync(IRIS, join(models, 'iris'), { recursive: true });
  const port = await freePort();
  const bin = join(ROOT, 'packages', 'cli', 'bin', 'berth.js');
  const args = [bin, 'serve', models, '--http-port', `${port}`, '--no-grpc-port'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const exit = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  ends.push(async () => {
    child.kill('SIGTERM');
    await Promise.race([exit, sleep(5_000, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await exit;
  });
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
    const ready = await fetch(`http://127.0.0.1:${port}/v2/health/ready`).catch(() => undefined);
    if (ready?.ok) return { name: 'serve', port, prefix: '', model: 'iris', pid: child.pid as number, canaries };
  }
  throw new Error('berth serve is not ready');
}

async function startPlatform(name: string, args: readonly string[]) {
  const state = join(folder, name);
  const platform = await up(state, args);
  ends.push(() => platform.stop());
  const api = connectApi(platform.kubeconfig);
  await api.apply({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'iris' },
    spec: { predictor: { model: { modelFormat: { name: 'sklearn' }, storageUri: `file://${IRIS}` } } },
  });
  await api.ready('iris');
  const keeper = Number(JSON.parse(readFileSync(join(state, 'platform.json'), 'utf8')).pid);
  const port = Number(new URL(platform.gateway).port);
  // The gateway is a process of its own.
  const pid = descendants(keeper).find(({ command }) => command.includes('gateway'))?.pid ?? keeper;
  const target: Target = { name: 'gateway', port, prefix: '/serving/default/iris', model: 'iris', pid, canaries };
  return { platform, api, target, state };
}

try {
  const serve = await startServe();
  if (only === undefined || only === 'files') await fileRows(walk, serve, join(folder, 'models'));
  const { target: gateway, platform, api, state } = await startPlatform('state', []);
  if (only === undefined || only === 'exposure') {
    const { token } = JSON.parse(readFileSync(platform.kubeconfig, 'utf8')).users[0].user;
    await exposureRows(walk, [serve, gateway], folder, [token]);
  }
  if (only === undefined || only === 'api') await apiRows(walk, platform.kubeconfig);
  if (only === undefined || only === 'archives') await archiveRows(walk, api, state);
  if (only === undefined || only === 'egress') {
    await egressRows(walk, api, false);
    const strict = await startPlatform('strict', ['--strict-egress']);
    await egressRows(walk, strict.api, true);
  }
  for (const target of [serve, gateway]) {
    for (const [part, rows] of [
      ['requests', requestRows],
      ['grpc', grpcRows],
      ['h2c', h2cRows],
      ['floods', floodRows],
    ] as const) {
      if (only !== undefined && only !== part) continue;
      const start = performance.now();
      await rows(walk, target);
      console.log(`# ${target.name} ${part}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
  }
  walk.leaks(canaries);
} catch (error) {
  walk.row('the walk goes to its end', false, String((error as Error).stack));
} finally {
  for (const end of ends.reverse()) await end();
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
console.log(`# hostile: ${walk.passed} as expected, ${walk.failed} not, ${walk.skipped} skipped`);
process.exitCode = walk.failed === 0 ? 0 : 1;
