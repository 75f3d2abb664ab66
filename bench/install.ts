/** How long people wait for an installed Berth: the tarball and the wheel, in folders of their own, code cache warm. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePorts } from '../tools/free-port.ts';
import { VERSION } from '../tools/package/names.ts';
import { median } from './load/percentile.ts';
import { startProcess, until } from './process.ts';
import type { Figure } from './scenarios.ts';

const ROOT = join(import.meta.dirname, '..');
const ROUNDS = 11;
const HELP_MS = 100;
const TWO_NODES_MS = 200;
const FIRST_ANSWER_MS = 400;

/** An installed command, and the Node that is first on the PATH where it runs. */
interface Installed {
  readonly name: string;
  readonly command: string;
  readonly path: string;
  /** Milliseconds for a command that prints: an old Node starts first, and then the one that is needed. */
  readonly goalMs: number;
}

/** Runs the scenario `install`. */
export async function install(): Promise<Figure[]> {
  const root = mkdtempSync(join(tmpdir(), 'bench-install-'));
  try {
    const model = join(root, 'iris');
    cpSync(join(ROOT, 'examples', 'sklearn-iris', 'model'), model, { recursive: true });
    const figures: Figure[] = [];
    for (const installed of make(root)) figures.push(...(await measure(installed, model, join(root, 'home'))));
    return figures;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function make(root: string): Installed[] {
  const build = join(root, 'build');
  execFileSync(process.execPath, [join(ROOT, 'tools', 'package', 'main.ts'), '--out', build], { stdio: 'ignore' });
  const project = join(root, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"private": true}\n');
  const cli = join(build, 'npm', `berth-serving-cli-${VERSION}.tgz`);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', cli], { cwd: project });
  const venv = join(root, 'venv');
  execFileSync('python3', ['-m', 'venv', venv]);
  const wheel = join(build, 'pypi', `berth_serving-${VERSION}-py3-none-any.whl`);
  execFileSync(join(venv, 'bin', 'python'), ['-m', 'pip', 'install', '-q', wheel]);
  const npm = join(project, 'node_modules', '.bin', 'berth');
  const pinned = dirname(process.execPath);
  const system = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return [
    { name: 'npm', command: npm, path: [pinned, '/usr/bin', '/bin'].join(delimiter), goalMs: HELP_MS },
    { name: `npm, ${systemNode(system)} first`, command: npm, path: system.join(delimiter), goalMs: TWO_NODES_MS },
    { name: 'wheel', command: join(venv, 'bin', 'berth'), path: '/usr/bin:/bin', goalMs: HELP_MS },
  ];
}

/** The version of the Node that is found without ours. */
function systemNode(path: readonly string[]): string {
  const env = { PATH: path.join(delimiter) };
  return `Node ${execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim().slice(1)}`;
}

async function measure({ name, command, path, goalMs }: Installed, model: string, home: string): Promise<Figure[]> {
  const env = { PATH: path, HOME: home };
  const run = (args: readonly string[]) => {
    const times: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const began = performance.now();
      spawnSync(command, args, { env, cwd: home });
      // The first one fills the cache.
      if (round > 0) times.push(performance.now() - began);
    }
    return median(times);
  };
  mkdirSync(home, { recursive: true });
  const help = run(['--help']);
  const get = run(['get', 'isvc', '--state-dir', join(home, 'nowhere')]);
  const served: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const took = await firstAnswer(command, model, env);
    if (round > 0) served.push(took);
  }
  return [
    figure(`${name}: berth --help`, help, goalMs),
    figure(`${name}: berth get, no platform`, get, goalMs),
    figure(`${name}: berth serve iris to the first answer`, median(served), FIRST_ANSWER_MS),
  ];
}

/** Milliseconds from the start of the command to the first prediction. */
async function firstAnswer(command: string, model: string, env: Record<string, string>): Promise<number> {
  const [http, grpc] = await freePorts(2);
  const body = readFileSync(join(ROOT, 'examples', 'sklearn-iris', 'request.json'));
  const began = performance.now();
  const args = ['serve', model, '--name', 'iris', '--http-port', `${http}`, '--grpc-port', `${grpc}`];
  const peer = startProcess(command, args, { env });
  const answers = async () => {
    const headers = { 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${http}/v1/models/iris:predict`;
    const response = await fetch(url, { method: 'POST', headers, body });
    await response.text();
    return response.ok;
  };
  await until(answers, 30_000, peer.output);
  const took = performance.now() - began;
  await peer.stop();
  return took;
}

function figure(scenario: string, value: number, goal: number): Figure {
  return {
    scenario,
    peer: 'the clock',
    peerValue: goal,
    berthValue: value,
    unit: 'ms',
    ratio: value / goal,
    goal: `< ${goal} ms`,
    reached: value < goal,
  };
}
