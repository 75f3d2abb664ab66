import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { InferRequest } from '@berth/inference';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelInferRequestSchema } from '../../../../gen/inference_pb.ts';
import { echo, fakeService } from '../../../testing/fake-service.ts';
import { type GrpcTestServer, startGrpcTestServer } from '../../../testing/grpc-server.ts';
import { connectTo, http2Call } from '../../../testing/http2-call.ts';
import { frameOf } from './framing.ts';

const INFER = '/inference.GRPCInferenceService/ModelInfer';
const STREAM = '/inference.GRPCInferenceService/ModelStreamInfer';
const CANCEL = 8;

let server: GrpcTestServer;
/** Milliseconds that the server's clock is ahead. */
let ahead = 0;
before(async () => {
  const later = async (request: InferRequest) => {
    await new Promise((resolve) => setTimeout(resolve, Number(request.inputs[0]?.data[0])));
    return echo(request);
  };
  server = await startGrpcTestServer(
    [fakeService([{ name: 'echo' }, { name: 'later', infer: later }], { flavour: 'triton' })],
    { now: () => performance.now() + ahead },
  );
});
after(() => server.close());

function message(modelName: string, milliseconds: number): Buffer {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1n], contents: { fp32Contents: [milliseconds] } }];
  return frameOf(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, { modelName, inputs })));
}

/** Numbers that look random and are the same each time. */
function* numbers(): Generator<number, never> {
  let state = 42;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

test('clients that go away at any moment leave nothing behind', async () => {
  const random = numbers();
  const next = () => random.next().value;
  for (let round = 0; round < 20; round++) {
    const session = await connectTo(server.port);
    for (let call = 0; call < 25; call++) {
      const headers = { ':method': 'POST', ':path': next() < 0.5 ? INFER : STREAM, 'content-type': 'application/grpc' };
      const stream = session.request(next() < 0.2 ? { ...headers, 'grpc-timeout': '2m' } : headers);
      stream.on('error', () => undefined);
      stream.resume();
      const body = message(next() < 0.3 ? 'echo' : 'later', Math.floor(next() * 6));
      stream.write(next() < 0.2 ? body.subarray(0, Math.floor(next() * body.length)) : body);
      if (next() < 0.7) stream.end();
      if (next() < 0.7) setTimeout(() => stream.close(CANCEL), next() * 8);
    }
    await new Promise((resolve) => setTimeout(resolve, next() * 10));
    session.destroy();
  }
  await until(() => server.transport.active === 0);
  ahead = 2_000;
  server.transport.sweep();
  await until(() => server.endpoint.connections === 0);
  assert.equal(server.transport.budget.usedBytes, 0);
  assert.deepEqual(server.internalErrors, []);
  const session = await connectTo(server.port);
  assert.equal((await http2Call(session, { body: message('echo', 1) })).code, '0');
  session.destroy();
});

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !check(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(check());
}
