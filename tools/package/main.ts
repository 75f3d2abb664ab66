/**
 * `npm run package`: what is published, made from this clone: npm tarballs in build/npm and wheels in build/pypi.
 * The engine's wheel is made for this platform; `--all-platforms` makes every one. The same commit gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './bundle.ts';
import { machinePathsIn } from './machine-paths.ts';
import { PARTS } from './names.ts';
import { stageCli, stagePart } from './stage.ts';
import { pack } from './tarball.ts';
import { commandWheel, enginePlatforms, engineWheel } from './wheels.ts';

const { values } = parseArgs({
  options: { 'all-platforms': { type: 'boolean', default: false }, out: { type: 'string' } },
});
const build = values.out ?? join(ROOT, 'build');
const stage = join(build, 'stage');
for (const folder of [stage, join(build, 'npm'), join(build, 'pypi')]) rmSync(folder, { recursive: true, force: true });
const made: { readonly path: string; readonly staged: string }[] = [];

await stageCli(join(stage, 'cli'), 'npm');
made.push({ path: pack(join(stage, 'cli'), join(build, 'npm')), staged: join(stage, 'cli') });
for (const part of PARTS) {
  const staged = join(stage, part.name);
  await stagePart(part, staged, 'npm');
  made.push({ path: pack(staged, join(build, 'npm')), staged });
}
made.push(await commandWheel(stage, join(build, 'pypi')));
const here = `${process.platform}/${process.arch}`;
for (const platform of enginePlatforms().filter((one) => values['all-platforms'] || one === here)) {
  if (existsSync(join(ROOT, 'node_modules', 'onnxruntime-node'))) {
    made.push(await engineWheel(platform, stage, join(build, 'pypi')));
  }
}

for (const { path, staged } of made) {
  const traces = machinePathsIn(staged);
  if (traces.length > 0) throw new Error(`${basename(path)} tells where it was made:\n${traces.join('\n')}`);
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  const size = `${(statSync(path).size / 1e6).toFixed(2)} MB`;
  console.log(`${basename(path).padEnd(72)} ${size.padStart(9)}  sha256 ${digest}…`);
}
