/**
 * `node conformance/faults/main.ts [--full] [scenario …]`: faults for real against a live platform, with a prober that records
 * every request. Each scenario prints its counts; a scenario that promises zero failures fails with one.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { up } from '../platform.ts';
import { connectApi } from './api.ts';
import { LOAD_SCENARIOS } from './load-scenarios.ts';
import { SCENARIOS, type Scene } from './scenarios.ts';

const words = process.argv.slice(2);
const isFull = words.includes('--full');
const wanted = words.filter((word) => word !== '--full');
const state = mkdtempSync(join(tmpdir(), 'berth-faults-'));
const platform = await up(state);
const keeper = Number(JSON.parse(readFileSync(join(state, 'platform.json'), 'utf8')).pid);
const scene: Scene = {
  port: Number(new URL(platform.gateway).port),
  api: connectApi(platform.kubeconfig),
  keeper,
  models: join(import.meta.dirname, 'models'),
  body: readFileSync(join(import.meta.dirname, 'models', 'body.json'), 'utf8'),
  isFull,
};
let failed = 0;
for (const [name, scenario] of [...SCENARIOS, ...LOAD_SCENARIOS]) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  try {
    console.log(`ok ${name}: ${await scenario(scene)}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${name}: ${(error as Error).message}`);
  }
}
await platform.stop();
if (failed > 0) console.log(platform.said().slice(-4_000));
rmSync(state, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;
