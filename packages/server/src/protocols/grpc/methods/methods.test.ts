import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import * as health from '../../../../gen/grpc/health/v1/health_pb.ts';
import * as reflection from '../../../../gen/grpc/reflection/v1/reflection_pb.ts';
import * as pb from '../../../../gen/inference_pb.ts';
import { ModelMetadataResponseSchema as MlserverMetadataSchema } from '../../../../gen/mlserver_metadata_pb.ts';
import * as mlserver from '../../../../gen/model_repository_pb.ts';
import { fakeService } from '../../../testing/fake-service.ts';
import { GrpcTestClient, INFERENCE } from '../../../testing/grpc-client.ts';
import { type GrpcTestServer, startGrpcTestServer } from '../../../testing/grpc-server.ts';
import { GRPC_SERVICES, grpcMethods } from '../routes.ts';
import { serviceNames } from './reflection.ts';

const REPOSITORY = '/inference.model_repository.ModelRepositoryService';
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;

const input = { name: 'x', datatype: 'FP32' as const, shape: [-1, 4] };
const first = fakeService(
  [
    { name: 'm', platform: 'sklearn', inputs: [input], outputs: [{ ...input, name: 'y' }] },
    { name: 'loading', ready: false },
  ],
  {
    namespace: 'one',
    name: 'svc',
    hosts: ['one.example.com'],
  },
);
const second = fakeService([{ name: 'm', version: '3' }], {
  namespace: 'two',
  name: 'svc',
  hosts: ['two.example.com'],
  flavour: 'triton',
});
let server: GrpcTestServer;
let client: GrpcTestClient;

before(async () => {
  server = await startGrpcTestServer([{ ...first, hosts: [] }, second]);
  client = new GrpcTestClient(server.port);
});
after(async () => {
  client.close();
  await server.close();
});

describe('the service of a call', () => {
  const metadata = (headers: Record<string, string>) =>
    client.call(
      `${INFERENCE}/ModelMetadata`,
      pb.ModelMetadataRequestSchema,
      pb.ModelMetadataResponseSchema,
      { name: 'm' },
      headers,
    );

  test('by the authority', async () => {
    const other = new GrpcTestClient(server.port, { 'grpc.default_authority': 'two.example.com:80' });
    const { response } = await other.call(
      `${INFERENCE}/ModelMetadata`,
      pb.ModelMetadataRequestSchema,
      pb.ModelMetadataResponseSchema,
      { name: 'm' },
    );
    assert.deepEqual(response?.versions, ['3']);
    other.close();
    assert.deepEqual((await metadata({})).response?.versions, []);
  });

  test('by metadata', async () => {
    assert.deepEqual((await metadata({ 'berth-service': 'two/svc' })).response?.versions, ['3']);
    for (const wrong of ['two/other', 'two', '', '/', '__proto__/constructor']) {
      const { code, details } = await metadata({ 'berth-service': wrong });
      assert.equal(code, NOT_FOUND);
      assert.match(details, /one\/svc, two\/svc/);
    }
  });
});

describe('the repository', () => {
  const load = (message: object, service = '') =>
    client.call(
      `${INFERENCE}/RepositoryModelLoad`,
      pb.RepositoryModelLoadRequestSchema,
      pb.RepositoryModelLoadResponseSchema,
      message,
      service === '' ? {} : { 'berth-service': service },
    );
  const unload = (message: object) =>
    client.call(
      `${INFERENCE}/RepositoryModelUnload`,
      pb.RepositoryModelUnloadRequestSchema,
      pb.RepositoryModelUnloadResponseSchema,
      message,
    );

  test('loads by field 2, and by field 1 as KServe’s clients send it', async () => {
    first.loads.length = 0;
    for (const message of [{ modelName: 'm' }, { repositoryName: 'm' }]) {
      const { code, response } = await load(message);
      assert.equal(code, 0);
      assert.equal(response?.modelName, 'm');
      assert.equal(response?.isLoaded, true);
      assert.equal((await unload(message)).response?.isUnloaded, true);
    }
    assert.deepEqual(first.loads, ['load m', 'unload m', 'load m', 'unload m']);
  });

  test('triton confirms nothing', async () => {
    const { code, response } = await load({ modelName: 'm' }, 'two/svc');
    assert.equal(code, 0);
    assert.equal(response?.modelName, '');
  });

  test('refuses what a load would bring along, and loads nothing', async () => {
    first.loads.length = 0;
    for (const name of ['config', 'file:1/model.onnx', 'url', '__proto__']) {
      const parameters = { [name]: { parameterChoice: { case: 'stringParam' as const, value: 'x' } } };
      const { code } = await load({ modelName: 'm', parameters });
      if (name !== '__proto__') assert.equal(code, INVALID_ARGUMENT, name);
    }
    assert.equal((await load({ repositoryName: 'r', modelName: 'm' })).code, UNIMPLEMENTED);
    assert.equal((await load({})).code, INVALID_ARGUMENT);
    assert.deepEqual(
      first.loads.filter((entry) => entry !== 'load m'),
      [],
    );
    assert.equal(({} as Record<string, unknown>).parameterChoice, undefined);
  });

  test('is off without model control', async () => {
    const closed = await startGrpcTestServer([first], { context: { modelControl: false } });
    const other = new GrpcTestClient(closed.port);
    first.loads.length = 0;
    for (const [path, message] of [
      [`${INFERENCE}/RepositoryModelLoad`, { modelName: 'm' }],
      [`${INFERENCE}/RepositoryModelUnload`, { modelName: 'm' }],
      [`${REPOSITORY}/RepositoryModelLoad`, { modelName: 'm' }],
      [`${REPOSITORY}/RepositoryModelUnload`, { modelName: 'm' }],
    ] as const) {
      const { code, details } = await other.call(
        path,
        pb.RepositoryModelLoadRequestSchema,
        pb.RepositoryModelLoadResponseSchema,
        message,
      );
      assert.equal(code, PERMISSION_DENIED, path);
      assert.match(details, /--model-control/);
    }
    assert.deepEqual(first.loads, []);
    other.close();
    await closed.close();
  });

  test('lists models, all or those that are ready; MLServer’s own service too', async () => {
    const index = async (ready: boolean) =>
      (
        await client.call(
          `${INFERENCE}/RepositoryIndex`,
          pb.RepositoryIndexRequestSchema,
          pb.RepositoryIndexResponseSchema,
          { ready },
        )
      ).response?.models.map(({ name, state }) => `${name} ${state}`);
    assert.deepEqual(await index(false), ['m READY', 'loading LOADING']);
    assert.deepEqual(await index(true), ['m READY']);
    const { response } = await client.call(
      `${REPOSITORY}/RepositoryIndex`,
      mlserver.RepositoryIndexRequestSchema,
      mlserver.RepositoryIndexResponseSchema,
      {},
    );
    assert.equal(response?.models.length, 2);
  });
});

describe('facts that the protocol has no field for', () => {
  test('go in field 6 as the flavour’s stubs read it', async () => {
    const facts = { properties: new Map([['library', '1.2']]) };
    const models = [
      { name: 'plain', ...facts },
      { name: 'ml', flavour: 'mlserver' as const, ...facts },
    ];
    const own = await startGrpcTestServer([fakeService(models)]);
    const other = new GrpcTestClient(own.port);
    const path = `${INFERENCE}/ModelMetadata`;
    const plain = await other.call(path, pb.ModelMetadataRequestSchema, pb.ModelMetadataResponseSchema, {
      name: 'plain',
    });
    assert.deepEqual(plain.response?.properties, { library: '1.2' });
    const ml = await other.call(path, pb.ModelMetadataRequestSchema, MlserverMetadataSchema, { name: 'ml' });
    assert.equal(ml.response?.parameters.library?.parameterChoice.value, '1.2');
    other.close();
    await own.close();
  });
});

describe('settings and memory', () => {
  test('can be read, not changed', async () => {
    const settings = { trace_rate: { value: ['1'] } };
    assert.equal(
      (
        await client.call(`${INFERENCE}/TraceSetting`, pb.TraceSettingRequestSchema, pb.TraceSettingResponseSchema, {
          settings,
        })
      ).code,
      UNIMPLEMENTED,
    );
    assert.equal(
      (await client.call(`${INFERENCE}/LogSettings`, pb.LogSettingsRequestSchema, pb.LogSettingsResponseSchema, {}))
        .code,
      0,
    );
  });

  test('shared memory has no regions and takes none', async () => {
    for (const kind of ['System', 'Cuda']) {
      const status = await client.call(
        `${INFERENCE}/${kind}SharedMemoryStatus`,
        pb.SystemSharedMemoryStatusRequestSchema,
        pb.SystemSharedMemoryStatusResponseSchema,
        {},
      );
      assert.deepEqual(status.response?.regions, {});
      for (const what of ['Register', 'Unregister']) {
        assert.equal(
          (await client.raw(`${INFERENCE}/${kind}SharedMemory${what}`, Buffer.alloc(0))).code,
          UNIMPLEMENTED,
        );
      }
    }
  });
});

describe('statistics', () => {
  test('count by model, and name what is unknown', async () => {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1n, 4n], contents: { fp32Contents: [1, 2, 3, 4] } }];
    await client.call(`${INFERENCE}/ModelInfer`, pb.ModelInferRequestSchema, pb.ModelInferResponseSchema, {
      modelName: 'm',
      inputs,
    });
    const { response } = await client.call(
      `${INFERENCE}/ModelStatistics`,
      pb.ModelStatisticsRequestSchema,
      pb.ModelStatisticsResponseSchema,
      { name: 'm' },
    );
    assert.equal(response?.modelStats[0]?.inferenceStats?.success?.count, 1n);
    const unknown = await client.call(
      `${INFERENCE}/ModelStatistics`,
      pb.ModelStatisticsRequestSchema,
      pb.ModelStatisticsResponseSchema,
      { name: 'nope' },
    );
    assert.equal(unknown.code, NOT_FOUND);
  });
});

describe('grpc.health.v1', () => {
  const check = (service: string) =>
    client.call(
      '/grpc.health.v1.Health/Check',
      health.HealthCheckRequestSchema,
      health.HealthCheckResponseSchema,
      { service },
      { 'berth-service': 'two/svc' },
    );

  test('Check: the server, its gRPC services, its models; anything else is NOT_FOUND', async () => {
    for (const service of ['', 'inference.GRPCInferenceService', 'm'])
      assert.equal((await check(service)).response?.status, 1, service);
    assert.equal((await check('nope')).code, NOT_FOUND);
    const loading = await client.call(
      '/grpc.health.v1.Health/Check',
      health.HealthCheckRequestSchema,
      health.HealthCheckResponseSchema,
      { service: '' },
    );
    assert.equal(loading.response?.status, 2);
  });

  test('List', async () => {
    const { response } = await client.call(
      '/grpc.health.v1.Health/List',
      health.HealthListRequestSchema,
      health.HealthListResponseSchema,
      {},
    );
    assert.equal(response?.statuses.loading?.status, 2);
    assert.equal(response?.statuses.m?.status, 1);
  });

  test('Watch: the status now, and the end when the server drains', async () => {
    const other = await startGrpcTestServer([second]);
    const watcher = new GrpcTestClient(other.port);
    const seen: number[] = [];
    const stream = watcher.stream('/grpc.health.v1.Health/Watch');
    const ended = new Promise<number>((resolve) => stream.on('status', ({ code }) => resolve(code)));
    stream.on('error', () => undefined);
    const one = new Promise<void>((resolve) => {
      stream.on('data', (bytes: Buffer) => {
        seen.push(fromBinary(health.HealthCheckResponseSchema, bytes).status);
        resolve();
      });
    });
    stream.write(Buffer.alloc(0));
    stream.end();
    await one;
    await other.transport.drain();
    assert.equal(await ended, 14);
    assert.deepEqual(seen, [1, 2]);
    watcher.close();
    await other.close();
  });
});

describe('reflection', () => {
  for (const version of ['v1', 'v1alpha']) {
    test(`${version}: every service, and the files that describe it`, async () => {
      const { responses } = await client.exchange(
        `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        reflection.ServerReflectionRequestSchema,
        reflection.ServerReflectionResponseSchema,
        [
          { messageRequest: { case: 'listServices', value: '' } },
          { messageRequest: { case: 'fileContainingSymbol', value: 'inference.GRPCInferenceService' } },
          { messageRequest: { case: 'fileContainingSymbol', value: 'inference.ModelInferRequest.InferInputTensor' } },
          { messageRequest: { case: 'fileByFilename', value: 'model_config.proto' } },
          { messageRequest: { case: 'fileContainingSymbol', value: '__proto__' } },
          { messageRequest: { case: 'fileContainingExtension', value: { containingType: 'x', extensionNumber: 1 } } },
          {},
        ],
      );
      const [list, service, message, file, unknown, extension, nothing] = responses.map((each) => each.messageResponse);
      assert.equal(list?.case, 'listServicesResponse');
      assert.deepEqual(
        (list.value as { service: { name: string }[] }).service.map(({ name }) => name),
        [...GRPC_SERVICES].sort(),
      );
      for (const answer of [service, message, file]) {
        assert.equal(answer?.case, 'fileDescriptorResponse');
        const files = (answer.value as { fileDescriptorProto: Uint8Array[] }).fileDescriptorProto.map(
          (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
        );
        assert.equal(files.at(-1), 'model_config.proto');
      }
      for (const answer of [unknown, extension]) assert.equal(errorCode(answer), NOT_FOUND);
      assert.equal(errorCode(nothing), INVALID_ARGUMENT);
    });
  }

  test('lists exactly what is offered', () => {
    assert.deepEqual(serviceNames(), [...GRPC_SERVICES].sort());
    const methods = grpcMethods({} as never);
    const offered = new Set([...methods.keys()].map((path) => path.slice(1, path.lastIndexOf('/'))));
    assert.deepEqual([...offered].sort(), [...GRPC_SERVICES].sort());
  });
});

describe('bytes that are no message', () => {
  test('are INVALID_ARGUMENT, for every unary method', async () => {
    for (const [path, method] of grpcMethods({} as never)) {
      if (method.kind !== 'unary' || path.includes('SharedMemoryRegister') || path.includes('SharedMemoryUnregister'))
        continue;
      const { code } = await client.raw(path, Buffer.from([0x0a, 0xff, 0xff]));
      assert.equal(code, INVALID_ARGUMENT, path);
    }
  });

  test('nested deeply too', async () => {
    let bytes: Buffer = Buffer.alloc(0);
    for (let depth = 0; depth < 20_000; depth++) {
      bytes = Buffer.concat([Buffer.from([(9 << 3) | 3]), bytes, Buffer.from([(9 << 3) | 4])]);
      if (depth > 300) break;
    }
    assert.equal((await client.raw(`${INFERENCE}/ModelReady`, bytes)).code, INVALID_ARGUMENT);
    assert.equal((await client.raw(`${INFERENCE}/ModelInfer`, bytes)).code, INVALID_ARGUMENT);
  });
});

function errorCode(answer: reflection.ServerReflectionResponse['messageResponse'] | undefined): number | undefined {
  return answer?.case === 'errorResponse' ? answer.value.errorCode : undefined;
}
