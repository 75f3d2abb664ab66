import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { InferenceError } from '@berth/inference';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ModelInferRequestSchema, ModelInferResponseSchema } from '../../../gen/inference_pb.ts';
import { echo, fakeService } from '../../testing/fake-service.ts';
import { GrpcTestClient, INFERENCE } from '../../testing/grpc-client.ts';
import { type GrpcTestServer, startGrpcTestServer } from '../../testing/grpc-server.ts';

type Init = MessageInitShape<typeof ModelInferRequestSchema>;

const OK = 0;
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const INTERNAL = 13;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;

let server: GrpcTestServer;
let client: GrpcTestClient;

before(async () => {
  const models = [
    { name: 'kserve' },
    { name: 'table', platform: 'sklearn' },
    { name: 'mlserver', flavour: 'mlserver' as const, version: 'v1' },
    { name: 'triton', flavour: 'triton' as const },
    { name: 'loading', ready: false },
    { name: 'later', infer: async (request: Parameters<typeof echo>[0]) => echo(request) },
    {
      name: 'broken',
      infer: () => {
        throw new TypeError('secret state in /var/lib');
      },
    },
    {
      name: 'busy',
      infer: () => {
        throw new InferenceError('OVERLOADED', 'too many wait', { retryAfterSeconds: 2.5 });
      },
    },
  ];
  server = await startGrpcTestServer([fakeService(models)]);
  client = new GrpcTestClient(server.port);
});
after(async () => {
  client.close();
  await server.close();
});

function infer(message: Init, metadata: Record<string, string> = {}) {
  return client.call(`${INFERENCE}/ModelInfer`, ModelInferRequestSchema, ModelInferResponseSchema, message, metadata);
}

const FP32 = { name: 'x', datatype: 'FP32', shape: [1n, 2n], contents: { fp32Contents: [1.5, 2] } };

describe('the data style of each flavour', () => {
  test('kserve answers with typed contents, makes an id and names no version', async () => {
    const { code, response } = await infer({ modelName: 'kserve', inputs: [FP32] });
    assert.equal(code, OK);
    assert.equal(response?.id, 'made');
    assert.equal(response?.modelVersion, '');
    assert.deepEqual(response?.outputs[0]?.contents?.fp32Contents, [1.5, 2]);
    assert.equal(response?.rawOutputContents.length, 0);
  });

  test('mlserver mirrors the request and adds its trailers', async () => {
    const typed = await infer({ modelName: 'mlserver', id: '7', inputs: [FP32] });
    assert.deepEqual(typed.response?.outputs[0]?.contents?.fp32Contents, [1.5, 2]);
    assert.equal(typed.response?.modelVersion, 'v1');
    assert.equal(typed.trailers.get('ce-id'), '7');
    assert.equal(typed.trailers.get('ce-modelid'), 'mlserver');
    const raw = Buffer.from(new Float32Array([1.5, 2]).buffer);
    const { contents: _contents, ...bare } = FP32;
    const mirrored = await infer({ modelName: 'mlserver', inputs: [bare], rawInputContents: [raw] });
    assert.deepEqual(Buffer.from(mirrored.response?.rawOutputContents[0] ?? []), raw);
    assert.deepEqual(mirrored.response?.outputs[0]?.contents?.fp32Contents, []);
  });

  test('triton answers raw, with version 1 for a model without versions', async () => {
    const { response } = await infer({ modelName: 'triton', inputs: [FP32] });
    assert.equal(response?.modelVersion, '1');
    assert.equal(response?.id, '');
    assert.deepEqual(Buffer.from(response?.rawOutputContents[0] ?? []), Buffer.from(new Float32Array([1.5, 2]).buffer));
    assert.equal(response?.outputs[0]?.contents, undefined);
  });

  test("KServe's servers of tables answer raw to raw, with sizes, and typed to typed", async () => {
    const texts = { name: 't', datatype: 'BYTES', shape: [2n] };
    const rawTexts = Buffer.from('\x01\0\0\0a\x03\0\0\0\xe4\xb8\xad', 'latin1');
    const { shape, name, datatype } = FP32;
    const rawInputContents = [Buffer.alloc(8), rawTexts];
    const raw = await infer({ modelName: 'table', inputs: [{ name, datatype, shape }, texts], rawInputContents });
    assert.deepEqual(raw.response?.rawOutputContents.map(Buffer.from), rawInputContents);
    const sizes = raw.response?.outputs.map((output) => output.parameters.binary_data_size?.parameterChoice.value);
    assert.deepEqual(sizes, [8n, 12n]);
    const typed = await infer({ modelName: 'table', inputs: [FP32] });
    assert.deepEqual(typed.response?.outputs[0]?.contents?.fp32Contents, [1.5, 2]);
    assert.deepEqual(typed.response?.outputs[0]?.parameters, {});
  });

  test('one FP16 output makes all outputs of a kserve answer raw, with their sizes', async () => {
    const inputs = [
      { name: 'half', datatype: 'FP16', shape: [1n] },
      { name: 'wide', datatype: 'INT64', shape: [1n] },
    ];
    const wide = Buffer.alloc(8, 1);
    const { response } = await infer({ modelName: 'kserve', inputs, rawInputContents: [Buffer.from([0, 0x3e]), wide] });
    assert.equal(response?.rawOutputContents.length, 2);
    assert.equal(response?.outputs[0]?.parameters.binary_data_size?.parameterChoice.value, 2n);
    assert.equal(response?.outputs[1]?.parameters.binary_data_size?.parameterChoice.value, 8n);
  });
});

describe('values survive exactly', () => {
  test('INT64 and UINT64 beyond 2^53, NaN and infinities', async () => {
    const inputs = [
      { name: 'a', datatype: 'INT64', shape: [2n], contents: { int64Contents: [-(2n ** 63n), 2n ** 63n - 1n] } },
      { name: 'b', datatype: 'UINT64', shape: [1n], contents: { uint64Contents: [2n ** 64n - 1n] } },
      { name: 'c', datatype: 'FP64', shape: [3n], contents: { fp64Contents: [NaN, Infinity, -0] } },
    ];
    const { response } = await infer({ modelName: 'kserve', inputs });
    assert.deepEqual(response?.outputs[0]?.contents?.int64Contents, [-(2n ** 63n), 2n ** 63n - 1n]);
    assert.deepEqual(response?.outputs[1]?.contents?.uint64Contents, [2n ** 64n - 1n]);
    assert.deepEqual(response?.outputs[2]?.contents?.fp64Contents, [NaN, Infinity, -0]);
  });

  test('texts in bytes_contents and raw are the same elements', async () => {
    const texts = ['refund — naïve café', ''];
    const typed = await infer({
      modelName: 'kserve',
      inputs: [
        {
          name: 't',
          datatype: 'BYTES',
          shape: [2n],
          contents: { bytesContents: texts.map((text) => Buffer.from(text)) },
        },
      ],
    });
    const raw = Buffer.concat(texts.map((text) => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)])));
    const binary = await infer({
      modelName: 'kserve',
      inputs: [{ name: 't', datatype: 'BYTES', shape: [2n] }],
      rawInputContents: [raw],
    });
    for (const { response } of [typed, binary]) {
      assert.deepEqual(
        response?.outputs[0]?.contents?.bytesContents.map((bytes) => Buffer.from(bytes).toString()),
        texts,
      );
    }
  });

  test('a model that answers later answers the same', async () => {
    const { response } = await infer({ modelName: 'later', inputs: [FP32] });
    assert.deepEqual(response?.outputs[0]?.contents?.fp32Contents, [1.5, 2]);
  });
});

describe('what a client can fix is INVALID_ARGUMENT and names the input', () => {
  const cases: [string, Init, RegExp][] = [
    ['unknown datatype', one({ datatype: 'FLOAT' }), /'x' has the datatype 'FLOAT'.*FP32/],
    ['negative dimension', one({ shape: [-1n] }), /'x' has the shape \[-1\]/],
    ['dimension beyond 2^53', one({ shape: [2n ** 53n] }), /'x' has the shape/],
    ['product beyond all', one({ shape: [65_536n, 65_536n, 65_536n, 65_536n] }), /more elements/],
    ['too few contents', one({ shape: [1n, 3n] }), /input byte size mismatch for input 'x'.*Expected 12, got 8/],
    ['contents of another datatype', one({ datatype: 'INT32' }), /of type 'FP32', expected datatype 'INT32'/],
    [
      'no data',
      { modelName: 'kserve', inputs: [{ name: 'x', datatype: 'FP32', shape: [1n] }] },
      /unable to find data for input tensor 'x'/,
    ],
    ['raw too short', raw('FP32', [2n], Buffer.alloc(4)), /Expected 8, got 4/],
    [
      'raw and contents',
      { modelName: 'kserve', inputs: [FP32], rawInputContents: [Buffer.alloc(8)] },
      /contents field must not/,
    ],
    [
      'surplus raw buffers',
      { ...raw('FP32', [1n], Buffer.alloc(4)), rawInputContents: [Buffer.alloc(4), Buffer.alloc(4)] },
      /2 buffers for 1 inputs/,
    ],
    ['a BYTES length past the end', raw('BYTES', [1n], Buffer.from([255, 255, 255, 255])), /ends in element 0/],
    ['a BYTES buffer with more', raw('BYTES', [1n], Buffer.from([0, 0, 0, 0, 9])), /1 bytes more/],
    ['a huge BYTES shape', raw('BYTES', [2n ** 40n], Buffer.alloc(8)), /its buffer ends in element 2/],
    ['FP16 in contents', one({ datatype: 'FP16' }), /expected datatype 'FP16'; send it in raw_input_contents/],
    [
      'UINT8 out of range',
      one({ datatype: 'UINT8', shape: [1n], contents: { uintContents: [300] } }),
      /value 300 at element 0.*UINT8/,
    ],
    ['INT8 out of range', one({ datatype: 'INT8', shape: [1n], contents: { intContents: [-129] } }), /value -129/],
    ['BOOL byte of 2', raw('BOOL', [1n], Buffer.from([2])), /byte 2 at element 0/],
    ['the same input twice', { modelName: 'kserve', inputs: [FP32, FP32] }, /'x' already exists/],
  ];
  for (const [name, message, text] of cases) {
    test(name, async () => {
      const { code, details } = await infer(message);
      assert.equal(code, INVALID_ARGUMENT, details);
      assert.match(details, text);
    });
  }
});

describe('other failures', () => {
  test('an unknown model is NOT_FOUND', async () => {
    const { code, details } = await infer({ modelName: 'nope', inputs: [FP32] });
    assert.equal(code, NOT_FOUND);
    assert.match(details, /Model with name nope does not exist/);
  });

  test('a name such as __proto__ is a name like any other', async () => {
    assert.equal((await infer({ modelName: '__proto__', inputs: [FP32] })).code, NOT_FOUND);
    const parameters = { ['__proto__']: { parameterChoice: { case: 'stringParam' as const, value: 'x' } } };
    assert.equal((await infer({ modelName: 'kserve', inputs: [FP32], parameters })).code, OK);
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });

  test('a model that is not ready is UNAVAILABLE and says when to try again', async () => {
    const { code, trailers } = await infer({ modelName: 'loading', inputs: [FP32] });
    assert.equal(code, UNAVAILABLE);
    assert.equal(trailers.get('retry-after'), '1');
  });

  test('overload is UNAVAILABLE with retry-after', async () => {
    const { code, trailers } = await infer({ modelName: 'busy', inputs: [FP32] });
    assert.equal(code, UNAVAILABLE);
    assert.equal(trailers.get('retry-after'), '3');
  });

  test('numbers that are small on the wire and large in memory are bounded', async () => {
    const count = 200_000;
    const longs = { int64Contents: new Array<bigint>(count).fill(1n) };
    const inputs = [{ name: 'x', datatype: 'INT64', shape: [BigInt(count)], contents: longs }];
    const { code, details } = await infer({ modelName: 'kserve', inputs });
    assert.equal(code, RESOURCE_EXHAUSTED);
    assert.match(details, /1600000 bytes, over the limit of 1048576/);
  });

  test('our own fault is INTERNAL, and its cause goes to the log, not to the client', async () => {
    const { code, details } = await infer({ modelName: 'broken', inputs: [FP32] });
    assert.equal(code, INTERNAL);
    assert.doesNotMatch(details, /secret/);
    assert.match(String(server.internalErrors.at(-1)), /secret state/);
  });

  test('triton refuses a version that is no number, and parameters of its own', async () => {
    const version = await infer({ modelName: 'triton', modelVersion: 'abc', inputs: [FP32] });
    assert.equal(version.code, INVALID_ARGUMENT);
    assert.match(version.details, /version string 'abc'/);
    const parameters = { triton_x: { parameterChoice: { case: 'boolParam' as const, value: true } } };
    assert.match((await infer({ modelName: 'triton', inputs: [FP32], parameters })).details, /reserved for Triton/);
  });

  test('an id that is no header value is left out of the trailers', async () => {
    const { code, trailers, response } = await infer({ modelName: 'mlserver', id: 'a\r\nevil: 1', inputs: [FP32] });
    assert.equal(code, OK);
    assert.equal(response?.id, 'a\r\nevil: 1');
    assert.equal(trailers.get('ce-id'), undefined);
    assert.equal(trailers.get('evil'), undefined);
  });
});

function one(change: object): Init {
  return { modelName: 'kserve', inputs: [{ ...FP32, ...change }] };
}

function raw(datatype: string, shape: bigint[], bytes: Buffer): Init {
  return { modelName: 'kserve', inputs: [{ name: 'x', datatype, shape }], rawInputContents: [bytes] };
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
