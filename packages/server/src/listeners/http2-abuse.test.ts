import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelInferRequestSchema } from '../../gen/inference_pb.ts';
import { frameOf } from '../protocols/grpc/transport/framing.ts';
import { fakeService } from '../testing/fake-service.ts';
import { type GrpcTestServer, startGrpcTestServer } from '../testing/grpc-server.ts';
import { connectTo, http2Call } from '../testing/http2-call.ts';
import { FrameType, frame, GRPC_HEADERS, headerBlock, RawHttp2 } from '../testing/http2-frames.ts';

const END_HEADERS = 4;
const ONE = frameOf(
  toBinary(
    ModelInferRequestSchema,
    create(ModelInferRequestSchema, {
      modelName: 'echo',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1n], contents: { fp32Contents: [1] } }],
    }),
  ),
);

let server: GrpcTestServer;
before(async () => {
  server = await startGrpcTestServer([fakeService([{ name: 'echo' }])], { maxControlFrames: 500 });
});
after(() => server.close());

/** The connection is closed on the one who abuses it, and everybody else is served meanwhile and after. */
async function assertClosed(abuse: (connection: RawHttp2) => Promise<void>): Promise<void> {
  const good = await connectTo(server.port);
  const connection = await RawHttp2.connect(server.port);
  await abuse(connection);
  assert.equal((await http2Call(good, { body: ONE })).code, '0');
  await connection.closed;
  assert.equal((await http2Call(good, { body: ONE })).code, '0');
  good.destroy();
}

/** A stream that is opened and reset at once. */
function resetAtOnce(index: number): Buffer {
  const stream = 2 * index + 1;
  const headers = frame(FrameType.HEADERS, END_HEADERS, stream, headerBlock(GRPC_HEADERS));
  return Buffer.concat([headers, frame(FrameType.RST_STREAM, 0, stream, Buffer.from([0, 0, 0, 8]))]);
}

describe('a connection that abuses HTTP/2 is closed', () => {
  test('streams that are opened and reset at once (CVE-2023-44487)', () =>
    assertClosed((connection) => connection.flood(20_000, resetAtOnce)));

  test('a flood of PING', () =>
    assertClosed((connection) => connection.flood(200_000, () => frame(FrameType.PING, 0, 0, Buffer.alloc(8)))));

  test('a flood of SETTINGS', () =>
    assertClosed((connection) =>
      connection.flood(200_000, () => frame(FrameType.SETTINGS, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0]))),
    ));

  test('header blocks that never end (CONTINUATION flood)', () =>
    assertClosed(async (connection) => {
      connection.socket.write(frame(FrameType.HEADERS, 0, 1, headerBlock(GRPC_HEADERS)));
      await connection.flood(100_000, (index) =>
        frame(FrameType.CONTINUATION, 0, 1, headerBlock([[`x-${index}`, 'v'.repeat(1_000)]])),
      );
    }));

  test('frames that are none', () =>
    assertClosed((connection) => connection.flood(1_000, () => frame(FrameType.DATA, 0, 2, Buffer.alloc(10)))));
});

test('a connection that a proxy leads many clients over outlives the resets of one', async () => {
  const proxied = await startGrpcTestServer([fakeService([{ name: 'echo' }])], { isBehindProxy: true });
  const connection = await RawHttp2.connect(proxied.port);
  let isClosed = false;
  void connection.closed.then(() => {
    isClosed = true;
  });
  await connection.flood(20_000, resetAtOnce);
  const good = await connectTo(proxied.port);
  assert.equal((await http2Call(good, { body: ONE })).code, '0');
  good.destroy();
  assert.equal(isClosed, false);
  connection.socket.destroy();
  await proxied.close();
});

test('headers beyond the limit are refused, the connection may go on', async () => {
  const session = await connectTo(server.port);
  const refused = await http2Call(session, { headers: { 'x-large': 'v'.repeat(20_000) }, body: ONE });
  // A client that has read our settings does not send such headers at all.
  assert.ok(refused.code === '8' || refused.reset !== 0, JSON.stringify(refused));
  const headers = { 'content-type': 'application/json', 'x-large': 'v'.repeat(20_000) };
  const rest = await http2Call(session, { headers });
  assert.ok(rest.status === 431 || rest.reset !== 0, JSON.stringify(rest));
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, 'v']));
  const tooMany = await http2Call(session, { headers: many, body: ONE });
  assert.notEqual(tooMany.code, '0');
  session.destroy();
  const other = await connectTo(server.port);
  assert.equal((await http2Call(other, { body: ONE })).code, '0');
  other.destroy();
});

test('more streams than allowed at once wait or are refused, and all others are answered', async () => {
  const session = await connectTo(server.port);
  const results = await Promise.all(Array.from({ length: 2_000 }, () => http2Call(session, { body: ONE })));
  assert.ok(results.every(({ code, reset }) => code === '0' || reset === 7));
  assert.ok(results.filter(({ code }) => code === '0').length >= 256);
  session.destroy();
});

test('a client that pings between its calls is left alone', async () => {
  const session = await connectTo(server.port);
  for (let call = 0; call < 5; call++) {
    for (let ping = 0; ping < 200; ping++) {
      await new Promise<void>((resolve) => session.ping(() => resolve()));
    }
    assert.equal((await http2Call(session, { body: ONE })).code, '0');
  }
  session.destroy();
});
