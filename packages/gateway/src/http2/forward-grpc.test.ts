import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { revisionOf } from '../testing/gateway-bench.ts';
import { answer, GrpcBench } from '../testing/grpc-bench.ts';

let bench: GrpcBench;
beforeEach(async () => {
  bench = new GrpcBench();
  await bench.start();
});
afterEach(() => bench.stop());

describe('gRPC', () => {
  test('a call goes to the service of its authority and comes back with its trailers', async () => {
    const one = await bench.grpcReplica('one', (stream, body) => answer(stream, `<${body}>`));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const called = await bench.call('hello');
    assert.deepEqual([called.status, called.body, called.headers['berth-revision']], ['0', '<hello>', 'r1']);
    assert.equal(one.seen[0]?.url, '/inference.GRPCInferenceService/ModelInfer');
    assert.equal(one.seen[0]?.headers['kserve-isvc-name'], 'iris');
  });
  test('an error of the replica is its own', async () => {
    const one = await bench.grpcReplica('one', (stream) => answer(stream, '', '3'));
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    assert.equal((await bench.call('x')).status, '3');
  });
  test('an error of the replica that is told by headers alone stays so', async () => {
    const one = await bench.grpcReplica('one', (stream) => {
      const head = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '3', 'grpc-message': 'no' };
      stream.respond(head, { endStream: true });
    });
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    const refused = await bench.call('x');
    assert.deepEqual([refused.status, refused.message, refused.headers['grpc-status']], ['3', 'no', '3']);
  });
  test('nobody by that authority is NOT_FOUND, nobody who serves is UNAVAILABLE', async () => {
    await bench.publish({ unavailable: { reason: 'Stopped', message: 'iris is stopped' } });
    assert.equal((await bench.call('x', { ':authority': 'other' })).status, '5');
    const stopped = await bench.call('x');
    assert.deepEqual([stopped.status, stopped.message], ['14', 'iris is stopped']);
  });
  test('a unary call that was not answered is sent once more, to another replica', async () => {
    const dying = await bench.grpcReplica('dying', (stream) => stream.session?.destroy());
    const good = await bench.grpcReplica('good', (stream, body) => answer(stream, body));
    await bench.publish({ revisions: [revisionOf('r1', [dying, good])] });
    for (let turn = 0; turn < 10; turn++) assert.deepEqual([(await bench.call('again')).body], ['again']);
    assert.ok(dying.seen.length >= 1);
  });
  test('the deadline of the client ends it', async () => {
    const one = await bench.grpcReplica('one', () => undefined);
    await bench.publish({ revisions: [revisionOf('r1', [one])] });
    assert.equal((await bench.call('x', { 'grpc-timeout': '80m' })).status, '4');
    assert.equal(one.seen.length, 1);
  });
  test('a call waits for a replica that is started for it', async () => {
    const demands: string[] = [];
    bench.link.onDemand(({ revision }) => demands.push(revision));
    await bench.publish({ revisions: [revisionOf('r1', [])] });
    const waiting = bench.call('early');
    while (demands.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await bench.publish({
      revisions: [revisionOf('r1', [await bench.grpcReplica('late', (stream, body) => answer(stream, body))])],
    });
    assert.deepEqual([(await waiting).body, demands.length], ['early', 1]);
  });
  test('a service at its limit is RESOURCE_EXHAUSTED', async () => {
    await bench.publish({ revisions: [revisionOf('r1', [])], maxConcurrency: 0 });
    assert.equal((await bench.call('x')).status, '8');
  });
});

test('REST over HTTP/2 reaches replicas that speak HTTP/1.1', async () => {
  const one = await bench.replica('one', (_request, response, body) => response.end(`<${body}>`));
  await bench.publish({ revisions: [revisionOf('r1', [one])] });
  const called = await bench.call('{"a":1}', { 'content-type': 'application/json', ':path': '/v2/models/x/infer' });
  assert.deepEqual(
    [called.headers[':status'], called.body, called.headers['berth-revision']],
    [200, '<{"a":1}>', 'r1'],
  );
  assert.equal(one.seen[0]?.url, '/v2/models/x/infer');
});

test('calls that one client never ends do not keep the others of the replica waiting', async () => {
  const one = await bench.grpcReplica('one', (stream, body) => answer(stream, body));
  await bench.publish({ revisions: [revisionOf('r1', [one])] });
  assert.equal((await bench.call('first')).status, '0');
  const holder = bench.session();
  for (let count = 0; count < 60; count++) bench.open({}, holder).on('error', () => undefined);
  for (let count = 0; count < 3; count++) {
    const other = await bench.call('other');
    assert.deepEqual([other.status, other.message], ['0', '']);
  }
  holder.destroy();
  assert.equal((await bench.call('last')).status, '0');
});
