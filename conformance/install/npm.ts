/** The npm tarballs, with nothing but Node, npm and a shell on the PATH. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../tools/package/names.ts';
import { pack } from '../../tools/package/tarball.ts';
import type { Results } from '../kubectl/checks.ts';
import { type Place, run } from './child.ts';
import { example, npmPath, placeIn, systemProgram } from './places.ts';
import { asks, hasPlatform, type Install, leftBehind, serve, servesIris } from './usage.ts';

const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

/** Runs all checks. @param build the folder that `npm run package` wrote @param root an empty folder */
export async function viaNpm(results: Results, build: string, root: string): Promise<void> {
  const tarball = (name: string) => join(build, 'npm', `berth-serving-${name}-${VERSION}.tgz`);
  const pinned = await project(results, 'pinned', process.execPath, tarball('cli'), root);
  await servesIris(results, pinned);
  await hasPlatform(results, pinned);
  await byNpx(results, pinned);
  await withEngine(results, pinned, tarball('engine-onnxruntime'));
  await withClouds(
    results,
    pinned,
    ['s3', 'gcs', 'azure'].map((name) => tarball(`cloud-${name}`)),
  );
  await withoutHome(results, pinned, root);

  const old = systemProgram('node');
  const version = old === undefined ? '' : execFileSync(old, ['--version'], { encoding: 'utf8' }).trim();
  if (old === undefined || Number(/^v(\d+)/.exec(version)?.[1]) >= 24) {
    results.skip('npm with an old Node', `the system's Node is ${version || 'not there'}`);
  } else {
    const project20 = await project(results, `system ${version}`, old, tarball('cli'), root);
    await servesIris(results, project20);
  }
  await sideBySide(results, build, root, tarball('cli'));
}

/** `npm install <tarball>` in an empty project. */
async function project(results: Results, name: string, node: string, cli: string, root: string): Promise<Install> {
  const place = placeIn(join(root, `project ${name}`), npmPath(root, `path ${name}`, node), join(root, 'home'));
  writeFileSync(join(place.cwd, 'package.json'), '{"private": true}\n');
  results.check(`npm (${name}): npm install`, await run(['npm', 'install', ...QUIET, cli], place));
  const command = [join(place.cwd, 'node_modules', '.bin', 'berth')];
  const install: Install = { ...place, name: `npm (${name})`, command, mark: place.cwd };
  const told = await run([...command, '--version'], install);
  results.check(`npm (${name}): runs on Node 24 or newer`, told, {
    out: [`berth ${VERSION} `, /\(node (2[4-9]|[3-9]\d)\./],
  });
  return install;
}

async function byNpx(results: Results, install: Install): Promise<void> {
  const viaNpx = { ...install, command: ['npx', 'berth'] };
  const { running, url } = await serve(viaNpx, example('sklearn-iris'));
  const wrong = await asks(url, '/v1/models/sklearn-iris:predict', 'sklearn-iris');
  results.record('npx berth serve: serves iris', wrong === undefined, wrong ?? '');
  await running.end('SIGINT', true);
  const left = await leftBehind(install);
  results.record('npx berth serve: Ctrl-C leaves no process', left.length === 0, left.join(' | '));
  const cut = running.said().includes('second signal');
  results.record('npx berth serve: one Ctrl-C is one signal', !cut, running.said());
}

/** An ONNX model names the one command that brings the engine; with its tarball the model is served. */
async function withEngine(results: Results, install: Install, engine: string): Promise<void> {
  const model = join(example('onnx-iris'), 'model');
  const without = await run(
    [...install.command, 'serve', model, '--http-port', '0', '--grpc-port', '0'],
    install,
    8000,
  );
  const command = `npm install @berth-serving/engine-onnxruntime@${VERSION}" in ${install.cwd}`;
  const said = without.out + without.err;
  results.record('npm: an ONNX model without its engine says what to run', said.includes(command), said);
  results.check(
    'npm: npm install of the engine',
    await run(['npm', 'install', ...QUIET, '--ignore-scripts', engine], install),
  );
  await servesOnnx(results, install);
}

/** An ONNX model is served, and a request that the engine itself refuses is the client's mistake. */
export async function servesOnnx(results: Results, install: Install): Promise<void> {
  const { running, url } = await serve(install, example('onnx-iris'));
  const path = '/v2/models/iris/infer';
  const wrong = await asks(url, path, 'onnx-iris');
  results.record(`${install.name}: serves ONNX`, wrong === undefined, wrong ?? '');
  const request = JSON.parse(readFileSync(join(example('onnx-iris'), 'request.json'), 'utf8')) as {
    inputs: { shape: number[]; data: unknown }[];
  };
  request.inputs[0].shape = [1, 3];
  request.inputs[0].data = [1, 2, 3];
  const headers = { 'content-type': 'application/json' };
  const refused = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(request) });
  const text = await refused.text();
  results.record(
    `${install.name}: what ONNX Runtime refuses is a 400`,
    refused.status === 400,
    `${refused.status} ${text}`,
  );
  await running.end('SIGTERM');
}

/** A URI of a cloud names its package; with it the cloud itself is what is missing. */
async function withClouds(results: Results, install: Install, tarballs: readonly string[]): Promise<void> {
  const without = await run([...install.command, 'run', '-f', s3Service(install)], install, 8000);
  const said = without.out + without.err;
  const command = `npm install @berth-serving/cloud-s3@${VERSION}" in ${install.cwd}`;
  results.record('npm: s3:// without its package says what to run', said.includes(command), said);
  results.check(
    'npm: npm install of the clouds',
    await run(['npm', 'install', ...QUIET, '--ignore-scripts', ...tarballs], install),
  );
  await reachesS3(results, install);
}

/** With the package, an endpoint at which nothing listens is what `s3://` fails on. */
export async function reachesS3(results: Results, install: Install): Promise<void> {
  const env = {
    ...install.env,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
    AWS_REGION: 'us-east-1',
  };
  const { out, err } = await run([...install.command, 'run', '-f', s3Service(install)], { ...install, env }, 20_000);
  const said = out + err;
  const isLoaded = /nothing listens/.test(said) && !said.includes('not installed');
  results.record(`${install.name}: s3:// goes as far as the endpoint`, isLoaded, said);
}

function s3Service(install: Install): string {
  const file = join(install.cwd, 's3.yaml');
  const spec = { predictor: { model: { modelFormat: { name: 'sklearn' }, storageUri: 's3://bucket/model' } } };
  const head = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', metadata: { name: 's3' } };
  writeFileSync(file, JSON.stringify({ ...head, spec }));
  return file;
}

/** A home that cannot be written to: compiled code is not kept, and all else works. */
async function withoutHome(results: Results, install: Install, root: string): Promise<void> {
  const home = join(root, 'closed home');
  mkdirSync(home, { mode: 0o555 });
  // Root may write anywhere: somebody else is asked.
  const other = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const closed = { ...install, ...other, name: 'npm (closed home)', env: { ...install.env, HOME: home } };
  await servesIris(results, closed);
  results.record(
    'npm (closed home): nothing is written there',
    readdirSync(home).length === 0,
    readdirSync(home).join(),
  );
}

/** Two versions, both installed globally, each below its own prefix: neither sees the other. */
async function sideBySide(results: Results, build: string, root: string, cli: string): Promise<void> {
  const path = npmPath(root, 'path global', process.execPath);
  const installed: Install[] = [];
  for (const [name, version, file] of [
    ['one', VERSION, cli],
    ['two', '99.0.0', otherVersion(build, root)],
  ]) {
    const prefix = join(root, `prefix ${name}`);
    const place: Place = placeIn(join(root, `work ${name}`), path, join(root, 'home'));
    const args = ['npm', 'install', '-g', '--prefix', prefix, ...QUIET, file];
    results.check(`npm -g (${name})`, await run(args, place));
    const install = { ...place, name: `npm -g (${name})`, command: [join(prefix, 'bin', 'berth')], mark: prefix };
    results.check(`npm -g (${name}): version ${version}`, await run([...install.command, 'version'], install), {
      out: [`berth ${version} `],
    });
    installed.push(install);
  }
  const servers = [];
  for (const install of installed) servers.push(await serve(install, example('sklearn-iris')));
  for (const [index, { running, url }] of servers.entries()) {
    const wrong = await asks(url, '/v1/models/sklearn-iris:predict', 'sklearn-iris');
    results.record(`${installed[index].name}: serves beside the other`, wrong === undefined, wrong ?? '');
    await running.end('SIGTERM');
  }
  const model = join(example('onnx-iris'), 'model');
  const [one] = installed;
  const { out, err } = await run([...one.command, 'serve', model, '--http-port', '0', '--grpc-port', '0'], one, 8000);
  const command = `npm install -g @berth-serving/engine-onnxruntime@${VERSION}"`;
  results.record('npm -g: an ONNX model without its engine says what to run', (out + err).includes(command), out + err);
}

/** A tarball of the same code under another version. */
function otherVersion(build: string, root: string): string {
  const staged = join(root, 'staged other');
  cpSync(join(build, 'stage', 'cli'), staged, { recursive: true });
  const files = ['package.json', ...readdirSync(join(staged, 'dist')).map((file) => join('dist', file))];
  for (const file of files) {
    const text = readFileSync(join(staged, file), 'utf8');
    if (text.includes(`version:"${VERSION}"`) || file === 'package.json') {
      writeFileSync(join(staged, file), text.replaceAll(`"${VERSION}"`, '"99.0.0"'));
    }
  }
  return pack(staged, join(root, 'other'));
}
