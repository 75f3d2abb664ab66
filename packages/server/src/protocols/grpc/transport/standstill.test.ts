import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InferenceError, type InferRequest } from '@berth/inference';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelInferRequestSchema } from '../../../../gen/inference_pb.ts';
import { fakeService } from '../../../testing/fake-service.ts';
import { startGrpcTestServer } from '../../../testing/grpc-server.ts';
import { connectTo, http2Call } from '../../../testing/http2-call.ts';
import { frameOf } from './framing.ts';

function message(rows: number, modelName = 'echo', value = (_: number) => 1): Buffer {
  const inputs = [
    {
      name: 'x',
      datatype: 'FP32',
      shape: [BigInt(rows)],
      contents: { fp32Contents: Array.from({ length: rows }, (_, row) => value(row)) },
    },
  ];
  return frameOf(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, { modelName, inputs })));
}

test('an upload that stands still is given up, one that goes on is not', async () => {
  let now = 0;
  const server = await startGrpcTestServer([fakeService([{ name: 'echo' }])], { now: () => now });
  const session = await connectTo(server.port);
  try {
    const half = message(10).subarray(0, 20);
    const stalled = http2Call(session, { body: half, open: true });
    await until(() => server.transport.budget.usedBytes === half.length);
    now = 29_000;
    server.transport.sweep();
    assert.equal(server.transport.active, 1);
    now = 30_000;
    server.transport.sweep();
    const { code, message: text } = await stalled;
    assert.equal(code, '4');
    assert.match(text, /no byte of the request came for 30 s/);
  } finally {
    session.destroy();
    await server.close();
  }
});

test('an answer that nobody takes is cut', async () => {
  let now = 0;
  const server = await startGrpcTestServer([fakeService([{ name: 'echo' }])], { now: () => now });
  const session = await connectTo(server.port);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      'content-type': 'application/grpc',
    });
    stream.on('error', () => undefined);
    // Larger than the client's window, which nobody empties.
    stream.end(message(200_000));
    await new Promise((resolve) => stream.on('response', resolve));
    assert.equal(server.transport.active, 1);
    now = 60_000;
    server.transport.sweep();
    await until(() => server.transport.active === 0);
  } finally {
    session.destroy();
    await server.close();
  }
});

test('uploads beyond what may be held at once are refused, and later ones taken again', async () => {
  const server = await startGrpcTestServer([fakeService([{ name: 'echo' }])], { maxHeldBytes: 100_000 });
  const session = await connectTo(server.port);
  try {
    const large = message(20_000);
    const first = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      'content-type': 'application/grpc',
    });
    first.on('error', () => undefined);
    first.write(large.subarray(0, large.length - 1));
    await until(() => server.transport.budget.usedBytes === large.length - 1);
    const refused = await http2Call(session, { body: large });
    assert.equal(refused.code, '8');
    assert.equal(refused.headers['retry-after'], '1');
    first.close(8);
    await until(() => server.transport.budget.usedBytes === 0);
    assert.equal((await http2Call(session, { body: large })).code, '0');
  } finally {
    session.destroy();
    await server.close();
  }
});

test('what compressed messages hold is counted as long as their call lasts', async () => {
  let slowStarted: () => void = () => undefined;
  const slow = async (request: InferRequest) => {
    slowStarted();
    await new Promise((resolve) => request.signal?.addEventListener('abort', resolve));
    throw new InferenceError('CANCELLED', 'the client has gone');
  };
  const server = await startGrpcTestServer([fakeService([{ name: 'slow', infer: slow }, { name: 'echo' }])], {
    maxHeldBytes: 150_000,
  });
  const session = await connectTo(server.port);
  const ROWS = 25_000;
  const packed = (model: string, value: (row: number) => number) =>
    frameOf(gzipSync(message(ROWS, model, value).subarray(5)), true);
  const headers = { 'grpc-encoding': 'gzip' };
  try {
    // Below and beyond the size that is decompressed at once.
    for (const value of [() => 1, (row: number) => (row * row) % 4093]) {
      const started = new Promise<void>((resolve) => {
        slowStarted = resolve;
      });
      const first = session.request({
        ':method': 'POST',
        ':path': '/inference.GRPCInferenceService/ModelInfer',
        'content-type': 'application/grpc',
        ...headers,
      });
      first.on('error', () => undefined);
      first.end(packed('slow', value));
      await Promise.race([started, new Promise((resolve) => first.once('close', resolve))]);
      assert.ok(server.transport.budget.usedBytes > ROWS * 4);
      const refused = await http2Call(session, { headers, body: packed('echo', value) });
      assert.equal(refused.code, '8');
      assert.equal(refused.headers['retry-after'], '1');
      first.close(8);
      await until(() => server.transport.budget.usedBytes === 0);
      assert.equal((await http2Call(session, { headers, body: packed('echo', value) })).code, '0');
    }
  } finally {
    session.destroy();
    await server.close();
  }
});

test('a large compressed message is decompressed while others are answered', async () => {
  const server = await startGrpcTestServer([fakeService([{ name: 'echo' }])], { maxMessageBytes: 1 << 26 });
  const session = await connectTo(server.port);
  try {
    const headers = { 'grpc-encoding': 'gzip' };
    const bomb = frameOf(gzipSync(new Uint8Array((1 << 26) + 1)), true);
    const order: string[] = [];
    const large = http2Call(session, { headers, body: bomb }).then(({ code }) => order.push(`large ${code}`));
    const small = http2Call(session, { body: message(1) }).then(({ code }) => order.push(`small ${code}`));
    await Promise.all([large, small]);
    assert.deepEqual(order, ['small 0', 'large 8']);
  } finally {
    session.destroy();
    await server.close();
  }
});

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !check(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(check());
}
