/**
 * `npm run conformance`: every part one after the other, each a process of its own; `npm run conformance -- verify install` runs
 * the named ones. A part that fails does not keep the others from running. `--update` has the parts that keep what they proved
 * write it down (results/serving.json).
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Parts by name, in the order in which they run: the shorter and more telling ones first. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['clients', 'main.ts'],
  ['kubernetes', 'kubernetes/main.ts'],
  ['runtimes', 'runtimes/main.ts'],
  ['storage', 'storage/main.ts'],
  ['faults', 'faults/main.ts'],
  ['crash', 'faults/crash.ts'],
  ['soak', 'faults/soak.ts'],
  ['field', 'field/main.ts'],
  ['bad-input', 'bad-input/main.ts'],
  ['hostile', 'hostile/main.ts'],
  ['multi-model', 'multi-model/main.ts'],
  ['verify', 'verify/main.ts'],
  ['install', 'install/main.ts'],
  ['first-hours', 'first-hours/main.ts'],
]);

/** Parts that keep what they proved in results/serving.json. */
const RECORDING: ReadonlySet<string> = new Set(['runtimes']);

const words = process.argv.slice(2);
const update = words.includes('--update');
const wanted = words.filter((word) => word !== '--update');
const unknown = wanted.filter((name) => !PARTS.has(name));
if (unknown.length > 0) {
  console.error(`there is no part ${unknown.join(', ')}; there are ${[...PARTS.keys()].join(', ')}`);
  process.exit(2);
}
const results: string[] = [];
for (const [name, file] of PARTS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n== conformance: ${name}`);
  const started = performance.now();
  const options = update && RECORDING.has(name) ? ['--update'] : [];
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file), ...options], { stdio: 'inherit' });
  const seconds = Math.round((performance.now() - started) / 1000);
  results.push(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (status !== 0) process.exitCode = 1;
}
console.log(`\n${results.join('\n')}`);
