import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeReplica, GatewayBench, revisionOf } from '../testing/gateway-bench.ts';

let bench: GatewayBench;
beforeEach(async () => {
  bench = new GatewayBench();
  await bench.start();
});
afterEach(() => bench.stop());

/** Sends raw bytes and gives everything that came back. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(bench.gateway.httpPort, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.write(bytes, 'latin1');
    setTimeout(() => socket.destroy(), 1_000).unref();
  });
}

describe('routing', () => {
  test('by host whatever its case and port, by path, by KServe’s headers', async () => {
    const replica = await bench.replica('one');
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    const ways: [string, Record<string, string>][] = [
      ['/v1/x?q=1', {}],
      ['/v1/x?q=1', { host: 'IRIS.Example.COM:8080' }],
      ['/serving/default/iris/v1/x?q=1', { host: 'other' }],
      ['/v1/x?q=1', { host: 'other', 'kserve-isvc-name': 'iris' }],
      ['/v1/x?q=1', { host: 'other', 'kserve-isvc-name': 'iris', 'kserve-isvc-namespace': 'default' }],
    ];
    for (const [path, headers] of ways) {
      const answer = await bench.ask(path, { headers });
      assert.deepEqual(
        [answer.status, answer.body, answer.headers['berth-revision']],
        [200, 'one', 'r1'],
        JSON.stringify(headers),
      );
      assert.equal(replica.seen.at(-1)?.url, '/v1/x?q=1');
    }
    const sent = replica.seen.at(-1)?.headers;
    assert.deepEqual(
      [sent?.['kserve-isvc-name'], sent?.['kserve-isvc-namespace'], sent?.['x-forwarded-proto']],
      ['iris', 'default', 'http'],
    );
  });
  test('the service’s bare path is its root; a longer name is another service', async () => {
    const replica = await bench.replica('one');
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    assert.equal((await bench.ask('/serving/default/iris', { headers: { host: 'x' } })).status, 200);
    assert.equal(replica.seen.at(-1)?.url, '/');
    assert.equal((await bench.ask('/serving/default/irises/', { headers: { host: 'x' } })).status, 404);
  });
  test('nobody: 404 that names who is near; nothing of a replica’s own report', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('one')])] });
    const answer = await bench.ask('/', { headers: { host: 'iriss.example.com' } });
    assert.equal(answer.status, 404);
    assert.match(JSON.parse(answer.body).error, /did you mean the host iris\.example\.com.*\/serving\/default\/iris/);
    for (const path of ['/_berth/replica', '/serving/default/iris/_berth/replica', '//_berth/replica']) {
      assert.equal((await bench.ask(path)).status, 404, path);
    }
  });
  test('hosts of tags lead to their revision whatever the split', async () => {
    const [old, fresh] = [await bench.replica('old'), await bench.replica('fresh')];
    await bench.publish({
      revisions: [revisionOf('r1', [old]), revisionOf('r2', [fresh])],
      hosts: [{ host: 'iris.example.com' }, { host: 'latest-iris.example.com', revision: 'r2' }],
    });
    assert.equal((await bench.ask('/')).body, 'old');
    assert.equal((await bench.ask('/', { headers: { host: 'latest-iris.example.com' } })).body, 'fresh');
  });
  test('what is unavailable says why', async () => {
    await bench.publish({ unavailable: { reason: 'Stopped', message: 'iris is stopped' } });
    const answer = await bench.ask('/');
    assert.deepEqual(
      [answer.status, JSON.parse(answer.body).error, answer.headers['retry-after']],
      [503, 'iris is stopped', '1'],
    );
  });
});

describe('requests', () => {
  test('ids are kept where they are sane and made where not; traceparent passes', async () => {
    const replica = await bench.replica('one');
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    const kept = await bench.ask('/', { headers: { 'x-request-id': 'abc', traceparent: '00-a-b-01' } });
    assert.equal(kept.headers['x-request-id'], 'abc');
    assert.deepEqual(
      [replica.seen[0]?.headers['x-request-id'], replica.seen[0]?.headers.traceparent],
      ['abc', '00-a-b-01'],
    );
    const made = await bench.ask('/', { headers: { 'x-request-id': 'a b' } });
    assert.notEqual(made.headers['x-request-id'], 'a b');
    assert.match(String(made.headers['x-request-id']), /^\S+$/);
  });
  test('bodies of every kind arrive whole', async () => {
    const replica = await bench.replica('one', (_request, response, body) => response.end(String(body.length)));
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    for (const size of [1, 1_000, 1_024, 1_025, 300_000]) {
      assert.equal((await bench.ask('/', { body: 'x'.repeat(size) })).body, String(size));
      const chunked = await bench.ask('/', { body: 'y'.repeat(size), isChunked: true });
      assert.equal(chunked.body, String(size));
    }
  });
  test('an answer that streams comes as it is made', async () => {
    const replica = await bench.replica('one', async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      await sleep(50);
      response.end('data: 2\n\n');
    });
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    assert.equal((await bench.ask('/')).body, 'data: 1\n\ndata: 2\n\n');
  });
  test('HEAD, 204 and 304 have no body, and the connection goes on', async () => {
    const replica = await bench.replica('one', (request, response) => {
      response.writeHead(
        request.url === '/empty' ? 204 : 200,
        request.method === 'HEAD' ? { 'content-length': 5 } : {},
      );
      response.end();
    });
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    assert.equal((await bench.ask('/', { method: 'HEAD' })).headers['content-length'], '5');
    assert.equal((await bench.ask('/empty')).status, 204);
    assert.equal((await bench.ask('/')).status, 200);
  });
  test('no answer in time is 504, and not sent again', async () => {
    const replica = await bench.replica('one', () => undefined);
    await bench.publish({ revisions: [revisionOf('r1', [replica])], timeoutMs: 100 });
    const answer = await bench.ask('/', { body: '{}' });
    assert.equal(answer.status, 504);
    assert.equal(replica.seen.length, 1);
  });
});

describe('what smuggles is refused', () => {
  const head = 'POST / HTTP/1.1\r\nHost: iris.example.com\r\n';
  const cases: [string, string, RegExp][] = [
    ['length and chunks', `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400/],
    ['two lengths', `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, /^HTTP\/1\.1 400/],
    ['two hosts', `${head}Host: other\r\nContent-Length: 0\r\n\r\n`, /^HTTP\/1\.1 400/],
    ['a fold', `${head}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`, /^HTTP\/1\.1 400/],
    ['a space before the colon', `${head}X : a\r\n\r\n`, /^HTTP\/1\.1 400/],
    ['no path', 'GET http://iris.example.com/ HTTP/1.1\r\nHost: iris.example.com\r\n\r\n', /^HTTP\/1\.1 400/],
    [
      '101 headers',
      `${head}${Array.from({ length: 101 }, (_, index) => `a${index}: 1\r\n`).join('')}Content-Length: 0\r\n\r\n`,
      /^HTTP\/1\.1 431/,
    ],
  ];
  for (const [name, bytes, status] of cases) {
    test(name, async () => {
      const replica = await bench.replica('one');
      await bench.publish({ revisions: [revisionOf('r1', [replica])] });
      assert.match(await raw(bytes), status);
      assert.equal(replica.seen.length, 0);
    });
  }
});

describe('replicas that fail', () => {
  test('a request that was not answered is sent once more, to another', async () => {
    const dying = await bench.replica('dying', (request) => request.socket.destroy());
    const good = await bench.replica('good');
    await bench.publish({ revisions: [revisionOf('r1', [dying, good])] });
    for (let index = 0; index < 20; index++) assert.equal((await bench.ask('/', { body: 'x' })).body, 'good');
    assert.ok(dying.seen.length >= 1);
  });
  test('never a third time, and not at all where the service says so or the body is too large', async () => {
    const one = await bench.replica('one', (request) => request.socket.destroy());
    const two = await bench.replica('two', (request) => request.socket.destroy());
    await bench.publish({ revisions: [revisionOf('r1', [one, two])] });
    assert.equal((await bench.ask('/', { body: 'x' })).status, 503);
    assert.equal(one.seen.length + two.seen.length, 2);
    await sleep(600);
    assert.equal((await bench.ask('/', { body: 'x'.repeat(2_000) })).status, 503);
    assert.equal(one.seen.length + two.seen.length, 3);
    await sleep(600);
    await bench.publish({ revisions: [revisionOf('r1', [one, two])], retry: { enabled: false, maxBodyBytes: 1024 } });
    assert.equal((await bench.ask('/', { body: 'x' })).status, 503);
    assert.equal(one.seen.length + two.seen.length, 4);
  });
  test('who waited for a replica that is lost as soon as it has come goes to the next', async () => {
    const dying = await Promise.all(
      ['one', 'two', 'three', 'four'].map((id) => bench.replica(id, (request) => request.socket.destroy())),
    );
    const [first, second, third, fourth] = dying as [FakeReplica, FakeReplica, FakeReplica, FakeReplica];
    const come = async (replica: FakeReplica, before: FakeReplica) => {
      while (before.seen.length === 0) await sleep(5);
      await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    };
    const good = await bench.replica('good');
    await bench.publish({ revisions: [revisionOf('r1', [first])] });
    const lucky = bench.ask('/', { body: 'x' });
    await come(second, first);
    await come(good, second);
    assert.equal((await lucky).body, 'good');
    // It ends where it is the request that ends them.
    await bench.publish({ revisions: [revisionOf('r1', [third])] });
    const poison = bench.ask('/', { body: 'x' });
    await come(fourth, third);
    const fifth = await bench.replica('five', (request) => request.socket.destroy());
    await come(fifth, fourth);
    await come(good, fifth);
    assert.equal((await poison).status, 503);
  });
  test('an answer that breaks off is not begun again', async () => {
    const replica = await bench.replica('one', (request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setTimeout(() => request.socket.destroy(), 20);
    });
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    await assert.rejects(bench.ask('/', { body: 'x' }));
    assert.equal(replica.seen.length, 1);
  });
  test('a replica that is gone is passed over, and a waiting request goes to the one that comes', async () => {
    const gone = await bench.replica('gone');
    await bench.publish({ revisions: [revisionOf('r1', [gone])] });
    gone.kill();
    const waiting = bench.ask('/', { body: 'x' });
    await sleep(100);
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('new')])] });
    assert.equal((await waiting).body, 'new');
  });
});

describe('waiting for a replica', () => {
  test('a flood asks once, and is let go in order', async () => {
    const demands: string[] = [];
    bench.link.onDemand(({ revision }) => demands.push(revision));
    await bench.publish({ revisions: [revisionOf('r1', [])] });
    const order: number[] = [];
    const asked = Array.from({ length: 8 }, async (_, index) => {
      await sleep(index * 15);
      const answer = await bench.ask('/', { body: String(index) });
      return answer.status;
    });
    await sleep(250);
    const replica = await bench.replica('one', (_request, response, body) => {
      order.push(Number(body));
      response.end();
    });
    await bench.publish({ revisions: [revisionOf('r1', [replica], { containerConcurrency: 1 })] });
    assert.deepEqual(await Promise.all(asked), Array(8).fill(200));
    assert.deepEqual(demands, ['r1']);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
  });
  test('who waits for a replica that is taken away asks for another', async () => {
    const demands: string[] = [];
    bench.link.onDemand(({ revision }) => demands.push(revision));
    const busy = await bench.replica('busy', () => undefined);
    await bench.publish({ revisions: [revisionOf('r1', [busy], { containerConcurrency: 1 })], timeoutMs: 3_000 });
    const held = bench.ask('/', { body: 'x' }).catch(() => undefined);
    await sleep(50);
    const waiting = bench.ask('/', { body: 'x' });
    await sleep(50);
    assert.deepEqual(demands, []);
    await bench.publish({ revisions: [revisionOf('r1', [])], timeoutMs: 3_000 });
    assert.deepEqual(demands, ['r1']);
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('new')])], timeoutMs: 3_000 });
    assert.equal((await waiting).body, 'new');
    busy.kill();
    await held;
  });
  test('a full queue is 503 with Retry-After at once, and who goes makes room', async () => {
    await bench.publish({
      revisions: [revisionOf('r1', [])],
      hold: { maxRequests: 1, maxBytes: 1024 },
      timeoutMs: 400,
    });
    const first = bench.ask('/', { body: 'x' });
    await sleep(50);
    const refused = await bench.ask('/', { body: 'x' });
    assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
    assert.equal((await first).status, 504);
    const next = bench.ask('/', { body: 'x' });
    await sleep(50);
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('one')])] });
    assert.equal((await next).status, 200);
  });
  test('a revision that will not come is refused at once with its reason', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [], { activates: false, failure: 'ModelLoadFailed: cut' })] });
    const answer = await bench.ask('/');
    assert.deepEqual([answer.status, JSON.parse(answer.body).error], [503, 'ModelLoadFailed: cut']);
  });
  test('a service with a limit refuses one more with 429, and takes the next when one has ended', async () => {
    const finish: (() => void)[] = [];
    const replica = await bench.replica('one', (_request, response) => void finish.push(() => response.end('done')));
    await bench.publish({ revisions: [revisionOf('r1', [replica])], maxConcurrency: 2 });
    const running = [bench.ask('/', { body: 'x' }), bench.ask('/', { body: 'x' })];
    await sleep(50);
    const refused = await bench.ask('/', { body: 'x' });
    assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '1']);
    for (const end of finish.splice(0)) end();
    for (const one of await Promise.all(running)) assert.equal(one.status, 200);
    const next = bench.ask('/', { body: 'x' });
    await sleep(50);
    for (const end of finish.splice(0)) end();
    assert.equal((await next).status, 200);
  });
  test('one replica takes no more at once than its concurrency', async () => {
    let most = 0;
    let now = 0;
    const replica = await bench.replica('one', async (_request, response) => {
      most = Math.max(most, ++now);
      await sleep(20);
      now--;
      response.end();
    });
    await bench.publish({ revisions: [revisionOf('r1', [replica], { containerConcurrency: 2 })] });
    const answers = await Promise.all(Array.from({ length: 9 }, () => bench.ask('/', { body: 'x' })));
    assert.ok(answers.every((one) => one.status === 200));
    assert.equal(most, 2);
  });
});

describe('the link', () => {
  test('an endpoint that is taken out is drained when its last request has ended, also where nobody waits yet', async () => {
    let finish: () => void = () => undefined;
    const busy = await bench.replica('busy', (_request, response) => {
      finish = () => response.end('late');
    });
    await bench.publish({ revisions: [revisionOf('r1', [busy])] });
    const running = bench.ask('/', { body: 'x' });
    await sleep(50);
    bench.link.publish({ ...(await serviceWithout()) });
    let isDrained = false;
    const drained = bench.link.drained('default', 'busy', 5_000).then(() => {
      isDrained = true;
    });
    await sleep(100);
    assert.equal(isDrained, false);
    finish();
    await drained;
    assert.equal((await running).body, 'late');
  });
  test('loads are reported, once more with nothing, and then that there is none', async () => {
    const loads: number[] = [];
    let empty = 0;
    bench.link.onLoad(([one]) => {
      if (one === undefined) empty++;
      else loads.push(one.requests);
    });
    await bench.publish({ revisions: [revisionOf('r1', [await bench.replica('one')])] });
    for (let index = 0; index < 5; index++) await bench.ask('/');
    await sleep(2_500);
    assert.equal(
      loads.reduce((sum, one) => sum + one, 0),
      5,
    );
    assert.equal(loads.at(-1), 0);
    await sleep(1_500);
    assert.ok(empty > 0);
  });
});

async function serviceWithout() {
  const { serviceOf } = await import('../testing/gateway-bench.ts');
  return serviceOf({ revisions: [revisionOf('r1', [])] });
}

describe('pages of other origins (CORS)', () => {
  const preflight = {
    origin: 'http://localhost:3000',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  };
  test('allowed ones are, also on errors; others and services without it are not', async () => {
    const replica = await bench.replica('one', (_request, response, body) => {
      response.writeHead(body === 'bad' ? 400 : 200);
      response.end();
    });
    await bench.publish({ revisions: [revisionOf('r1', [replica])], corsOrigins: ['http://localhost:3000'] });
    const asked = await bench.ask('/v1/models/iris:predict', { method: 'OPTIONS', headers: preflight });
    assert.ok(asked.status >= 200 && asked.status < 300);
    assert.equal(asked.headers['access-control-allow-origin'], 'http://localhost:3000');
    assert.match(String(asked.headers['access-control-allow-methods']), /POST/);
    assert.match(String(asked.headers['access-control-allow-headers']), /content-type/);
    for (const [body, status] of [
      ['good', 200],
      ['bad', 400],
    ] as const) {
      const answer = await bench.ask('/', { body, headers: { origin: 'http://localhost:3000' } });
      assert.deepEqual(
        [answer.status, answer.headers['access-control-allow-origin']],
        [status, 'http://localhost:3000'],
      );
    }
    for (const options of [
      { method: 'OPTIONS', headers: { ...preflight, origin: 'http://evil.example' } },
      { body: 'good', headers: { origin: 'http://evil.example' } },
    ]) {
      assert.equal((await bench.ask('/', options)).headers['access-control-allow-origin'], undefined);
    }
    await bench.publish({ revisions: [revisionOf('r1', [replica])] });
    const without = await bench.ask('/', { body: 'good', headers: { origin: 'http://localhost:3000' } });
    assert.ok(Object.keys(without.headers).every((name) => !name.startsWith('access-control')));
  });
});

test('an upgraded connection passes bytes both ways', async () => {
  const { createServer } = await import('node:net');
  const { join } = await import('node:path');
  const path = join(bench.folder, 'ws.sock');
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.on('data', (chunk) => socket.write(`echo ${chunk}`));
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  await bench.publish({
    revisions: [{ name: 'r1', endpoints: [{ id: 'ws', http: { path } }], containerConcurrency: 0, activates: true }],
  });
  const text = await new Promise<string>((resolve) => {
    const socket = connect(bench.gateway.httpPort, '127.0.0.1');
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk;
      if (seen.endsWith('\r\n\r\n')) socket.write('hello');
      if (seen.includes('echo hello')) socket.end();
    });
    socket.on('close', () => resolve(seen));
    socket.write('GET /ws HTTP/1.1\r\nHost: iris.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  assert.match(text, /^HTTP\/1\.1 101 [\s\S]*echo hello$/);
  server.close();
});

test('a drain lets what runs end, and takes nothing new', async () => {
  let finish: () => void = () => undefined;
  const replica = await bench.replica('one', (_request, response) => {
    finish = () => response.end('done');
  });
  await bench.publish({ revisions: [revisionOf('r1', [replica])] });
  const running = bench.ask('/', { body: 'x' });
  await sleep(50);
  const drained = bench.gateway.drain(5_000);
  await sleep(50);
  await assert.rejects(bench.ask('/'));
  finish();
  assert.equal((await running).body, 'done');
  assert.equal(await drained, 0);
});
