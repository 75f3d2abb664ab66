import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelInferRequestSchema } from '../../../../gen/inference_pb.ts';
import { fakeService } from '../../../testing/fake-service.ts';
import { startGrpcTestServer } from '../../../testing/grpc-server.ts';
import { connectTo, http2Call } from '../../../testing/http2-call.ts';
import { frameOf } from './framing.ts';

function message(rows: number): Buffer {
  const inputs = [
    { name: 'x', datatype: 'FP32', shape: [BigInt(rows)], contents: { fp32Contents: new Array(rows).fill(1) } },
  ];
  return frameOf(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, { modelName: 'echo', inputs })));
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

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !check(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(check());
}
