import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RoutedService } from '@berth/api';
import { type RunningGateway, startGateway } from '../process/start-gateway.ts';
import { GatewayBench, revisionOf, serviceOf } from '../testing/gateway-bench.ts';
import { GatewayLink } from './gateway-link.ts';

/** Stands between the two ends of a link: passes on, holds back what the gateway says, or cuts. */
class Wire {
  readonly path: string;
  readonly #to: string;
  readonly #pairs = new Set<Socket>();
  #server: Server | undefined;
  isHeld = false;
  #held: (() => void)[] = [];

  constructor(path: string, to: string) {
    this.path = path;
    this.#to = to;
  }

  async open(): Promise<void> {
    const server = createServer((control) => {
      const gateway = connect(this.#to);
      for (const one of [control, gateway]) {
        this.#pairs.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
          control.destroy();
          gateway.destroy();
        });
      }
      control.on('data', (chunk) => gateway.write(chunk));
      gateway.on('data', (chunk) => {
        if (this.isHeld) this.#held.push(() => control.write(chunk));
        else control.write(chunk);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.path, () => resolve()));
  }

  release(): void {
    this.isHeld = false;
    for (const send of this.#held.splice(0)) send();
  }

  cut(): void {
    this.#server?.close();
    for (const one of this.#pairs) one.destroy();
    this.#pairs.clear();
    this.#held = [];
  }
}

let bench: GatewayBench;
let wire: Wire;
let link: GatewayLink;
const closes: (() => unknown)[] = [];
beforeEach(async () => {
  bench = new GatewayBench();
  await bench.start();
  // The bench's own control part leaves; the one behind the wire is the newest.
  bench.link.close();
  wire = new Wire(join(bench.folder, 'wire.sock'), join(bench.folder, 'link.sock'));
  await wire.open();
  link = new GatewayLink(wire.path);
});
afterEach(async () => {
  link.close();
  wire.cut();
  for (const close of closes.splice(0)) await close();
  await bench.stop();
});

const named = (name: string, change: Partial<RoutedService>): RoutedService =>
  serviceOf({ name, hosts: [{ host: `${name}.example.com` }], pathPrefix: `/serving/default/${name}`, ...change });
const status = async (name: string) => (await bench.ask('/', { headers: { host: `${name}.example.com` } })).status;
/** Whether it is settled by the end of this while. */
const isSettled = (promise: Promise<unknown>, ms = 150) =>
  Promise.race([promise.then(() => true), sleep(ms).then(() => false)]);
const within = async (promise: Promise<unknown>) => assert.ok(await isSettled(promise, 5_000), 'it took too long');

describe('the link between control and gateway, when it breaks', () => {
  test('the gateway keeps its table, and gets the whole new one when the link is back', async () => {
    const one = await bench.replica('one');
    const revisions = [revisionOf('r1', [one])];
    link.publish(named('stays', { revisions }));
    link.publish(named('goes', { revisions }));
    await within(link.applied());
    wire.cut();
    await sleep(50);
    link.remove({ namespace: 'default', name: 'goes' });
    link.publish(named('comes', { revisions }));
    link.publish(named('stays', { revisions, unavailable: { reason: 'Stopped', message: 'stopped' } }));
    await sleep(100);
    assert.deepEqual([await status('stays'), await status('goes'), await status('comes')], [200, 200, 404]);
    await wire.open();
    await within(link.applied());
    assert.deepEqual([await status('stays'), await status('goes'), await status('comes')], [503, 404, 200]);
  });
  test('a control part that is started anew replaces what the one before it said', async () => {
    const one = await bench.replica('one');
    link.publish(named('before', { revisions: [revisionOf('r1', [one])] }));
    await within(link.applied());
    link.close();
    await sleep(50);
    assert.equal(await status('before'), 200);
    const next = new GatewayLink(wire.path);
    closes.push(() => next.close());
    next.publish(named('after', { revisions: [revisionOf('r1', [one])] }));
    await within(next.applied());
    assert.deepEqual([await status('before'), await status('after')], [404, 200]);
  });
  test('a gateway that is started anew gets everything, without being asked', async () => {
    const one = await bench.replica('one');
    link.publish(named('iris', { revisions: [revisionOf('r1', [one])] }));
    await within(link.applied());
    await bench.gateway.close();
    const again: RunningGateway = await startGateway({
      httpPort: bench.gateway.httpPort,
      addresses: ['127.0.0.1'],
      linkPath: join(bench.folder, 'link.sock'),
      accessLog: false,
    });
    closes.push(() => again.close());
    let answered = 0;
    for (let tries = 0; answered !== 200 && tries < 100; tries++) {
      await sleep(20);
      answered = await status('iris');
    }
    assert.equal(answered, 200);
  });
  test('what was not taken over is not confirmed by the break, nor by what was confirmed before', async () => {
    const one = await bench.replica('one');
    link.publish(named('iris', { revisions: [revisionOf('r1', [one])] }));
    await within(link.applied());
    wire.cut();
    await sleep(50);
    link.publish(named('iris', { revisions: [revisionOf('r2', [one])] }));
    const during = link.applied();
    assert.equal(await isSettled(during), false);
    await wire.open();
    await within(during);
    assert.equal((await bench.ask('/')).headers['berth-revision'], 'r2');
    // Sent, but the link breaks before the gateway's word is there.
    wire.isHeld = true;
    link.publish(named('iris', { revisions: [revisionOf('r3', [one])] }));
    const held = link.applied();
    assert.equal(await isSettled(held), false);
    wire.cut();
    assert.equal(await isSettled(held), false);
    wire.isHeld = false;
    await wire.open();
    await within(held);
    assert.equal((await bench.ask('/')).headers['berth-revision'], 'r3');
  });
  test('a word that comes late confirms only what it is about', async () => {
    const one = await bench.replica('one');
    link.publish(named('iris', { revisions: [revisionOf('r1', [one])] }));
    await within(link.applied());
    wire.isHeld = true;
    link.publish(named('iris', { revisions: [revisionOf('r2', [one])] }));
    const first = link.applied();
    await sleep(50);
    wire.release();
    wire.isHeld = true;
    link.publish(named('iris', { revisions: [revisionOf('r3', [one])] }));
    const second = link.applied();
    await within(first);
    assert.equal(await isSettled(second), false);
    wire.release();
    await within(second);
  });
  test('where there is no gateway at all, nobody waits for it for long', async () => {
    wire.cut();
    await sleep(50);
    link.publish(named('iris', { revisions: [] }));
    await within(link.applied());
    assert.equal(await isSettled(link.applied()), true);
    await within(link.drained('default', 'any', 30_000));
  });
  test('a request that waits meanwhile is told of again', async () => {
    const demands: string[] = [];
    link.onDemand(({ revision }) => demands.push(revision));
    link.publish(named('iris', { revisions: [revisionOf('r1', [])] }));
    await within(link.applied());
    wire.cut();
    await sleep(50);
    const waiting = bench.ask('/');
    await sleep(50);
    assert.deepEqual(demands, []);
    await wire.open();
    for (let tries = 0; demands.length === 0 && tries < 200; tries++) await sleep(10);
    assert.deepEqual(demands, ['r1']);
    link.publish(named('iris', { revisions: [revisionOf('r1', [await bench.replica('one')])] }));
    assert.equal((await waiting).status, 200);
  });
});

describe('the gateway’s end of the link', () => {
  test('listens to the newest control part alone', async () => {
    const one = await bench.replica('one');
    const revisions = [revisionOf('r1', [one])];
    link.publish(named('iris', { revisions }));
    await within(link.applied());
    const newest = connect(join(bench.folder, 'link.sock'));
    closes.push(() => newest.destroy());
    newest.write(`${JSON.stringify({ type: 'replace', version: 1, services: [named('newest', { revisions })] })}\n`);
    // Who was pushed out comes back, and is the newest then: nobody is ever heard together with another.
    newest.on('error', () => undefined).resume();
    await within(new Promise<void>((resolve) => newest.on('close', () => resolve())));
    await within(link.applied());
    assert.deepEqual([await status('newest'), await status('iris')], [404, 200]);
  });
  test('ends a connection that sends no JSON, and serves on by the table it has', async () => {
    const one = await bench.replica('one');
    link.publish(named('iris', { revisions: [revisionOf('r1', [one])] }));
    await within(link.applied());
    link.close();
    const bad = connect(join(bench.folder, 'link.sock'));
    bad.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => bad.on('close', () => resolve()));
    bad.write('{"type":\n');
    await within(closed);
    assert.equal(await status('iris'), 200);
  });
});
