/** The wheels, with nothing but a virtual environment's Python on the PATH: no Node anywhere. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../tools/package/names.ts';
import type { Results } from '../kubectl/checks.ts';
import { run } from './child.ts';
import { reachesS3, servesOnnx } from './npm.ts';
import { example, pathOf, placeIn, systemProgram } from './places.ts';
import { hasPlatform, type Install, servesIris } from './usage.ts';

/** Runs all checks. @param build the folder that `npm run package` wrote @param root an empty folder */
export async function viaPip(results: Results, build: string, root: string): Promise<void> {
  const wheel = join(build, 'pypi', `berth_serving-${VERSION}-py3-none-any.whl`);
  const main = systemProgram('python3');
  if (main === undefined) {
    results.skip('pip', 'there is no python3');
    return;
  }
  const install = await environment(results, 'python3', main, wheel, root);
  await servesIris(results, install);
  await hasPlatform(results, install);
  await reachesS3(results, install);
  for (const module of ['berth', 'berth_serving']) {
    const told = await run([join(install.env.PATH, 'python'), '-m', module, '--version'], install);
    results.check(`python -m ${module}`, told, { out: [`berth ${VERSION} `] });
  }
  await withEngine(results, install, build);
  for (const [name, python] of otherPythons(main)) await environment(results, name, python, wheel, root);
  await viaUvx(results, main, build, root);
}

/** A virtual environment with the wheel in it. */
async function environment(
  results: Results,
  name: string,
  python: string,
  wheel: string,
  root: string,
): Promise<Install> {
  const folder = join(root, `venv ${name}`);
  execFileSync(python, ['-m', 'venv', folder]);
  const bin = join(folder, 'bin');
  const place = placeIn(join(root, `work ${name}`), bin, join(root, 'home'));
  results.check(
    `pip (${name}): pip install`,
    await run([join(bin, 'python'), '-m', 'pip', 'install', '-q', wheel], place),
  );
  const install = { ...place, name: `pip (${name})`, command: [join(bin, 'berth')], mark: folder };
  const told = await run([...install.command, '--version'], install);
  results.check(`pip (${name}): runs on Node 24 or newer`, told, { out: [`berth ${VERSION} `, /\(node 2[4-9]\./] });
  return install;
}

/** The command that an ONNX model asks for, taken from what it says and run with the wheels that were built. */
async function withEngine(results: Results, install: Install, build: string): Promise<void> {
  const wanted = await asksForEngine(results, install, /run "pip install '([^']+)'"/);
  if (!readdirSync(join(build, 'pypi')).some((file) => file.startsWith('berth_serving_onnxruntime-'))) {
    results.skip('pip: ONNX', `there is no engine's wheel for ${process.platform} ${process.arch}`);
    return;
  }
  const pip = [join(install.env.PATH, 'python'), '-m', 'pip', 'install', '-q', '--find-links', join(build, 'pypi')];
  results.check('pip: that command brings it', await run([...pip, wanted ?? 'berth-serving[onnx]'], install));
  await servesOnnx(results, install);
}

/** What an ONNX model without its engine asks for, by the command that it says. */
async function asksForEngine(results: Results, install: Install, command: RegExp): Promise<string | undefined> {
  const model = join(example('onnx-iris'), 'model');
  const args = [...install.command, 'serve', model, '--http-port', '0', '--grpc-port', '0'];
  const { out, err } = await run(args, install, 8000);
  const wanted = command.exec(out + err)?.[1];
  const isRight = wanted === `berth-serving[onnx]==${VERSION}`;
  results.record(`${install.name}: an ONNX model without its engine says what to run`, isRight, out + err);
  return wanted;
}

/** Other releases of Python that are on this machine, the oldest that the wheel takes among them. */
function otherPythons(main: string): [string, string][] {
  const version = (python: string) =>
    execFileSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' }).trim();
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const found = new Map<string, string>();
  const folders = existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, 'bin')) : [];
  for (const minor of [8, 13]) {
    const name = `python3.${minor}`;
    const python = folders.map((bin) => join(bin, name)).find((path) => existsSync(path)) ?? systemProgram(name);
    if (python !== undefined && version(python) !== version(main)) found.set(`python 3.${minor}`, python);
  }
  return [...found];
}

/** `uvx`, which makes an environment for one call. */
async function viaUvx(results: Results, python: string, build: string, root: string): Promise<void> {
  const folder = join(root, 'venv uv');
  // What uv writes in front of the commands that it installs calls these.
  const wheel = join(build, 'pypi', `berth_serving-${VERSION}-py3-none-any.whl`);
  const tools = pathOf(root, 'path uv', ['realpath', 'dirname']);
  execFileSync(python, ['-m', 'venv', folder]);
  const place = placeIn(join(root, 'work uv'), `${join(folder, 'bin')}:${tools}`, join(root, 'home'));
  const got = await run([join(folder, 'bin', 'python'), '-m', 'pip', 'install', '-q', 'uv'], place);
  if (got.status !== 0) {
    results.skip('uvx', `uv does not install: ${got.err.split('\n')[0]}`);
    return;
  }
  // Of this machine's Pythons, not one that uv downloads.
  const env = { ...place.env, UV_PYTHON: join(folder, 'bin', 'python'), UV_PYTHON_DOWNLOADS: 'never' };
  const told = await run([join(folder, 'bin', 'uvx'), '--from', wheel, 'berth', '--version'], { ...place, env });
  results.check('uvx --from <wheel> berth --version', told, { out: [`berth ${VERSION} `] });
  // The released wheels would come from PyPI; these from the folder that they were made in.
  const uvx = [join(folder, 'bin', 'uvx'), '--find-links', join(build, 'pypi'), '--from'];
  const plain = { ...place, env, name: 'uvx', command: [...uvx, `berth-serving==${VERSION}`, 'berth'], mark: wheel };
  const wanted = await asksForEngine(results, plain, /run "uvx --from '([^']+)' berth …"/);
  await servesOnnx(results, { ...plain, command: [...uvx, wanted ?? '', 'berth'] });
}
