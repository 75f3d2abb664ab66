import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricsRegistry } from '@berth/telemetry';
import type { AccessEntry } from '../../http/options.ts';
import { fakeService } from '../../testing/fake-service.ts';
import { startGrpcTestServer } from '../../testing/grpc-server.ts';
import { connectTo, http2Call } from '../../testing/http2-call.ts';
import { callObserver } from './observe.ts';

const LIVE = '/inference.GRPCInferenceService/ServerLive';
const EMPTY = Buffer.alloc(5);

test('calls are counted by method and code; a made-up path has no series of its own', async () => {
  const metrics = new MetricsRegistry();
  const entries: AccessEntry[] = [];
  const onEnd = callObserver([LIVE], metrics, (entry) => entries.push(entry));
  const server = await startGrpcTestServer([fakeService([])], { onEnd });
  const session = await connectTo(server.port);
  await http2Call(session, { path: LIVE, body: EMPTY, headers: { 'x-request-id': 'r-1' } });
  await http2Call(session, { path: LIVE, body: EMPTY });
  await http2Call(session, { path: '/made.Up/One', body: EMPTY });
  await http2Call(session, { path: `/made.Up/${'x'.repeat(1_000)}`, body: EMPTY });
  session.destroy();
  await server.close();
  const [family] = metrics.snapshot().families;
  assert.deepEqual(
    family?.series.map(({ labels, value }) => [...labels, value]),
    [
      ['inference.GRPCInferenceService', 'ServerLive', 'OK', 2],
      ['unknown', 'unknown', 'UNIMPLEMENTED', 2],
    ],
  );
  assert.deepEqual(
    entries.map(({ status, requestId }) => [status, requestId]),
    [
      [200, 'r-1'],
      [200, ''],
      [501, ''],
      [501, ''],
    ],
  );
  assert.ok(entries.every(({ path }) => path.length <= 200));
});

test('a request id and a trace go back where they may, and nowhere else', async () => {
  const server = await startGrpcTestServer([fakeService([])]);
  const session = await connectTo(server.port);
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  for (const path of [LIVE, '/no.Such/Method']) {
    const { headers } = await http2Call(session, {
      path,
      body: EMPTY,
      headers: { 'x-request-id': 'r-1', traceparent: trace },
    });
    assert.equal(headers['x-request-id'], 'r-1');
    assert.match(
      String(headers.traceparent),
      /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/,
    );
  }
  const { headers } = await http2Call(session, {
    path: LIVE,
    body: EMPTY,
    headers: { 'x-request-id': 'with space', traceparent: 'x' },
  });
  assert.equal(headers['x-request-id'], undefined);
  assert.equal(headers.traceparent, undefined);
  session.destroy();
  await server.close();
});
