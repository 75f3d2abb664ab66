import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { revisionOf } from '../testing/gateway-bench.ts';
import { begin, ending, GrpcBench } from '../testing/grpc-bench.ts';
import { RawClient } from '../testing/raw-client.ts';

let bench: GrpcBench;
beforeEach(async () => {
  bench = new GrpcBench();
  await bench.start();
});
afterEach(() => bench.stop());

const GET = 'GET /kept HTTP/1.1\r\nHost: iris.example.com\r\n\r\n';

describe('a drain', () => {
  test('waits for a request whose body still comes', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('one')])] });
    for (const size of [10, 2_000]) {
      const again = new GrpcBench();
      await again.start();
      await again.publish({ revisions: [revisionOf('r1', [await again.replica('one')])] });
      const client = new RawClient(again.gateway.httpPort);
      client.write(`POST / HTTP/1.1\r\nHost: iris.example.com\r\nContent-Length: ${size}\r\n\r\n`);
      await sleep(50);
      const drained = again.gateway.drain(5_000);
      await sleep(100);
      client.write('x'.repeat(size));
      await client.closed;
      assert.match(client.text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*one/);
      assert.equal(await drained, 0);
      await again.stop();
    }
  });
  test('is bounded, and says how many it cut', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('one')])] });
    const client = new RawClient(bench.gateway.httpPort);
    client.write('POST / HTTP/1.1\r\nHost: iris.example.com\r\nContent-Length: 10\r\n\r\n');
    await sleep(50);
    assert.equal(await bench.gateway.drain(200), 1);
    await client.closed;
    assert.equal(client.text, '');
  });
  test('closes the kept connection of a request that began before it, with its answer', async () => {
    let finish: () => void = () => undefined;
    const one = await bench.replica('one', (request, response) => {
      if (request.url === '/kept') response.end('kept');
      else finish = () => response.end('slow');
    });
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const client = new RawClient(bench.gateway.httpPort);
    client.write(GET);
    assert.match(await client.until(/kept$/), /Connection: keep-alive/i);
    client.text = '';
    client.write('GET /slow HTTP/1.1\r\nHost: iris.example.com\r\n\r\n');
    await sleep(50);
    const idle = new RawClient(bench.gateway.httpPort);
    idle.write(GET);
    await idle.until(/kept$/);
    const drained = bench.gateway.drain(5_000);
    await idle.closed;
    finish();
    await client.closed;
    assert.match(client.text, /Connection: close/i);
    assert.match(client.text, /slow$/);
    assert.equal(await drained, 0);
  });
  test('lets a large answer leave that its client takes slowly', async () => {
    const one = await bench.replica('one', (_request, response) => response.end('x'.repeat(8_000_000)));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const client = new RawClient(bench.gateway.httpPort);
    client.socket.pause();
    client.write('GET / HTTP/1.1\r\nHost: iris.example.com\r\n\r\n');
    await sleep(100);
    const drained = bench.gateway.drain(5_000);
    await sleep(200);
    client.socket.resume();
    await client.closed;
    assert.ok(client.text.length > 8_000_000, String(client.text.length));
    assert.equal(await drained, 0);
  });
  test('tells HTTP/2 clients to go away, and lets their streams end', async () => {
    const finish: (() => void)[] = [];
    const one = await bench.grpcReplica('one', (stream) => {
      begin(stream);
      stream.write('half,');
      finish.push(() => stream.end('whole'));
    });
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const session = bench.session();
    const goneAway = new Promise<number>((resolve) => session.on('goaway', resolve));
    const stream = bench.open({}, session);
    stream.end('x');
    await sleep(100);
    const drained = bench.gateway.drain(5_000);
    assert.equal(await goneAway, 0);
    for (const end of finish) end();
    const called = await ending(stream);
    assert.deepEqual([called.status, called.body], ['0', 'half,whole']);
    assert.equal(await drained, 0);
  });
});
