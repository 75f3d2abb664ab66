import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, describe, test } from 'node:test';
import type { ReplicaView } from '@berth/control';
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
import { findControlGroups } from './control-groups.ts';
import { examineMachine, type Machine } from './machine.ts';
import { showSocket } from './shown-socket.ts';

let machine: Machine;
before(async () => {
  machine = await examineMachine();
});
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

const isRoot = process.getuid?.() === 0;
const needsRoot = { skip: isRoot ? false : 'needs root: users of their own' };
const httpOf = (view: ReplicaView) => view.endpoint?.http ?? assert.fail('it has no endpoint');

/** A server on the port that the container declares, which does what it is asked to and answers what came of it. */
const AGENT = `const fs = require('node:fs'), http = require('node:http'), { spawn } = require('node:child_process');
const acts = {
  read: (path) => fs.readFileSync(path, 'utf8').replaceAll('\\0', '\\n'),
  env: (name) => process.env[name],
  list: (path) => fs.readdirSync(path).join(' '),
  write: (path) => { fs.writeFileSync(path, 'x'); return 'written'; },
  who: () => process.getuid() + ' ' + process.getgid() + ' ' + process.getgroups().join(',') + ' ' + process.cwd(),
  caps: () => /CapBnd:\\s*(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1],
  pids: () => fs.readdirSync('/proc').filter((one) => /^\\d+$/.test(one)).length,
  away: () => { const c = spawn('setsid', ['sleep', '600'], { stdio: 'ignore', detached: true }); return c.pid; },
  fetch: (url) => new Promise((resolve) => http.get(url, (r) => { r.resume(); resolve(r.statusCode) }).on('error', (e) => resolve(e.code))),
};
http.createServer(async (q, s) => {
  const url = new URL(q.url, 'http://x');
  try { s.end(String(await acts[url.pathname.slice(1)](url.searchParams.get('of')))); }
  catch (error) { s.end('refused ' + (error.code || error)); }
}).listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => { console.log('asked to end'); setTimeout(() => process.exit(0), 20); });
console.log('listening');`;

const agent = (more: Parameters<typeof workload>[1] = {}) =>
  workload(scriptRunner(AGENT, { ports: [{ containerPort: 8080 }] }), {
    // Without one, the server would be asked for the readiness of the v2 protocol, which it does not know: fine, too.
    probes: { readiness: { tcpSocket: { port: 8080 } } },
    ...more,
  });

async function ask(view: ReplicaView, act: string, of = ''): Promise<string> {
  return (await call(httpOf(view), `/${act}?of=${encodeURIComponent(of)}`)).body;
}

describe('a command in namespaces of its own', () => {
  test('has its port for itself, however many do', async (context) => {
    if (!machine.networks) return context.skip('no namespaces on this machine');
    const { substrate, until } = await started();
    substrate.start('a', agent());
    substrate.start('b', agent({ service: 'other' }));
    const views = await Promise.all([until('a', 'ready'), until('b', 'ready')]);
    for (const view of views) {
      assert.ok('path' in httpOf(view));
      assert.equal(view.isExclusive, false);
      assert.ok(Number(await ask(view, 'pids')) < 10, 'it sees its own processes only');
    }
  });

  test('finds the model where it was written for, to read only', async (context) => {
    if (!machine.networks) return context.skip('no namespaces on this machine');
    const { substrate, until } = await started();
    substrate.start('a', agent());
    const view = await until('a', 'ready');
    assert.match(await ask(view, 'list', '/mnt/models'), /model/);
    assert.match(await ask(view, 'write', '/mnt/models/x'), /refused (EROFS|EACCES|EPERM)/);
    assert.equal(statSync(join(exampleModel('sklearn-iris'), 'x'), { throwIfNoEntry: false }), undefined);
  });

  test('finds a single file in the folder, and a folder that nobody has, without leaving one on the machine', async (context) => {
    if (!machine.networks) return context.skip('no namespaces on this machine');
    const { substrate, until, folder } = await started();
    const file = join(folder, 'weights.bin');
    writeFileSync(file, 'weights', { mode: 0o644 });
    chmodSync(folder, 0o755);
    substrate.start('a', agent({ mounts: [{ mountPath: '/mnt/models', path: file, readOnly: true }] }));
    assert.equal(await ask(await until('a', 'ready'), 'read', '/mnt/models/weights.bin'), 'weights');
  });

  test('does not reach what listens on the loopback of the machine', async (context) => {
    if (!machine.networks) return context.skip('no namespaces on this machine');
    const { substrate, until } = await started();
    const server = createServer((_request, response) => response.end('reached')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    substrate.start('a', agent());
    const view = await until('a', 'ready');
    const { port } = server.address() as AddressInfo;
    // 10.0.2.2 is the machine as the way out shows it.
    for (const host of ['127.0.0.1', '10.0.2.2']) {
      assert.match(await ask(view, 'fetch', `http://${host}:${port}/`), /^(ECONN|ENET|EHOST|ETIMEDOUT)/);
    }
    server.close();
  });

  test('reaches other machines where slirp4netns is, and says so where it is not', async (context) => {
    if (!machine.networks) return context.skip('no namespaces on this machine');
    const { substrate, until } = await started();
    substrate.start('a', agent());
    const view = await until('a', 'ready');
    const address = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find((one) => one.family === 'IPv4' && !one.internal)?.address;
    if (!machine.outward) return assert.match(view.notes.join(), /without a way out/);
    assert.deepEqual(view.notes, []);
    if (address === undefined) return context.skip('this machine has no address but loopback');
    const server = createServer((_request, response) => response.end('reached')).listen(0, address);
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    assert.equal(await ask(view, 'fetch', `http://${address}:${port}/`), '200');
    assert.match(await ask(view, 'read', '/etc/resolv.conf'), /nameserver 10\.0\.2\.3/);
    server.close();
  });

  test('is asked to end before it is ended, and nothing of it stays, wherever it went', async (context) => {
    if (!machine.networks) return context.skip('no namespaces on this machine');
    const one = await started();
    one.substrate.start('a', agent());
    const view = await one.until('a', 'ready');
    await ask(view, 'away');
    const sleepers = () => treeOf(view.pid as number);
    const pids = await waitUntil('the runaway runs', () => sleepers().length >= 4 && sleepers());
    one.substrate.stop('a');
    await waitUntil('it is gone', () => one.view('a') === undefined);
    assert.deepEqual(pids.filter(isAlive), []);
    const log = readFileSync(join(one.folder, 'state', 'logs', 'default', 'a', '0.log'), 'utf8');
    assert.match(log, /asked to end/);
    assert.equal(log.match(/asked to end/g)?.length, 1, 'it is asked once');
  });

  test('answers probes that run inside of it', async (context) => {
    if (!machine.networks || machine.programs.nsenter === undefined)
      return context.skip('no namespaces on this machine');
    const { substrate, until } = await started();
    const command = ['/bin/sh', '-c', 'test -e /mnt/models/model.joblib || test -n "$(ls /mnt/models)"'];
    substrate.start('a', agent({ probes: { readiness: { exec: { command } } } }));
    await until('a', 'ready');
  });

  test('tells its own exit code', async (context) => {
    if (!machine.networks) return context.skip('no namespaces on this machine');
    const { substrate, until } = await started();
    substrate.start('a', workload(scriptRunner('console.error("bad weights"); process.exit(42)')));
    const { failure } = await until('a', 'failed');
    assert.equal(failure?.exitCode, 42);
    assert.deepEqual(failure?.logTail, ['bad weights']);
  });
});

describe('where the platform is root, a replica', needsRoot, () => {
  test('is a user of its own, without rights, and cannot read the state, nor the secrets of another service', async () => {
    const { substrate, until, folder } = await started();
    chmodSync(folder, 0o711);
    // Written as carelessly as can be: the folder above is what counts.
    writeFileSync(join(folder, 'state', 'token'), 'planted-token', { mode: 0o644 });
    substrate.start('a', agent({ service: 'one', env: { SECRET: 'planted-secret' } }));
    substrate.start('b', agent({ service: 'two' }));
    substrate.start('n', workload(nativeRunner(), { service: 'three', env: { SECRET: 'planted-secret' } }));
    const [a, b, native] = await Promise.all([until('a', 'ready'), until('b', 'ready'), until('n', 'ready')]);
    const [uidA, gidA, groups] = (await ask(a, 'who')).split(' ');
    const [uidB] = (await ask(b, 'who')).split(' ');
    assert.notEqual(uidA, '0');
    assert.notEqual(uidA, uidB);
    assert.equal(gidA, uidA);
    assert.ok(['', gidA].includes(groups as string));
    assert.equal(await ask(a, 'caps'), '0000000000000000');
    assert.match(await ask(a, 'read', join(folder, 'state', 'token')), /refused/);
    assert.match(await ask(a, 'list', join(folder, 'state')), /refused/);
    assert.match(await ask(a, 'read', '/proc/self/environ'), /planted-secret/);
    assert.doesNotMatch(await ask(b, 'read', `/proc/${a.pid}/environ`), /planted/);
    const nativeStatus = readFileSync(`/proc/${native.pid}/status`, 'utf8');
    const nativeUid = /^Uid:\s+(\d+)/m.exec(nativeStatus)?.[1];
    assert.ok(Number(nativeUid) > 1_000_000_000);
    assert.ok(nativeUid !== uidA && nativeUid !== uidB);
    assert.match(nativeStatus, /^CapEff:\s+0+$/m);
    assert.match(nativeStatus, /^NoNewPrivs:\s+1$/m);
    const { path } = httpOf(native) as { path: string };
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('can not lead the gateway to a socket of another', async () => {
    const { substrate, until, folder } = await started();
    chmodSync(folder, 0o711);
    substrate.start('n', workload(nativeRunner()));
    const view = await until('n', 'ready');
    const { path } = httpOf(view) as { path: string };
    const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${view.pid}/status`, 'utf8'))?.[1]);
    const as = (user: number, script: string) => {
      const rights = ['--reuid', String(user), '--regid', String(user), '--clear-groups', '/bin/sh', '-c', script];
      return execFileSync('setpriv', [...rights, 'sh', path, join(path, '..', 'p', 's')], { stdio: 'ignore' });
    };
    assert.throws(() => as(uid, 'rm -f "$1"'), 'the name that the gateway uses is not its own');
    as(uid, 'rm "$2" && ln -s /nowhere "$2"');
    assert.equal((await call({ path }, '/v2/health/live')).status, 200);
    assert.throws(() => as(uid + 1, 'ls "$(dirname "$2")"'), 'nor is its folder another user’s');
  });

  test('is used by a second name of its socket, and by that of no other thing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-shown-'));
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    const isShown = (uid: number) => {
      showSocket({ from, to, uid });
      return lstatSync(to, { throwIfNoEntry: false })?.isSocket();
    };
    for (const make of [() => symlinkSync('/nowhere', from), () => writeFileSync(from, 'a file')]) {
      make();
      assert.equal(isShown(0), undefined);
      rmSync(from);
    }
    // A server that is killed leaves its socket.
    const script = `require('node:net').createServer().listen(${JSON.stringify(from)}, () => process.kill(process.pid, 9))`;
    assert.equal(spawnSync(process.execPath, ['-e', script]).signal, 'SIGKILL');
    assert.equal(isShown(12_345), undefined, 'it is of another user');
    assert.equal(isShown(0), true);
    rmSync(folder, { recursive: true });
  });

  test('has the same user again, and its folder to write to', async () => {
    const one = await started();
    chmodSync(one.folder, 0o711);
    one.substrate.start('a', agent({ env: {} }));
    const view = await one.until('a', 'ready');
    const [uid, , , cwd] = (await ask(view, 'who')).split(' ');
    assert.equal(await ask(view, 'write', join(cwd ?? '', 'x')), 'written');
    one.substrate.stop('a');
    await waitUntil('it is gone', () => one.view('a') === undefined);
    await one.reconnect();
    one.substrate.start('b', agent());
    assert.equal((await ask(await one.until('b', 'ready'), 'who')).split(' ')[0], uid);
  });

  test('reads a model that lies in a closed folder, or is closed itself', async () => {
    const { substrate, until, folder } = await started();
    chmodSync(folder, 0o711);
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    cpSync(exampleModel('sklearn-iris'), join(closed, 'model'), { recursive: true });
    substrate.start('a', workload(nativeRunner(), { mounts: [mount(join(closed, 'model'))] }));
    await until('a', 'ready');
    cpSync(exampleModel('sklearn-iris'), join(closed, 'private'), { recursive: true });
    chmodSync(join(closed, 'private'), 0o700);
    substrate.start('b', workload(nativeRunner(), { mounts: [mount(join(closed, 'private'))] }));
    await until('b', 'ready');
    substrate.start('c', agent({ mounts: [mount(join(closed, 'private'))], env: { MODELS: '/mnt/models' } }));
    const where = machine.networks ? '/mnt/models' : await ask(await until('c', 'ready'), 'env', 'MODELS');
    assert.match(await ask(await until('c', 'ready'), 'list', where), /model/);
  });

  test('finds its program and what it is told to read in a closed folder, and nothing else there', async (context) => {
    if (machine.mounts !== 'root') return context.skip('needs mount namespaces');
    const { substrate, until, folder } = await started();
    const closed = join(folder, 'closed');
    mkdirSync(join(closed, 'app'), { recursive: true });
    chmodSync(closed, 0o700);
    writeFileSync(join(closed, 'app', 'server.cjs'), AGENT, { mode: 0o644 });
    writeFileSync(join(closed, 'other'), 'planted', { mode: 0o644 });
    const command = [process.execPath, join(closed, 'app', 'server.cjs')];
    substrate.start('a', agent({ runner: { kind: 'command', command, args: [], ports: [] } }));
    const view = await until('a', 'ready');
    assert.equal(await ask(view, 'list', closed), 'app');
    assert.match(await ask(view, 'read', join(closed, 'other')), /refused/);
  });
});

describe('where the platform is no root, a replica of its own server', () => {
  test('sees neither the state nor another process', async (context) => {
    if (machine.mounts !== 'user') return context.skip('needs user namespaces, and not to be root');
    const { substrate, until, folder } = await started();
    writeFileSync(join(folder, 'state', 'token'), 'planted-token');
    substrate.start('a', workload(nativeRunner()));
    const view = await until('a', 'ready');
    const server = treeOf(view.pid as number).at(-1);
    assert.throws(() => readFileSync(`/proc/${server}/root${join(folder, 'state', 'token')}`));
    assert.match(readFileSync(`/proc/${server}/status`, 'utf8'), /^NSpid:\t\d+\t\d+$/m);
    substrate.stop('a');
    await waitUntil('it is gone', () => substrate.replicas().length === 0);
  });
});

describe('limits', needsRoot, () => {
  test('are held by control groups where they can be made, for servers and commands', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-groups-'));
    const groups = findControlGroups(folder);
    rmSync(folder, { recursive: true });
    if (groups === undefined || !machine.networks) return context.skip('control groups can not be written here');
    const { substrate, until, view } = await started();
    const limits = { cpu: '500m', memory: '120Mi' };
    const script = `const held = []; require('node:http').createServer((q, s) => s.end()).listen(8080);
      setInterval(() => held.push(Buffer.alloc(10 << 20, 1)), 20)`;
    substrate.start('a', workload(scriptRunner(script), { limits }));
    substrate.start('b', workload(nativeRunner(), { limits, service: 'other' }));
    const failed = await waitUntil('it is killed', () => view('a')?.failure?.reason === 'OOMKilled' && view('a'));
    assert.match(failed.failure?.message ?? '', /passed its memory limit of 120Mi/);
    const native = await until('b', 'ready');
    assert.match(readFileSync(`/proc/${native.pid}/cgroup`, 'utf8'), /berth-[0-9a-f]{12}\/[0-9a-f]{10}/);
    assert.deepEqual(native.notes, []);
  });
});

const mount = (path: string) => ({ mountPath: '/mnt/models', path, readOnly: true });

/** A process and everything below it. */
function treeOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => treeOf(Number(child))))];
}
