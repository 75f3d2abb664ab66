import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import type { ReplicaView } from '@berth/control';
import { createPodLogs } from '../logs/create-pod-logs.ts';
import type { LogLine, LogOptions } from '../logs/pod-logs.ts';
import {
  type Bench,
  bench,
  call,
  exampleModel,
  nativeRunner,
  scriptRunner,
  workload,
} from '../testing/substrate-bench.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';

let open: Bench[] = [];
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});

async function started(options: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  const one = await bench(options);
  open.push(one);
  return one;
}

const httpOf = (view: ReplicaView) => view.endpoint?.http ?? assert.fail('it has no endpoint');

const SERVER = `require('node:http').createServer((q, s) => {
  if (q.url === '/exit') process.exit(3);
  s.end(JSON.stringify({ argv: process.argv.slice(1), env: process.env, url: q.url }));
}).listen(Number(process.argv.find((one) => one.startsWith('--port=')).slice(7)));`;

describe('a native replica', () => {
  test('is ready when its model answers, tells what it serves, and goes when it is stopped', async () => {
    const { substrate, until, states, host, folder } = await started();
    substrate.start('iris-a', workload(nativeRunner()));
    const view = await until('iris-a', 'ready');
    assert.equal(view.models[0]?.name, 'iris');
    assert.equal(view.models[0]?.library?.name, 'scikit-learn');
    assert.equal(view.restarts, 0);
    assert.equal(view.isExclusive, false);
    const answer = await call(httpOf(view), '/v1/models/iris:predict', '{"instances":[[5.1,3.5,1.4,0.2]]}');
    assert.equal(answer.status, 200);
    const [usage] = substrate.usage();
    assert.equal(usage?.id, 'iris-a');
    assert.ok((usage?.memoryBytes ?? 0) > 10 * 2 ** 20);
    assert.ok((usage?.cpuSeconds ?? 0) > 0);
    substrate.stop('iris-a');
    await waitUntil('it is gone', () => substrate.replicas().length === 0);
    assert.deepEqual(states.get('iris-a'), ['starting', 'ready', 'stopping', 'gone']);
    assert.deepEqual(await host.list(), []);
    assert.deepEqual(
      readdirSync(join(folder, 'run')).filter((name) => name !== 'code'),
      [],
    );
  });

  test('starts again at once when it is killed, and says how it ended', async () => {
    const { substrate, until, states } = await started();
    substrate.start('iris-a', workload(nativeRunner()));
    const { pid } = await until('iris-a', 'ready');
    process.kill(pid as number, 'SIGKILL');
    const failed = await waitUntil('it failed', () => states.get('iris-a')?.includes('failed'));
    assert.ok(failed);
    const again = await until('iris-a', 'ready');
    assert.equal(again.restarts, 1);
    assert.notEqual(again.pid, pid);
    assert.equal(again.failure, undefined);
  });

  test('that can not load its model fails for good with the reason', async () => {
    const { substrate, until, folder } = await started();
    const path = join(folder, 'broken');
    mkdirSync(path);
    writeFileSync(join(path, 'model.joblib'), Buffer.from('80049520000000', 'hex'));
    substrate.start('a', workload(nativeRunner(), { mounts: [{ mountPath: '/mnt/models', path, readOnly: true }] }));
    const view = await until('a', 'failed');
    assert.equal(view.failure?.reason, 'CorruptModel');
    assert.equal(view.failure?.kserveReason, 'ModelLoadFailed');
    assert.equal(view.failure?.isFinal, true);
    assert.equal(view.models[0]?.state, 'UNAVAILABLE');
  });

  test('whose files are not there yet is tried again', async () => {
    const { substrate, until, folder } = await started();
    const path = join(folder, 'later');
    substrate.start('a', workload(nativeRunner(), { mounts: [{ mountPath: '/mnt/models', path, readOnly: true }] }));
    assert.equal((await until('a', 'failed')).failure?.isFinal, false);
    const { cpSync } = await import('node:fs');
    cpSync(exampleModel('sklearn-iris'), path, { recursive: true });
    await until('a', 'ready');
  });

  test('gets a clean environment, and none of the variables that run code', async () => {
    process.env.BERTH_TEST_SECRET = 'planted';
    const { substrate, until } = await started();
    const env = { NODE_OPTIONS: '--require=/nowhere.js', LD_PRELOAD: '/nowhere.so', OTHER: 'kept' };
    substrate.start('a', workload(nativeRunner(), { env }));
    const view = await until('a', 'ready');
    const { readFileSync } = await import('node:fs');
    const given = readFileSync(`/proc/${view.pid}/environ`, 'utf8');
    assert.match(given, /OTHER=kept/);
    assert.doesNotMatch(given, /planted|NODE_OPTIONS|LD_PRELOAD/);
    assert.match(view.notes.join('\n'), /NODE_OPTIONS/);
  });
});

describe('a command', () => {
  test('gets a free port, the model and the mount paths that it was written for', async () => {
    const { substrate, until } = await started({ options: { isolation: 'none' } });
    const runner = scriptRunner(SERVER, {
      args: ['--', '--port=8080', '--model=/mnt/models/model.joblib', '--other=18080'],
      ports: [{ containerPort: 8080 }],
    });
    substrate.start('a', workload(runner, { env: { SELF: 'http://localhost:8080/x', DIR: '/mnt/models' } }));
    const view = await until('a', 'ready');
    const answer = JSON.parse((await call(httpOf(view), '/')).body);
    const { port } = httpOf(view) as { port: number };
    assert.notEqual(port, 8080);
    assert.ok(answer.argv.includes(`--port=${port}`));
    assert.ok(answer.argv.includes(`--model=${exampleModel('sklearn-iris')}/model.joblib`));
    assert.ok(answer.argv.includes('--other=18080'));
    assert.equal(answer.env.PORT, String(port));
    assert.equal(answer.env.SELF, `http://localhost:${port}/x`);
    assert.equal(answer.env.DIR, exampleModel('sklearn-iris'));
    assert.equal(answer.env.BERTH_TEST_SECRET, undefined);
  });

  test('that crashes waits longer each time and says why', async () => {
    const { substrate, view } = await started({ options: { isolation: 'none' } });
    substrate.start('a', workload(scriptRunner('console.error("no such weights"); process.exit(7)')));
    const failed = await waitUntil('it waits', () => {
      const one = view('a');
      return one?.state === 'failed' && one.failure?.reason === 'CrashLoopBackOff' && one;
    });
    assert.equal(failed.failure?.exitCode, 7);
    assert.equal(failed.restarts, 1);
    assert.match(
      failed.failure?.message ?? '',
      /ended with code 7 after 1 restart; it starts again in 1 s.*no such weights/,
    );
    assert.deepEqual(failed.failure?.logTail, ['no such weights']);
    const again = (failed.startsAgainAt ?? 0) - Number(process.hrtime.bigint() / 1_000_000n);
    assert.ok(again > -1_000 && again <= 1_000, `it starts again in ${again} ms`);
  });

  test('that is not there, or not allowed, says so', async () => {
    const allowed = await started({ options: { isolation: 'none' } });
    allowed.substrate.start('a', workload({ kind: 'command', command: ['/no/program'], args: [], ports: [] }));
    assert.equal((await allowed.until('a', 'failed')).failure?.reason, 'CommandNotFound');
    const denied = await started({ options: { denyCommands: true } });
    denied.substrate.start('a', workload(scriptRunner(SERVER)));
    const { failure } = await denied.until('a', 'failed');
    assert.equal(failure?.reason, 'CommandNotAllowed');
    assert.equal(failure?.isFinal, true);
  });

  test('that insists on its port is exclusive', { skip: process.platform !== 'linux' }, async () => {
    const { substrate, until } = await started({ options: { isolation: 'none' } });
    const port = 20_000 + (process.pid % 10_000);
    // The number is put together so that nothing in the text can be replaced.
    const halves = [Math.floor(port / 100), port % 100];
    const script = `require('node:http').createServer((q, s) => s.end('x')).listen(${halves[0]} * 100 + ${halves[1]}, '127.0.0.1')`;
    substrate.start('a', workload(scriptRunner(script, { ports: [{ containerPort: port }] })));
    const view = await until('a', 'ready');
    assert.equal(view.isExclusive, true);
    assert.deepEqual(httpOf(view), { host: '127.0.0.1', port });
    assert.match(view.notes.join(), /listens on port \d+ whatever it is told/);
  });

  test('is ended and started again when its liveness probe fails, and not before', async () => {
    const { substrate, until, states } = await started({ options: { isolation: 'none' } });
    const script = `let asked = 0; require('node:http').createServer((q, s) => {
      if (q.url === '/live' && ++asked > 1) s.statusCode = 500; s.end('hung') }).listen(process.env.PORT)`;
    const liveness = { httpGet: { path: '/live', port: 8080 }, periodSeconds: 1, failureThreshold: 2 };
    substrate.start('a', workload(scriptRunner(script), { probes: { liveness } }));
    await until('a', 'ready');
    await waitUntil('it failed', () => states.get('a')?.includes('failed'));
    assert.equal((await until('a', 'ready')).restarts, 1);
  });

  test('beyond its memory limit is ended as OOMKilled', { skip: process.platform !== 'linux' }, async () => {
    const { substrate, view } = await started({ options: { isolation: 'none' } });
    const script = `const held = []; require('node:http').createServer((q, s) => s.end()).listen(process.env.PORT);
      setInterval(() => held.length < 40 && held.push(Buffer.alloc(10 << 20, 1)), 20)`;
    substrate.start('a', workload(scriptRunner(script), { limits: { memory: '150Mi' } }));
    const failed = await waitUntil('it is ended', () => view('a')?.failure?.reason === 'OOMKilled' && view('a'));
    assert.match(failed.failure?.message ?? '', /its limit is 150 MiB/);
  });
});

describe('after a restart of the control part', () => {
  test('the replicas are found as they were, and ready at once', async () => {
    const one = await started();
    one.substrate.start('iris-a', workload(nativeRunner()));
    const before = await one.until('iris-a', 'ready');
    const substrate = await one.reconnect();
    const [after] = substrate.replicas();
    assert.equal(after?.state, 'ready');
    assert.equal(after?.pid, before.pid);
    assert.deepEqual(after?.endpoint, before.endpoint);
    assert.deepEqual(after?.workload, before.workload);
    substrate.stop('iris-a');
    await waitUntil('it has ended', () => !isAlive(before.pid as number));
    await waitUntil('its socket is gone', () => !existsSync((httpOf(before) as { path: string }).path));
  });
});

describe('the logs of a replica', () => {
  const read = async (one: Bench, options: Partial<LogOptions>): Promise<LogLine[]> => {
    const logs = createPodLogs({
      folder: join(one.folder, 'state', 'logs'),
      isRunning: (_namespace, pod) => one.view(pod) !== undefined,
    });
    const lines: LogLine[] = [];
    for await (const line of logs.read('default', 'a', { follow: false, previous: false, ...options }))
      lines.push(line);
    return lines;
  };
  const texts = (lines: LogLine[]) => lines.map(({ text }) => text);

  test('are read, by their last lines, followed to the end, and of the run before', async () => {
    const one = await started({ options: { isolation: 'none' } });
    const script = `console.log('one'); console.error('two'); console.log('three ' + process.pid);
      require('node:http').createServer((q, s) => { s.end(); console.log('asked'); if (q.url === '/exit') process.exit(1) })
        .listen(process.env.PORT)`;
    const readiness = { tcpSocket: { port: 8080 } };
    one.substrate.start('a', workload(scriptRunner(script), { probes: { readiness } }));
    const view = await one.until('a', 'ready');
    const first = await waitUntil('all lines are there', async () => {
      const lines = await read(one, {});
      return lines.length === 3 && lines;
    });
    assert.deepEqual(texts(first).sort(), ['one', `three ${view.pid}`, 'two']);
    assert.deepEqual(first.find(({ text }) => text === 'two')?.stream, 'stderr');
    assert.equal((await read(one, { tailLines: 2 })).length, 2);
    assert.equal((await read(one, { tailLines: 0 })).length, 0);
    assert.equal((await read(one, { since: new Date(Date.now() + 60_000) })).length, 0);
    const following = read(one, { follow: true, tailLines: 1 });
    await call(httpOf(view), '/');
    await call(httpOf(view), '/exit').catch(() => undefined);
    const followed = texts(await following);
    assert.deepEqual(followed.slice(-2), ['asked', 'asked']);
    await one.until('a', 'ready');
    assert.ok(texts(await read(one, { previous: true })).includes(`three ${view.pid}`));
    assert.ok(!texts(await read(one, {})).includes(`three ${view.pid}`));
  });

  test('a name that leads elsewhere is refused', async () => {
    const logs = createPodLogs({ folder: '/nowhere', isRunning: () => false });
    await assert.rejects(async () => {
      for await (const _line of logs.read('..', '..', { follow: false, previous: false }));
    }, /there is no replica/);
  });
});
