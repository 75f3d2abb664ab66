import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { InferRequest } from '@berth/inference';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
  ModelStreamInferResponseSchema,
} from '../../../gen/inference_pb.ts';
import { echo, fakeService } from '../../testing/fake-service.ts';
import { GrpcTestClient, INFERENCE } from '../../testing/grpc-client.ts';
import { type GrpcTestServer, startGrpcTestServer } from '../../testing/grpc-server.ts';

type Init = MessageInitShape<typeof ModelInferRequestSchema>;

let server: GrpcTestServer;
let client: GrpcTestClient;
let working = 0;
let most = 0;

/** Answers the earlier the larger its number: answers must not overtake each other. */
async function later(request: InferRequest) {
  working++;
  most = Math.max(most, working);
  const number = Number(request.inputs[0]?.data[0]);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 30 - number)));
  working--;
  return echo(request);
}

before(async () => {
  const models = [{ name: 'echo' }, { name: 'later', infer: later }, { name: 'bare', flavour: 'mlserver' as const }];
  server = await startGrpcTestServer([fakeService(models, { flavour: 'triton' })]);
  client = new GrpcTestClient(server.port);
});
after(async () => {
  client.close();
  await server.close();
});

function message(modelName: string, number: number): Init {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1n], contents: { fp32Contents: [number] } }];
  return { modelName, id: String(number), inputs };
}

function exchange(messages: Init[], metadata: Record<string, string> = {}) {
  return client.exchange(
    `${INFERENCE}/ModelStreamInfer`,
    ModelInferRequestSchema,
    ModelStreamInferResponseSchema,
    messages,
    metadata,
  );
}

test('answers keep the order of the requests, and only so many are worked on at once', async () => {
  most = 0;
  const numbers = Array.from({ length: 100 }, (_, index) => index);
  const { code, responses } = await exchange(numbers.map((number) => message('later', number)));
  assert.equal(code, 0);
  assert.deepEqual(
    responses.map((response) => Number(response.inferResponse?.id)),
    numbers,
  );
  assert.ok(most > 1 && most <= 16, `${most} at once`);
});

test('a request that fails is answered in its place, and the stream goes on', async () => {
  const { code, responses } = await exchange([
    message('echo', 1),
    message('nope', 2),
    message('later', 3),
    message('echo', 4),
  ]);
  assert.equal(code, 0);
  assert.deepEqual(
    responses.map(({ errorMessage }) => errorMessage !== ''),
    [false, true, false, false],
  );
  assert.deepEqual(
    responses.map(({ inferResponse }) => inferResponse?.id),
    ['1', '2', '3', '4'],
  );
});

test('with triton_grpc_error the first failure ends the stream, after the answers before it', async () => {
  const { code, responses } = await exchange([message('later', 1), message('nope', 2), message('echo', 3)], {
    triton_grpc_error: 'true',
  });
  assert.equal(code, 5);
  assert.deepEqual(
    responses.map(({ inferResponse }) => inferResponse?.id),
    ['1'],
  );
});

test('bytes that are no message end the stream', async () => {
  const stream = client.stream(`${INFERENCE}/ModelStreamInfer`);
  stream.on('error', () => undefined);
  stream.on('data', () => undefined);
  const ended = new Promise<number>((resolve) => stream.on('status', ({ code }) => resolve(code)));
  stream.write(Buffer.from([0x0a, 0xff]));
  assert.equal(await ended, 3);
});

test('a model of the mlserver flavour answers bare responses, and an error ends the stream', async () => {
  const result = await client.exchange(
    `${INFERENCE}/ModelStreamInfer`,
    ModelInferRequestSchema,
    ModelInferResponseSchema,
    [message('bare', 1), message('bare', 2)],
  );
  assert.equal(result.code, 0);
  assert.deepEqual(
    result.responses.map(({ id, modelName }) => `${modelName} ${id}`),
    ['bare 1', 'bare 2'],
  );
  const failed = await client.exchange(
    `${INFERENCE}/ModelStreamInfer`,
    ModelInferRequestSchema,
    ModelInferResponseSchema,
    [{ modelName: 'bare', inputs: [{ name: 'x', datatype: 'FP32', shape: [1n] }] }],
  );
  assert.equal(failed.code, 3);
});

test('a drain lets the requests under way end, then the stream', async () => {
  const own = await startGrpcTestServer([fakeService([{ name: 'later', infer: later }], { flavour: 'triton' })]);
  const other = new GrpcTestClient(own.port);
  const stream = other.stream(`${INFERENCE}/ModelStreamInfer`);
  stream.on('error', () => undefined);
  const ids: string[] = [];
  stream.on('data', (bytes: Buffer) =>
    ids.push(fromBinary(ModelStreamInferResponseSchema, bytes).inferResponse?.id ?? ''),
  );
  const ended = new Promise<number>((resolve) => stream.on('status', ({ code }) => resolve(code)));
  const before = working;
  for (const number of [1, 2])
    stream.write(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, message('later', number))));
  while (working < before + 2) await new Promise((resolve) => setTimeout(resolve, 1));
  await own.transport.drain();
  assert.equal(await ended, 14);
  assert.deepEqual(ids, ['1', '2']);
  other.close();
  await own.close();
});
