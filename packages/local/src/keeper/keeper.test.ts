import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { killGroup } from '../processes/process-group.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';
import type { ProcessSpec } from './process-host.ts';
import { stateOwner } from './state-lock.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../testing/${name}.ts`, import.meta.url));

let folder: string;
let keepers: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-keeper-'));
  keepers = [];
});
afterEach(async () => {
  for (const keeper of keepers) keeper.kill('SIGKILL');
  for (const line of seen()) if (typeof line.pid === 'number') killGroup(line.pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  readonly info: { control: { pid: number }; gateway: { pid: number } };
  notices(): string;
}

function launch(options: object): {
  child: ChildProcess;
  exit: Promise<number | null>;
  out: () => string;
  err: () => string;
} {
  const stateFolder = join(folder, 'state');
  const child = spawn(process.execPath, [fixture('keeper-main'), JSON.stringify({ stateFolder, ...options })]);
  keepers.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, exit, out: () => out, err: () => err };
}

async function keeper(specs: Partial<ProcessSpec>[] = [], gateway: string[] = ['0'], options = {}): Promise<Running> {
  const complete = specs.map((spec) => ({
    env: { PATH: process.env.PATH as string },
    logFile: join(folder, 'state', 'logs', `${spec.id}.log`),
    note: { of: spec.id },
    ...spec,
  }));
  const env = { PATH: process.env.PATH ?? '' };
  const started = launch({
    control: { entry: fixture('control-part'), args: [JSON.stringify(complete), join(folder, 'seen')], env },
    gateway: { entry: fixture('gateway-part'), args: [gateway[0], join(folder, 'seen'), ...gateway.slice(1)], env },
    ...options,
  });
  const line = await Promise.race([
    waitUntil('the keeper runs', () => started.out().includes('\n') && started.out()),
    started.exit.then((code) => assert.fail(`the keeper ended with ${code}: ${started.err()}`)),
  ]);
  return { child: started.child, exit: started.exit, info: JSON.parse(line), notices: started.err };
}

// biome-ignore lint/suspicious/noExplicitAny: lines of JSON that the fixtures wrote
function seen(): any[] {
  const file = join(folder, 'seen');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const pidOf = (id: string): number => seen().findLast((line) => line.started === id).pid;
const SLEEPER = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];

describe('the keeper', () => {
  test('starts the parts, and ends them in order: gateway, processes, control', async () => {
    const running = await keeper([{ id: 'a', command: SLEEPER }], ['50']);
    assert.ok(isAlive(pidOf('a')));
    running.child.kill('SIGTERM');
    assert.equal(await running.exit, 0);
    assert.equal(isAlive(pidOf('a')), false);
    const order = seen()
      .map((line) => line.terminated ?? (line.stopping ? 'stopping' : (line.exit?.id ?? undefined)))
      .filter((what) => what !== undefined);
    assert.deepEqual(order, ['gateway', 'stopping', 'a', 'control']);
    assert.equal(stateOwner(join(folder, 'state')), undefined);
  });

  test('ends with 75 where the gateway had to cut requests', async () => {
    const running = await keeper([], ['0', '75']);
    running.child.kill('SIGINT');
    assert.equal(await running.exit, 75);
  });

  test('a second signal ends everything within a second', async () => {
    const stubborn = [process.execPath, '-e', 'process.on("SIGTERM", () => 0); setInterval(() => 0, 1000)'];
    const running = await keeper([{ id: 'a', command: stubborn }], ['60000']);
    running.child.kill('SIGTERM');
    await waitUntil('the first signal is heard', () => running.notices().includes('second signal'));
    const started = performance.now();
    running.child.kill('SIGTERM');
    assert.equal(await running.exit, 75);
    assert.ok(performance.now() - started < 1_000);
    assert.equal(isAlive(pidOf('a')), false);
    assert.equal(isAlive(running.info.gateway.pid), false);
  });

  test('a killed control part comes back and finds its processes', async () => {
    const running = await keeper([{ id: 'a', command: SLEEPER }]);
    const pid = pidOf('a');
    process.kill(running.info.control.pid, 'SIGKILL');
    const again = await waitUntil('control is back', () => seen().filter((line) => line.control !== undefined)[1]);
    assert.deepEqual(again.found, [{ id: 'a', pid, note: { of: 'a' } }]);
    assert.ok(isAlive(pid));
    assert.match(running.notices(), /control part ended by SIGKILL; it starts again now/);
  });

  test('what ended while no control part was there is told to the next', async () => {
    const running = await keeper([{ id: 'a', command: SLEEPER }]);
    // Stopped, it can not take the message of the exit before it is killed.
    process.kill(running.info.control.pid, 'SIGSTOP');
    process.kill(running.info.control.pid, 'SIGKILL');
    await waitUntil('control is gone', () => !isAlive(running.info.control.pid));
    process.kill(pidOf('a'), 'SIGKILL');
    const line = await waitUntil('the exit is told', () => seen().find((one) => one.exit !== undefined));
    assert.equal(line.exit.id, 'a');
    assert.equal(line.exit.signal, 'SIGKILL');
  });

  test('a killed gateway comes back, and loses no process', async () => {
    const running = await keeper([{ id: 'a', command: SLEEPER }]);
    process.kill(running.info.gateway.pid, 'SIGKILL');
    await waitUntil('the gateway is back', () => running.notices().includes('gateway part ended by SIGKILL'));
    assert.ok(isAlive(pidOf('a')));
  });

  test('nothing outlives a killed keeper: parts, processes, children of processes', async () => {
    const script = `const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
      console.log('child ' + child.pid); setInterval(() => 0, 1000);`;
    const running = await keeper([
      { id: 'a', command: [process.execPath, '-e', script] },
      { id: 'b', command: ['/bin/sh', '-c', 'sleep 600 & echo child $!; trap "" TERM; wait'] },
    ]);
    const childOf = (id: string) =>
      waitUntil(`the child of ${id}`, () => {
        const file = join(folder, 'state', 'logs', `${id}.log`);
        return existsSync(file) && /child (\d+)/.exec(readFileSync(file, 'utf8'))?.[1];
      });
    const pids = [
      running.info.control.pid,
      running.info.gateway.pid,
      pidOf('a'),
      pidOf('b'),
      Number(await childOf('a')),
      Number(await childOf('b')),
    ];
    assert.deepEqual(pids.filter(isAlive), pids);
    running.child.kill('SIGKILL');
    await running.exit;
    await waitUntil('all have ended', () => pids.filter(isAlive).length === 0);
  });

  test('a second keeper is refused with the pid of the first; a killed one does not hold the folder', async () => {
    const first = await keeper();
    const second = launch({ control: { entry: fixture('control-part'), args: [], env: {} } });
    assert.equal(await second.exit, 1);
    assert.match(second.err(), new RegExp(`runs already: the process ${first.child.pid} has the state folder`));
    assert.equal(stateOwner(join(folder, 'state')), first.child.pid);
    first.child.kill('SIGKILL');
    await first.exit;
    await keeper();
  });

  test('a part that ends before it serves ends the start, with its last words', async () => {
    const started = launch({
      control: { entry: fixture('control-part'), args: ['no JSON', join(folder, 'seen')], env: {} },
    });
    assert.equal(await started.exit, 1);
    assert.match(started.err(), /the control part ended with code 1 before it served:\s.*no JSON/s);
  });

  test('a command that is not there is refused by name', async () => {
    await keeper([{ id: 'a', command: ['/no/such/program'] }]);
    const line = seen().find((one) => one.refused === 'a');
    assert.match(line.message, /there is no program \/no\/such\/program/);
  });
});
