import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Workload } from '@berth/control';
import { LogFile } from '../logs/log-file.ts';
import { call, nativeRunner, scriptRunner, workload } from '../testing/substrate-bench.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';
import { createLocalHost } from './local-host.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../testing/${name}.ts`, import.meta.url));

let folder: string;
let keepers: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-fault-'));
  keepers = [];
});
afterEach(async () => {
  for (const keeper of keepers) {
    if (keeper.exitCode !== null || keeper.signalCode !== null) continue;
    keeper.kill('SIGKILL');
    await new Promise((resolve) => keeper.once('close', resolve));
  }
  await waitUntil('the folder is free', () => {
    rmSync(folder, { recursive: true, force: true });
    return true;
  });
});

// biome-ignore lint/suspicious/noExplicitAny: lines of JSON that the fixture wrote
function seen(): any[] {
  const file = join(folder, 'seen');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

async function platform(workloads: Record<string, Workload>) {
  const env = { PATH: process.env.PATH ?? '' };
  const options = {
    stateFolder: join(folder, 'state'),
    replicaGraceMs: 3_000,
    control: {
      entry: fixture('substrate-part'),
      args: [JSON.stringify(workloads), join(folder, 'seen'), folder],
      env,
    },
    gateway: { entry: fixture('gateway-part'), args: ['0'], env },
  };
  const child = spawn(process.execPath, [fixture('keeper-main'), JSON.stringify(options)]);
  keepers.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  await waitUntil('the platform runs', () => output.includes('"control"'));
  return { child, output: () => output };
}

const ready = (id: string, restarts = 0) =>
  waitUntil(`${id} is ready`, () =>
    seen()
      .flatMap((line) => [line.change, ...(line.found ?? [])])
      .findLast((one) => one?.id === id && one.state === 'ready' && one.restarts === restarts),
  );

describe('faults of a platform', () => {
  test('a killed control part loses no replica, and finds each ready', async () => {
    await platform({ a: workload(nativeRunner()), b: workload(nativeRunner(), { service: 'other' }) });
    const [a] = await Promise.all([ready('a'), ready('b')]);
    for (let round = 1; round <= 3; round++) {
      const controls = () => seen().filter((line) => line.control !== undefined);
      process.kill(controls().at(-1).control, 'SIGKILL');
      const found = await waitUntil('control is back', () => controls()[round]?.found);
      assert.deepEqual(found.map((one: { id: string; state: string }) => [one.id, one.state]).sort(), [
        ['a', 'ready'],
        ['b', 'ready'],
      ]);
      assert.equal(found.find((one: { id: string }) => one.id === 'a').pid, a.pid);
      assert.equal((await call(a.endpoint.http, '/v2/health/ready')).status, 200);
    }
  });

  test('a killed replica starts again, also one that was found', async () => {
    await platform({ a: workload(nativeRunner()) });
    const first = await ready('a');
    process.kill(first.pid, 'SIGKILL');
    const second = await ready('a', 1);
    process.kill(seen().find((line) => line.control !== undefined).control, 'SIGKILL');
    await waitUntil('control is back', () => seen().filter((line) => line.control !== undefined)[1]);
    process.kill(second.pid, 'SIGKILL');
    const third = await ready('a', 2);
    assert.notEqual(third.pid, second.pid);
  });

  test('nothing outlives a killed keeper: no server, no command, no bridge, nothing that ran away', async () => {
    const script = `require('node:child_process').spawn('setsid', ['sleep', '600'], { stdio: 'ignore', detached: true });
      require('node:http').createServer((q, s) => s.end()).listen(8080)`;
    const { child } = await platform({
      a: workload(nativeRunner()),
      b: workload(scriptRunner(script), { service: 'other' }),
    });
    const [a, b] = await Promise.all([ready('a'), ready('b')]);
    const pids = [a.pid, ...treeOf(b.pid)];
    assert.ok(pids.length >= 3 && pids.every(isAlive));
    child.kill('SIGKILL');
    await waitUntil('all have ended', () => pids.filter(isAlive).length === 0);
  });

  test('the keeper after a killed one starts where nothing is left', async () => {
    const first = await platform({ a: workload(nativeRunner()) });
    await ready('a');
    first.child.kill('SIGKILL');
    await new Promise((resolve) => first.child.once('close', resolve));
    rmSync(join(folder, 'seen'));
    await platform({ a: workload(nativeRunner()) });
    await ready('a');
    assert.deepEqual(seen()[0].found, []);
  });

  test('a drained platform ends with 0 and leaves nothing', async () => {
    const { child } = await platform({ a: workload(nativeRunner()) });
    const { pid } = await ready('a');
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0);
    assert.equal(isAlive(pid), false);
    assert.ok(!seen().some((line) => line.change?.reason === 'Error'));
  });
});

describe('output without end', () => {
  test('neither fills the disk nor the memory, and the process gets through', async () => {
    const host = createLocalHost({ logLimits: { maxBytes: 1024 * 1024, files: 3 } });
    const logs = join(folder, 'logs');
    const megabytes = 200;
    const script = `const line = Buffer.alloc(1024 * 1024, 'x'.repeat(99) + '\\n');
      for (let i = 0; i < ${megabytes}; i++) require('node:fs').writeSync(1, line); console.log('\\nthe end')`;
    const before = process.memoryUsage().rss;
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    const exit = new Promise<{ code: number | null; logTail: readonly string[] }>((resolve) => host.onExit(resolve));
    await host.start({
      id: 'flood',
      command: [process.execPath, '-e', script],
      env: {},
      logFile: join(logs, '0.log'),
      note: null,
    });
    const { code, logTail } = await exit;
    clearInterval(watch);
    assert.equal(code, 0);
    assert.ok(logTail.includes('the end'));
    const sizes = readdirSync(logs).map((name) => statSync(join(logs, name)).size);
    assert.equal(sizes.length, 3);
    assert.ok(Math.max(...sizes) <= 1024 * 1024 * 1.2, `${sizes}`);
    assert.ok(peak - before < 150 * 2 ** 20, `${(peak - before) / 2 ** 20} MiB`);
  });

  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  test('on a full disk stops nothing, and is told when there is room again', { skip: !isRoot }, async (context) => {
    const small = join(folder, 'small');
    mkdirSync(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'berth', small], { stdio: 'ignore' });
    } catch {
      return context.skip('nothing can be mounted here');
    }
    try {
      let elapsed = 0;
      const file = new LogFile(join(small, '0.log'), { maxBytes: 10 * 2 ** 20, files: 3 }, () => elapsed);
      const lines = Buffer.from(`${new Date().toISOString()} stdout F ${'x'.repeat(900)}\n`);
      for (let index = 0; index < 200; index++) file.append(lines);
      await waitUntil('all of it is given up', () => file.pendingBytes === 0);
      rmSync(join(small, '0.log'));
      elapsed += 2_000;
      file.append(Buffer.from('2026-01-01T00:00:00.000Z stdout F after\n'));
      await file.close();
      const text = readFileSync(join(small, '0.log'), 'utf8');
      assert.match(text, /\[\d+ bytes of output were not written: ENOSPC\]\n.* after\n$/);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

/** A process and everything below it. */
function treeOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => treeOf(Number(child))))];
}
