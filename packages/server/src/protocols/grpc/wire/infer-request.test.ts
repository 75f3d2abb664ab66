import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InferenceError } from '@berth/inference';
import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { type InferParameter, ModelInferRequestSchema } from '../../../../gen/inference_pb.ts';
import { CONTENT_FIELDS } from './contents.ts';
import { type InputTensorMessage, readInferRequest } from './infer-request.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const parameterChoice = fc.oneof(
  fc.record({ case: fc.constant('boolParam' as const), value: fc.boolean() }),
  fc.record({ case: fc.constant('int64Param' as const), value: int64 }),
  fc.record({ case: fc.constant('stringParam' as const), value: text }),
  fc.record({ case: fc.constant('doubleParam' as const), value: fc.double() }),
  fc.record({ case: fc.constant('uint64Param' as const), value: uint64 }),
);
const parameters = fc.dictionary(
  text,
  parameterChoice.map((parameterChoice) => ({ parameterChoice })),
  { maxKeys: 4 },
);
const contents = fc.record({
  boolContents: fc.array(fc.boolean()),
  intContents: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  int64Contents: fc.array(int64),
  uintContents: fc.array(fc.nat({ max: 2 ** 32 - 1 })),
  uint64Contents: fc.array(uint64),
  fp32Contents: fc.array(fc.float()),
  fp64Contents: fc.array(fc.double()),
  bytesContents: fc.array(fc.uint8Array()),
});
const request = fc.record({
  modelName: text,
  modelVersion: text,
  id: text,
  parameters,
  inputs: fc.array(
    fc.record({
      name: text,
      datatype: text,
      shape: fc.array(fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n })),
      parameters,
      contents: fc.option(contents, { nil: undefined }),
    }),
    { maxLength: 4 },
  ),
  outputs: fc.array(fc.record({ name: text, parameters }), { maxLength: 3 }),
  rawInputContents: fc.array(fc.uint8Array(), { maxLength: 3 }),
});

test('the hand-written decoder reads what the generated code writes', () => {
  fc.assert(
    fc.property(request, (init) => {
      const expected = create(ModelInferRequestSchema, init as never);
      const read = readInferRequest(Buffer.from(toBinary(ModelInferRequestSchema, expected)));
      assert.equal(read.modelName, expected.modelName);
      assert.equal(read.modelVersion, expected.modelVersion);
      assert.equal(read.id, expected.id);
      assert.deepEqual(plain(read.parameters), choices(expected.parameters));
      assert.deepEqual(
        read.outputs.map((output) => [output.name, plain(output.parameters)]),
        expected.outputs.map((output) => [output.name, choices(output.parameters)]),
      );
      assert.deepEqual(
        read.rawInputContents.map((raw) => Array.from(raw)),
        expected.rawInputContents.map((raw) => Array.from(raw)),
      );
      assert.equal(read.inputs.length, expected.inputs.length);
      for (const [index, input] of expected.inputs.entries()) {
        const got = read.inputs[index] as InputTensorMessage;
        assert.equal(got.name, input.name);
        assert.equal(got.datatype, input.datatype);
        assert.deepEqual(got.shape.map(BigInt), input.shape);
        assert.deepEqual(plain(got.parameters), choices(input.parameters));
        assert.deepEqual(filled(got), input.contents === undefined ? undefined : lists(input.contents));
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever the bytes, the decoder answers or says INVALID_INPUT', () => {
  const valid = request.map((init) =>
    Buffer.from(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, init as never))),
  );
  const damaged = fc
    .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }), fc.nat())
    .map(([bytes, edits, cut]) => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of edits) if (copy.length > 0) copy[at % copy.length] = value;
      return cut % 3 === 0 ? copy.subarray(0, cut % (copy.length + 1)) : copy;
    });
  fc.assert(
    fc.property(
      fc.oneof(
        damaged,
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        try {
          for (const input of readInferRequest(bytes).inputs) filled(input);
        } catch (error) {
          assert.ok(error instanceof InferenceError, String(error));
          assert.equal(error.code, 'INVALID_INPUT');
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('elements that are not packed are read too, and mixed with packed ones', () => {
  // contents { fp32: 1.5 (unpacked); fp32: [2.5, 3.5] (packed); int64: -1 (unpacked) }
  const floats = Buffer.alloc(8);
  floats.writeFloatLE(2.5, 0);
  floats.writeFloatLE(3.5, 4);
  const one = Buffer.alloc(4);
  one.writeFloatLE(1.5, 0);
  const body = Buffer.concat([
    Buffer.from([(6 << 3) | 5]),
    one,
    Buffer.from([(6 << 3) | 2, 8]),
    floats,
    Buffer.from([3 << 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  ]);
  const input = Buffer.concat([Buffer.from([(5 << 3) | 2, body.length]), body]);
  const [read] = readInferRequest(Buffer.concat([Buffer.from([(5 << 3) | 2, input.length]), input])).inputs;
  const lists = filled(read as InputTensorMessage) as unknown[][];
  assert.deepEqual(lists[6], [1.5, 2.5, 3.5]);
  assert.deepEqual(lists[3], [-1n]);
});

test('counts are bounded: dimensions, and occurrences of one field', () => {
  const shape = Buffer.alloc(2 * 1_025, Buffer.from([3 << 3, 1]));
  const head = Buffer.from([(5 << 3) | 2, (shape.length & 0x7f) | 0x80, shape.length >> 7]);
  assert.throws(() => readInferRequest(Buffer.concat([head, shape])), /more than 1024 dimensions/);
  const often = Buffer.alloc(2 * 17, Buffer.from([(5 << 3) | 2, 0]));
  assert.throws(() => readInferRequest(Buffer.concat([Buffer.from([(5 << 3) | 2, often.length]), often])), /too often/);
  const many = Buffer.alloc(2 * 65_537, Buffer.from([(7 << 3) | 2, 0]));
  assert.throws(() => readInferRequest(many), /more than 65536 raw_input_contents/);
});

test('a length that goes past the message is refused where it stands', () => {
  assert.throws(
    () => readInferRequest(Buffer.from([(1 << 3) | 2, 0xff, 0xff, 0xff, 0xff, 0x0f])),
    /a length of 4294967295/,
  );
});

function plain(map: InputTensorMessage['parameters']): unknown {
  return Object.fromEntries(
    [...(map ?? [])].map(([name, value]) => [
      name,
      typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) ? BigInt(value) : value,
    ]),
  );
}

function choices(map: Record<string, InferParameter>): unknown {
  return Object.fromEntries(
    Object.entries(map).map(([name, { parameterChoice }]) => {
      const value = parameterChoice.value;
      return [
        name,
        typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) ? BigInt(value) : value,
      ];
    }),
  );
}

/** Every field of an input's contents as a list. */
function filled(input: InputTensorMessage): unknown {
  const { contents } = input;
  if (contents === undefined) return undefined;
  const arrays = [
    [],
    new Uint8Array(contents.counts[1] as number),
    new Int32Array(contents.counts[2] as number),
    new BigInt64Array(contents.counts[3] as number),
    new Uint32Array(contents.counts[4] as number),
    new BigUint64Array(contents.counts[5] as number),
    new Float32Array(contents.counts[6] as number),
    new Float64Array(contents.counts[7] as number),
    new Array(contents.counts[8] as number),
  ];
  assert.equal(arrays.length, CONTENT_FIELDS.length);
  return arrays.map((array, field) => {
    if (field > 0) contents.fill(field, array as never);
    return field === 8
      ? Array.from(array as Uint8Array[], (bytes) => Array.from(bytes))
      : Array.from(array as number[]);
  });
}

function lists(
  contents: NonNullable<ReturnType<typeof create<typeof ModelInferRequestSchema>>['inputs'][number]['contents']>,
) {
  return [
    [],
    contents.boolContents.map(Number),
    contents.intContents,
    contents.int64Contents,
    contents.uintContents,
    contents.uint64Contents,
    contents.fp32Contents,
    contents.fp64Contents,
    contents.bytesContents.map((bytes) => Array.from(bytes)),
  ];
}
