import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';

const BERTH = join(import.meta.dirname, '..', 'bin', 'berth.js');
const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');
const IRIS = join(EXAMPLES, 'sklearn-iris', 'model');

let folder: string;
let socketPath: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-replica-'));
  socketPath = join(folder, 'r.sock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a replica as the platform does, and waits until it listens. */
async function replica(...args: string[]): Promise<{ child: ChildProcess; exit: Promise<number | null> }> {
  const child = spawn(process.execPath, [BERTH, 'serve', ...args, '--socket', socketPath, '--replica'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  children.push(child);
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  exit.then(() => {
    err += 'it ended';
  });
  await until(() => err.includes('listening on') || assert.ok(!err.includes('it ended'), err));
  return { child, exit };
}

async function until(check: () => unknown): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('waited in vain');
}

function call(path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method, headers: { host: 'localhost' } }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function settled() {
  let report: { settled: boolean; models: Record<string, unknown>[] } = { settled: false, models: [] };
  await until(async () => {
    report = JSON.parse((await call('/_berth/replica')).body);
    return report.settled;
  });
  return report.models;
}

describe('a replica', () => {
  test('tells what it serves, who saved it and how long it took', async () => {
    await replica(IRIS, '--name', 'iris');
    const [model] = await settled();
    assert.equal(model?.name, 'iris');
    assert.equal(model?.state, 'READY');
    const library = model?.library as { name: string; version: string } | undefined;
    assert.equal(library?.name, 'scikit-learn');
    assert.match(library?.version ?? '', /^\d+\.\d+/);
    assert.ok((model?.loadMilliseconds as number) > 0);
    assert.ok((model?.firstAnswerMilliseconds as number) > 0);
    assert.equal((await call('/v2/health/ready')).status, 200);
    assert.equal((await call('/_berth/replica', 'POST')).status, 405);
  });

  test('stays up where the model does not load, and says why', async () => {
    writeFileSync(join(folder, 'model.joblib'), Buffer.from('80049520000000', 'hex'));
    await replica(folder, '--name', 'iris', '--format', 'sklearn');
    const [model] = await settled();
    assert.equal(model?.state, 'UNAVAILABLE');
    assert.equal(model?.reason, 'CorruptModel');
    assert.ok(String(model?.message).length > 10);
    assert.equal((await call('/v2/health/ready')).status, 503);
  });

  test('stays up where there is nothing to load, and says why', async () => {
    await replica(join(folder, 'none'), '--name', 'iris');
    assert.deepEqual(
      (await settled()).map(({ name, state, reason }) => ({ name, state, reason })),
      [{ name: 'iris', state: 'UNAVAILABLE', reason: 'NotFound' }],
    );
    assert.equal((await call('/v2/health/ready')).status, 503);
  });

  test('ends with the process that started it, and leaves no socket of its own to others', async () => {
    const { child, exit } = await replica(IRIS);
    child.stdin?.destroy();
    assert.equal(await exit, 1);
  });

  test('of a catalog loads what there is room for before it is settled, and the rest when it is asked', async () => {
    const root = join(folder, 'models');
    mkdirSync(root);
    for (const name of ['a', 'b', 'c']) symlinkSync(IRIS, join(root, name));
    mkdirSync(join(root, 'broken'));
    const list = (...names: string[]) => {
      const models = names.map((name) => ({ name, memory: name === 'broken' ? 0 : 10, digest: `of-${name}` }));
      writeFileSync(join(root, '.draft'), JSON.stringify({ memory: 20, models }));
      renameSync(join(root, '.draft'), join(root, '.catalog.json'));
    };
    list('a', 'broken', 'b', 'c');
    await replica(root, '--multi-model');
    const report = async () =>
      ((await settled()) as { name: string; state: string; reason?: string; digest?: string }[]).map(
        ({ name, state, reason, digest }) => `${name} ${state === 'UNAVAILABLE' ? reason : state} ${digest}`,
      );
    assert.deepEqual(await report(), ['a READY of-a', 'b READY of-b', 'broken ModelLayout of-broken', 'c Asleep of-c']);
    assert.equal((await call('/v2/models/c/ready')).status, 200);
    assert.equal((await call('/v2/models/c')).status, 200);
    assert.ok((await report()).includes('a Asleep of-a'));
    list('b', 'c', 'd');
    symlinkSync(IRIS, join(root, 'd'));
    assert.equal((await call('/v2/repository/models/a/unload', 'POST')).status, 200);
    assert.equal((await call('/v2/models/a')).status, 404);
    assert.equal((await call('/v2/repository/models/d/load', 'POST')).status, 200);
    assert.ok((await report()).includes('b Asleep of-b'));
  });

  test('of several models starts with none and loads each by name, also through a link', async () => {
    const root = join(folder, 'models');
    mkdirSync(root);
    await replica(root, '--multi-model');
    assert.deepEqual(await settled(), []);
    assert.equal((await call('/v2/health/ready')).status, 200);
    cpSync(IRIS, join(folder, 'bytes'), { recursive: true });
    symlinkSync(join(folder, 'bytes'), join(root, 'a'));
    cpSync(join(EXAMPLES, 'xgboost-iris', 'model'), join(root, 'b'), { recursive: true });
    mkdirSync(join(root, 'broken'));
    assert.equal((await call('/v2/repository/models/a/load', 'POST')).status, 200);
    assert.equal((await call('/v2/repository/models/b/load', 'POST')).status, 200);
    assert.equal((await call('/v2/repository/models/broken/load', 'POST')).status, 400);
    assert.notEqual((await call('/v2/repository/models/none/load', 'POST')).status, 200);
    const ready = (await settled()).filter(({ state }) => state === 'READY').map(({ name }) => name);
    assert.deepEqual(ready, ['a', 'b']);
    assert.equal((await call('/v2/models/a/ready')).status, 200);
    assert.equal((await call('/v2/repository/models/a/unload', 'POST')).status, 200);
    assert.notEqual((await call('/v2/models/a/ready')).status, 200);
    assert.ok(existsSync(join(folder, 'bytes')));
  });
});
