/** `berth serve --watch`: files that are saved again are swapped in under requests, and bad ones are not taken. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { JSON_BODY, send } from '../../test/field-case.ts';
import { type LiveServer, launch, runToEnd } from '../../test/live-server.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', '..', 'examples');
const IRIS = join(EXAMPLES, 'sklearn-iris', 'model', 'model.joblib');
const ROWS = JSON.stringify({ instances: [[6.8, 2.8, 4.8, 1.4]] });

/** Waits for something to become true, at most 15 s. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const limit = Date.now() + 15_000; Date.now() < limit; ) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  assert.fail(`${what} did not come about`);
}

/** Asks without a pause until it is stopped; counts what was answered and keeps what was not. */
function keepAsking(server: LiveServer, model: string, prefix = '') {
  const failures: string[] = [];
  let count = 0;
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      const answer = await send(server.httpPort, 'POST', `${prefix}/v1/models/${model}:predict`, ROWS, JSON_BODY);
      count++;
      if (answer.status !== 200) failures.push(`${answer.status} ${answer.text}`);
    }
  };
  const ended = Promise.all([loop(), loop()]);
  return {
    stop: async () => {
      stopped = true;
      await ended;
      return { failures, count };
    },
  };
}

const statuses = async (server: LiveServer, model: string) =>
  (await send(server.httpPort, 'POST', `/v1/models/${model}:predict`, ROWS, JSON_BODY)).status;

describe('berth serve --watch', () => {
  test('swaps a saved file in without a dropped request, and keeps the old one where the new one does not load', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth watch '));
    try {
      const model = join(folder, 'iris.joblib');
      await copyFile(IRIS, model);
      await using server = await launch({
        args: ['serve', model, '--watch'],
        until: (_out, err) => err.includes('ready: iris'),
      });
      const asking = keepAsking(server, 'iris');
      for (let round = 2; round <= 4; round++) {
        await copyFile(IRIS, join(folder, 'next'));
        await rename(join(folder, 'next'), model);
        await until(`load ${round}`, () => server.err().split('ready: iris').length > round);
      }
      await writeFile(model, 'no model at all');
      await until('the refusal', () => server.err().includes('not taken: iris'));
      assert.match(server.err(), /not taken: iris: .*goes on serving\n {2}code: \w+/);
      await rm(model);
      await until('the loss', () => /no such file|there is no|missing/i.test(server.err()));
      await copyFile(IRIS, model);
      await until('the return', () => server.err().split('ready: iris').length > 5);
      const { failures, count } = await asking.stop();
      assert.deepEqual(failures, []);
      assert.ok(count > 100, String(count));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('takes new models of a folder, and lets go of those that are gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-watch-'));
    const add = async (name: string) => {
      await mkdir(join(folder, name));
      await copyFile(IRIS, join(folder, name, 'model.joblib'));
    };
    try {
      await add('one');
      await using server = await launch({
        args: ['serve', folder, '--watch'],
        until: (_out, err) => err.includes('ready: one'),
      });
      assert.equal(await statuses(server, 'two'), 404);
      await add('two');
      await until('the second model', async () => (await statuses(server, 'two')) === 200);
      await rm(join(folder, 'one'), { recursive: true });
      await until('the end of the first', async () => (await statuses(server, 'one')) === 404);
      assert.equal(await statuses(server, 'two'), 200);
      assert.equal(server.err().split('ready: two').length, 2, 'what did not change is not loaded again');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const yaml = (...services: [name: string, path: string][]) =>
  services
    .map(
      ([name, path]) => `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: ${name}}
spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: ${path}}}}
`,
    )
    .join('---\n');

describe('berth run --watch', () => {
  test('takes a changed YAML and changed models without a dropped request, and refuses bad ones', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-watch-'));
    const file = join(folder, 'isvc.yaml');
    try {
      await copyFile(IRIS, join(folder, 'a.joblib'));
      await copyFile(IRIS, join(folder, 'b.joblib'));
      await writeFile(file, yaml(['iris', './a.joblib']));
      await using server = await launch({
        args: ['run', '-f', file, '--watch'],
        until: (_out, err) => err.includes('ready: iris'),
      });
      const asking = keepAsking(server, 'iris', '/serving/default/iris');
      const loads = () => server.err().split('ready: iris').length - 1;

      await writeFile(file, yaml(['iris', './b.joblib']));
      await until('the new model', () => loads() === 2);
      await copyFile(IRIS, join(folder, 'b.joblib'));
      await until('the saved model', () => loads() === 3);
      await writeFile(join(folder, 'b.joblib'), 'no model');
      await until('the refusal of the model', () => server.err().includes('not taken: iris'));

      await writeFile(file, yaml(['iris', './nowhere.joblib']));
      await until('the refusal of the path', () => server.err().split('not taken: iris').length === 3);
      await writeFile(file, 'kind: [');
      await until('the refusal of the YAML', () =>
        /not taken: .*isvc\.yaml.*\n {2}code: InvalidYaml/.test(server.err()),
      );

      await writeFile(file, yaml(['iris', './a.joblib'], ['second', './a.joblib']));
      await until('the second service', async () => {
        const path = '/serving/default/second/v1/models/second:predict';
        return (await send(server.httpPort, 'POST', path, ROWS, JSON_BODY)).status === 200;
      });
      const { failures, count } = await asking.stop();
      assert.deepEqual(failures, []);
      assert.ok(count > 100, String(count));
      await writeFile(file, yaml(['second', './a.joblib']));
      await until('the end of the first', async () => {
        const list = await send(server.httpPort, 'GET', '/apis/serving.kserve.io/v1beta1/inferenceservices', undefined);
        return list.json.items.map((one: { metadata: { name: string } }) => one.metadata.name).join() === 'second';
      });
      assert.equal(await statuses(server, 'iris'), 404);
      assert.equal(await statuses(server, 'second'), 200);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is refused for standard input, URLs and several workers', async () => {
    for (const args of [
      ['run', '-f', '-', '--watch'],
      ['serve', 'https://example.com/m.joblib', '--watch'],
      ['serve', IRIS, '--watch', '--workers', '2'],
    ]) {
      const { code, err } = await runToEnd({ args, input: yaml(['iris', IRIS]) });
      assert.equal(code, 2, err);
      assert.match(err, /--watch .*\n(.*\n)? {2}code: InvalidOption/);
    }
  });
});
