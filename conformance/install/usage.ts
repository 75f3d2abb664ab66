/** What must work wherever Berth came from: an `Install` is a command and the place it runs in. */
import { cpSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../tools/free-port.ts';
import type { Results } from '../kubectl/checks.ts';
import { type Place, type Running, run, start } from './child.ts';
import { example, processesWith } from './places.ts';

/** A `berth` that somebody has installed. */
export interface Install extends Place {
  readonly name: string;
  /** The words before `serve`. */
  readonly command: readonly string[];
  /** A word that the command lines of its processes hold. */
  readonly mark: string;
}

/** Starts `berth serve` of a model folder copied beside it, and waits for it. */
export async function serve(install: Install, model: string): Promise<{ running: Running; url: string }> {
  const folder = join(install.cwd, `models of ${basename(model)}`, basename(model));
  cpSync(join(model, 'model'), folder, { recursive: true });
  const [http, grpc] = await freePorts(2);
  const ports = ['--http-port', `${http}`, '--grpc-port', `${grpc}`];
  const running = start([...install.command, 'serve', folder, ...ports], install);
  const url = `http://127.0.0.1:${http}`;
  await running.until('ready', async () =>
    (await fetch(`${url}/v2/health/ready`).catch(() => undefined))?.ok ? true : undefined,
  );
  return { running, url };
}

/** Sends an example's request; undefined where the answer is the expected one, else what is wrong. */
export async function asks(url: string, path: string, name: string): Promise<string | undefined> {
  const read = (file: string) => readFileSync(join(example(name), file), 'utf8');
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: read('request.json') });
  const answer = await response.text();
  const expected = JSON.parse(read('expected.json')) as Record<string, unknown>;
  const got = response.ok ? (JSON.parse(answer) as Record<string, unknown>) : {};
  const isSame = Object.keys(expected).every((key) => JSON.stringify(got[key]) === JSON.stringify(expected[key]));
  return isSame ? undefined : `${response.status} ${answer}`;
}

/** Iris is served, and a signal to the command ends all of it with the right code. */
export async function servesIris(results: Results, install: Install): Promise<void> {
  const ends: [string, NodeJS.Signals, boolean][] = [
    ['SIGTERM', 'SIGTERM', false],
    ['SIGINT', 'SIGINT', false],
    ['Ctrl-C, which reaches every process of the terminal', 'SIGINT', true],
  ];
  for (const [what, signal, group] of ends) {
    const { running, url } = await serve(install, example('sklearn-iris'));
    const wrong = await asks(url, '/v1/models/sklearn-iris:predict', 'sklearn-iris');
    // What looks for processes that were left must see those that run.
    const seen = processesWith(install.mark).length;
    const code = await running.end(signal, group);
    const left = await leftBehind(install);
    results.record(`${install.name}: serves iris`, wrong === undefined, wrong ?? '');
    results.record(
      `${install.name}: ${what} ends it with 0 and leaves no process`,
      code === 0 && seen > 0 && left.length === 0,
      `exit code ${code}; ${seen} ran; left: ${left.join(' | ')}\n${running.said()}`,
    );
  }
}

/** The platform starts its parts and replicas from this install. */
export async function hasPlatform(results: Results, install: Install): Promise<void> {
  const state = join(install.cwd, 'state');
  const where = ['--state-dir', state];
  const ports = ['--http-port', '0', '--api-port', '0', '--cache-dir', join(install.cwd, 'cache')];
  const platform = start([...install.command, 'up', ...where, ...ports], install);
  const gateway = await platform.until('up', () => /^gateway +([^\s,]+)/m.exec(platform.said())?.[1]);
  const folder = join(install.cwd, 'of the platform');
  cpSync(example('sklearn-iris'), folder, { recursive: true });
  const applied = await run(
    [...install.command, 'apply', '-f', join(folder, 'inferenceservice.yaml'), ...where],
    install,
  );
  results.check(`${install.name}: berth apply`, applied);
  const path = '/serving/default/sklearn-iris/v1/models/sklearn-iris:predict';
  const wrong = await asks(gateway, path, 'sklearn-iris').catch(String);
  results.record(`${install.name}: the platform answers`, wrong === undefined, `${wrong}\n${platform.said()}`);
  results.check(`${install.name}: berth down`, await run([...install.command, 'down', ...where], install));
  const code = await platform.end('SIGTERM');
  const left = await leftBehind(install);
  results.record(
    `${install.name}: nothing of the platform is left`,
    code === 0 && left.length === 0,
    `exit code ${code}; left: ${left.join(' | ')}`,
  );
}

/** What is still there of an install after two seconds. */
export async function leftBehind(install: Install): Promise<string[]> {
  let left = processesWith(install.mark);
  for (const end = Date.now() + 2000; left.length > 0 && Date.now() < end; await sleep(100)) {
    left = processesWith(install.mark);
  }
  return left;
}
