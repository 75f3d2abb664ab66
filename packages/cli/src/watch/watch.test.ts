/** `berth serve --watch`: files that are saved again are swapped in under requests, and bad ones are not taken. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { JSON_BODY, send } from '../../test/field-case.ts';
import { type LiveServer, launch } from '../../test/live-server.ts';

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
function keepAsking(server: LiveServer, model: string) {
  const failures: string[] = [];
  let count = 0;
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      const answer = await send(server.httpPort, 'POST', `/v1/models/${model}:predict`, ROWS, JSON_BODY);
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
