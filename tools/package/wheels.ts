/** The wheels: one for everybody with the command and the clouds, and one a platform with ONNX Runtime. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './bundle.ts';
import { filesBelow } from './machine-paths.ts';
import { DISTRIBUTION, NODE_WHEEL, PARTS, type PartPackage, SCOPE, VERSION } from './names.ts';
import { cliReadme } from './readmes.ts';
import { stageCli, stagePart } from './stage.ts';
import { wheel } from './wheel.ts';
import type { ZipFile } from './zip.ts';

/** Where a wheel's application lies: Node looks for parts in the `node_modules` of it, whichever wheel put them there. */
const APP = 'berth_serving/app';
const ENGINE_DISTRIBUTION = `${DISTRIBUTION}-onnxruntime`;

/**
 * What onnxruntime-node 1.30 brings a binary for, and the oldest system that each says it runs on (the newest GLIBC
 * version among the symbols of the Linux libraries; LC_BUILD_VERSION of the Mach-O files). Windows is left out: its
 * DirectML.dll has a licence of its own.
 */
const ENGINE_TAGS: ReadonlyMap<string, string> = new Map([
  ['linux/x64', 'py3-none-manylinux_2_28_x86_64'],
  ['linux/arm64', 'py3-none-manylinux_2_28_aarch64'],
  ['darwin/arm64', 'py3-none-macosx_14_0_arm64'],
]);

/** Writes the wheel with the command; answers its path and the folder that it was made of. */
export async function commandWheel(stage: string, folder: string): Promise<{ path: string; staged: string }> {
  const staged = join(stage, 'wheel');
  const app = join(staged, APP);
  await stageCli(app, 'pip');
  for (const part of PARTS.filter(({ name }) => name.startsWith('cloud-'))) {
    await stagePart(part, partFolder(app, part), 'pip');
  }
  const python = join(import.meta.dirname, 'python');
  cpSync(join(python, 'launcher.py'), join(staged, 'berth_serving', '__main__.py'));
  cpSync(join(python, 'berth.py'), join(staged, 'berth.py'));
  const about = '"""Berth serves trained models; the command is `berth`."""';
  writeFileSync(join(staged, 'berth_serving', '__init__.py'), `${about}\n\n__version__ = "${VERSION}"\n`);
  const made = wheel({
    name: DISTRIBUTION,
    version: VERSION,
    tag: 'py3-none-any',
    summary: 'Serves trained models: scikit-learn, XGBoost, LightGBM and ONNX files over v1, v2 and gRPC',
    description: cliReadme(),
    requires: [NODE_WHEEL],
    extras: { onnx: [`${ENGINE_DISTRIBUTION}==${VERSION}`] },
    licence: licence(),
    commands: ['berth = berth_serving.__main__:main'],
    files: filesOf(staged),
  });
  return { path: write(folder, made), staged };
}

/** The platforms that there is an engine for, as `linux/x64`. */
export function enginePlatforms(): string[] {
  return [...ENGINE_TAGS.keys()];
}

/** Writes the wheel with ONNX Runtime for a platform; answers its path and the folder that it was made of. */
export async function engineWheel(
  platform: string,
  stage: string,
  folder: string,
): Promise<{ path: string; staged: string }> {
  const tag = ENGINE_TAGS.get(platform);
  const part = PARTS.find(({ name }) => name === 'engine-onnxruntime');
  if (tag === undefined || part === undefined) throw new Error(`there is no ONNX Runtime for ${platform}`);
  const staged = join(stage, `wheel-onnxruntime-${platform.replace('/', '-')}`);
  const app = join(staged, APP);
  const carried = ['node_modules/onnxruntime-node', 'node_modules/onnxruntime-common'];
  await stagePart(part, partFolder(app, part), 'pip', carried);
  // What they need to run: no sources, no install script, no binaries of other systems.
  const wanted = [`onnxruntime-node/bin/napi-v6/${platform}`, 'onnxruntime-node/dist', 'onnxruntime-common/dist/cjs'];
  for (const path of [...wanted, 'onnxruntime-node/package.json', 'onnxruntime-common/package.json']) {
    mkdirSync(join(app, 'node_modules', path, '..'), { recursive: true });
    cpSync(join(ROOT, 'node_modules', path), join(app, 'node_modules', path), {
      recursive: true,
      filter: (source) => !/\.(map|d\.ts)$/.test(source),
    });
  }
  const made = wheel({
    name: ENGINE_DISTRIBUTION,
    version: VERSION,
    tag,
    summary: part.about,
    description: `# ${ENGINE_DISTRIBUTION}\n\n${part.about}: \`pip install "${DISTRIBUTION}[onnx]"\`.\n`,
    requires: [`${DISTRIBUTION}==${VERSION}`],
    licence: licence(),
    commands: [],
    files: filesOf(staged),
  });
  return { path: write(folder, made), staged };
}

function licence(): string {
  return readFileSync(join(ROOT, 'LICENSE'), 'utf8');
}

function partFolder(app: string, part: PartPackage): string {
  return join(app, 'node_modules', SCOPE, part.name);
}

function filesOf(staged: string): ZipFile[] {
  return filesBelow(staged).map((path) => ({ path, bytes: readFileSync(join(staged, path)) }));
}

function write(folder: string, { file, bytes }: { file: string; bytes: Buffer }): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), bytes);
  return join(folder, file);
}
