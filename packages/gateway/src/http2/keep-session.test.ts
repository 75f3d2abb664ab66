import assert from 'node:assert/strict';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawClient } from '../testing/raw-client.ts';
import { keepSession } from './keep-session.ts';

test('a peer that answers no ping is cut off, one that does is not', { timeout: 10_000 }, async (t) => {
  const server = createServer();
  server.on('session', (session) => {
    session.on('error', () => undefined);
    keepSession(session, 50);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const alive = connect(`http://127.0.0.1:${port}`);
  t.after(() => alive.destroy());
  const silent = new RawClient(port);
  silent.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
  await silent.closed;
  await sleep(300);
  assert.equal(alive.destroyed || alive.closed, false);
});
