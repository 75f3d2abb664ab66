import assert from 'node:assert/strict';
import { connect, createServer, type Server } from 'node:net';
import { describe, test } from 'node:test';
import { listenErrorText, listeningInodes, listenPlan, portOwner } from '@berth/exposure';
import { bind } from './bind.ts';

const onConnection = (socket: { destroy(): void }) => socket.destroy();

function reachable(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('close', () => socket.destroy());
  });
}

describe('bind', () => {
  test('one free port for both loopbacks, closed after stop', async () => {
    const bound = await bind({
      plan: listenPlan(undefined),
      sharesPorts: false,
      port: 0,
      flag: '--http-port',
      onConnection,
    });
    assert.ok(bound.port > 0);
    for (const address of bound.addresses) assert.ok(await reachable(address, bound.port), address);
    await bound.stop();
    assert.equal(await reachable('127.0.0.1', bound.port), false);
  });

  test('a port in use names its owner and the option', async () => {
    const holder = await listening();
    const port = (holder.address() as { port: number }).port;
    try {
      await assert.rejects(
        bind({ plan: listenPlan('127.0.0.1'), sharesPorts: false, port, flag: '--http-port', onConnection }),
        new RegExp(`port ${port} is in use by node \\(pid ${process.pid}\\).*--http-port`),
      );
    } finally {
      holder.close();
    }
  });

  test('an address that is not this machine’s says so', async () => {
    await assert.rejects(
      bind({ plan: listenPlan('203.0.113.1'), sharesPorts: false, port: 0, flag: '--http-port', onConnection }),
      /no address 203\.0\.113\.1.*--host/,
    );
  });

  test('without IPv6 loopback is IPv4 alone', async () => {
    // 203.0.113.2 stands for the ::1 of a machine that has none: the same error comes.
    const plan = { addresses: ['127.0.0.1', '203.0.113.2'], loopback: true };
    const bound = await bind({ plan, sharesPorts: false, port: 0, flag: '--http-port', onConnection });
    assert.deepEqual(bound.addresses, ['127.0.0.1']);
    await bound.stop();
  });
});

test('texts for ports that can not be had', () => {
  const target = { address: '127.0.0.1', port: 80, flag: '--http-port' };
  assert.match(
    listenErrorText('EADDRINUSE', target, { pid: 123, command: 'node' }),
    /port 80 is in use by node \(pid 123\)/,
  );
  assert.match(listenErrorText('EADDRINUSE', target, undefined), /port 80 is in use;/);
  assert.match(listenErrorText('EACCES', target, undefined), /more rights/);
});

describe('the owner of a port', () => {
  test('is found where it is this process', { skip: process.platform !== 'linux' }, async () => {
    const holder = await listening();
    try {
      assert.equal((await portOwner((holder.address() as { port: number }).port))?.pid, process.pid);
    } finally {
      holder.close();
    }
  });

  test('is unknown where there is no such table', async () => {
    assert.equal(await portOwner(80, '/no/such/proc'), undefined);
  });

  test('only sockets that listen on that port count', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1',
      '   1: 0100007F:1F90 0100007F:ABCD 01 00000000:00000000 00:00000000 00000000     0        0 222 1',
      '   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1',
    ].join('\n');
    assert.deepEqual(listeningInodes(table, 8080), ['111']);
  });
});

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
