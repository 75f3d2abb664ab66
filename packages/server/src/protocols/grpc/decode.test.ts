import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DATATYPES,
  type Datatype,
  elementByteSize,
  elementCount,
  InferenceError,
  type TensorData,
} from '@berth/inference';
import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ModelInferRequestSchema } from '../../../gen/inference_pb.ts';
import { decodeInputs } from './decode.ts';
import { habitsOf } from './flavours.ts';
import { readInferRequest } from './wire/infer-request.ts';

const flavour = fc.constantFrom('kserve' as const, 'mlserver' as const, 'triton' as const);
const small = fc.bigInt({ min: -1n, max: 5n });
const large = fc.constantFrom(2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n, -(2n ** 63n));
const input = fc.record({
  name: fc.constantFrom('x', 'y', '__proto__', ''),
  datatype: fc.oneof(fc.constantFrom(...DATATYPES), fc.constantFrom('', 'FLOAT', 'fp32', '__proto__')),
  shape: fc.array(fc.oneof({ weight: 9, arbitrary: small }, { weight: 1, arbitrary: large }), { maxLength: 4 }),
  contents: fc.option(
    fc.record({
      boolContents: fc.array(fc.boolean(), { maxLength: 4 }),
      intContents: fc.array(fc.integer(), { maxLength: 4 }),
      uint64Contents: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 4 }),
      fp32Contents: fc.array(fc.float(), { maxLength: 4 }),
      bytesContents: fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 4 }),
    }),
    { nil: undefined },
  ),
});
const request = fc.record({
  modelName: fc.constant('m'),
  inputs: fc.array(input, { maxLength: 3 }),
  rawInputContents: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
});

test('whatever is sent, each tensor has the elements of its shape, or the request is INVALID_INPUT', () => {
  fc.assert(
    fc.property(request, flavour, (init, name) => {
      const message = readInferRequest(
        Buffer.from(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, init as never))),
      );
      try {
        for (const tensor of decodeInputs(message, habitsOf(name))) {
          assert.equal(tensor.data.length, elementCount(tensor.shape));
          assert.ok(tensor.shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0));
        }
      } catch (error) {
        assert.ok(error instanceof InferenceError && error.code === 'INVALID_INPUT', String(error));
        assert.ok(error.message.length < 2_000);
      }
    }),
    { numRuns: 3_000 },
  );
});

test('raw numbers of every datatype come out bit by bit', () => {
  const numeric = DATATYPES.filter((datatype) => datatype !== 'BYTES' && datatype !== 'BOOL');
  fc.assert(
    fc.property(
      fc.constantFrom(...numeric),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.nat({ max: 7 }),
      (datatype, bytes, shift) => {
        const size = elementByteSize(datatype as Datatype);
        const raw = bytes.subarray(0, size * 4);
        const inputs = [{ name: 'x'.repeat(shift), datatype, shape: [2n, 2n] }];
        const init = { modelName: 'm', inputs, rawInputContents: [raw] };
        const message = readInferRequest(
          Buffer.from(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, init as never))),
        );
        const [tensor] = decodeInputs(message, habitsOf('triton'));
        const data = tensor?.data as Exclude<TensorData, unknown[]>;
        assert.deepEqual(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), new Uint8Array(raw));
      },
    ),
  );
});
