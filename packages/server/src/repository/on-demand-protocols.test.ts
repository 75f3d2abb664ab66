import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { MetricsRegistry } from '@berth/telemetry';
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
  ModelMetadataRequestSchema,
  ModelMetadataResponseSchema,
  ModelReadyRequestSchema,
  ModelReadyResponseSchema,
} from '../../gen/inference_pb.ts';
import { createDataplane } from '../dataplane/dataplane.ts';
import { createServiceRouter } from '../dataplane/router.ts';
import type { Service } from '../dataplane/types.ts';
import { localCoordination } from '../http/coordination.ts';
import { createHttpHandler } from '../http/handler.ts';
import { GrpcTestClient, INFERENCE } from '../testing/grpc-client.ts';
import { type GrpcTestServer, startGrpcTestServer } from '../testing/grpc-server.ts';
import { fakeModel } from '../wire/models.ts';
import { createOnDemandRepository } from './on-demand.ts';
import { createModelRepository } from './repository.ts';

const NAMES = ['a', 'b'];
const X = { name: 'x', datatype: 'FP64', shape: [1] };
const loads: string[] = [];
let service: Service;
let server: http.Server;
let grpcServer: GrpcTestServer;
let grpc: GrpcTestClient;

before(async () => {
  const models = new Map(NAMES.map((name) => [name, { name, memory: 1 }]));
  const inner = createModelRepository({
    flavour: 'kserve',
    discover: async () => [...models.values()],
    load: async ({ name }) => {
      loads.push(name);
      await new Promise(setImmediate);
      const inputs = [{ name: 'x', datatype: 'FP64' as const, shape: [-1] }];
      return fakeModel({ inputs }, () => [{ name: 'y', datatype: 'FP64', shape: [1], data: new Float64Array([7]) }]);
    },
  });
  const repository = createOnDemandRepository(inner, { flavour: 'kserve', catalog: () => ({ memory: 1, models }) });
  await repository.loadAll();
  service = { namespace: 'default', name: 'multi', hosts: [], flavour: 'kserve', repository };
  const metrics = new MetricsRegistry();
  const dataplane = createDataplane({ metrics });
  const coordination = localCoordination({ dataplane, metrics });
  server = http.createServer(createHttpHandler({ router: createServiceRouter([service]), dataplane, coordination }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  grpcServer = await startGrpcTestServer([service]);
  grpc = new GrpcTestClient(grpcServer.port);
});
after(async () => {
  grpc.close();
  await grpcServer.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(async () => {
  await service.repository.load('b');
  loads.splice(0);
});

async function ask(path: string, body?: object): Promise<{ status: number; text: string }> {
  const { port } = server.address() as AddressInfo;
  const method = body === undefined ? 'GET' : 'POST';
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

describe('a model that is not in memory', () => {
  const requests: readonly (readonly [string, () => Promise<boolean>])[] = [
    ['v1 predict', async () => (await ask('/v1/models/a:predict', { instances: [1] })).status === 200],
    [
      'v2 infer',
      async () => {
        const { text } = await ask('/v2/models/a/infer', { inputs: [{ ...X, data: [1] }] });
        return JSON.parse(text).outputs?.[0].data[0] === 7;
      },
    ],
    ['v2 metadata', async () => (await ask('/v2/models/a')).text.includes('"FP64"')],
    [
      'gRPC ModelInfer',
      async () => {
        const inputs = [{ ...X, shape: [1n], contents: { fp64Contents: [1] } }];
        const message = { modelName: 'a', inputs };
        const path = `${INFERENCE}/ModelInfer`;
        const { response } = await grpc.call(path, ModelInferRequestSchema, ModelInferResponseSchema, message);
        return response?.outputs[0]?.contents?.fp64Contents[0] === 7;
      },
    ],
    [
      'gRPC ModelMetadata',
      async () => {
        const path = `${INFERENCE}/ModelMetadata`;
        const message = { name: 'a' };
        const { response } = await grpc.call(path, ModelMetadataRequestSchema, ModelMetadataResponseSchema, message);
        return response?.inputs[0]?.name === 'x';
      },
    ],
  ];
  for (const [what, send] of requests) {
    test(`is loaded by ${what}, which waits for it`, async () => {
      assert.equal(await send(), true);
      assert.deepEqual(loads, ['a']);
      assert.equal(service.repository.isAsleep?.('b'), true);
    });
  }

  test('is ready, and asking so does not load it', async () => {
    assert.deepEqual(await ask('/v1/models/a'), { status: 200, text: '{"name":"a","ready":true}' });
    assert.equal((await ask('/v2/models/a/ready')).status, 200);
    const path = `${INFERENCE}/ModelReady`;
    const { response } = await grpc.call(path, ModelReadyRequestSchema, ModelReadyResponseSchema, { name: 'a' });
    assert.equal(response?.ready, true);
    assert.equal((await ask('/v2/health/ready')).status, 200);
    assert.deepEqual(JSON.parse((await ask('/v1/models')).text), { models: NAMES });
    const [row] = JSON.parse((await ask('/v2/repository/index', {})).text);
    assert.equal(row.state, 'UNAVAILABLE');
    assert.deepEqual(loads, []);
  });

  test('does not make an unknown one known', async () => {
    assert.equal((await ask('/v1/models/c:predict', { instances: [1] })).status, 404);
    assert.equal((await ask('/v2/models/c/ready')).status, 404);
  });
});
