import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allocate,
  type BytesElement,
  DATATYPES,
  type Datatype,
  type ParameterValue,
  type Tensor,
} from '@berth/inference';
import { fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ModelInferResponseSchema, ModelStreamInferResponseSchema } from '../../../../gen/inference_pb.ts';
import { contentsField, type InferResponseMessage, writeInferResponse, writeStreamResponse } from './infer-response.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const value: fc.Arbitrary<ParameterValue> = fc.oneof(
  text,
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
);
const parameters = fc.option(
  fc.array(fc.tuple(text, value), { maxLength: 4 }).map((entries) => new Map(entries)),
  { nil: undefined },
);
const tensor: fc.Arbitrary<Tensor> = fc
  .tuple(
    text,
    fc.constantFrom(...DATATYPES),
    fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }),
    parameters,
  )
  .map(([name, datatype, elements, parameters]) => {
    const base = { name, datatype, shape: [elements.length], data: dataOf(datatype, elements) };
    return parameters === undefined ? base : { ...base, parameters };
  });
const message = fc.record({
  modelName: text,
  modelVersion: text,
  id: text,
  parameters,
  outputs: fc.array(tensor, { maxLength: 4 }),
  style: fc.constantFrom('raw' as const, 'contents' as const),
  emptyContents: fc.boolean(),
});

test('the generated code reads what the hand-written encoder writes', () => {
  fc.assert(
    fc.property(message, (written) => {
      const outputs =
        written.style === 'raw'
          ? written.outputs
          : written.outputs.filter((each) => contentsField(each.datatype) !== undefined);
      const sent: InferResponseMessage = { ...written, outputs };
      check(sent, fromBinary(ModelInferResponseSchema, unframed(writeInferResponse(sent))));
    }),
    { numRuns: 300 },
  );
});

test('a stream response wraps the same message and keeps its error', () => {
  fc.assert(
    fc.property(message, text, (written, error) => {
      const sent: InferResponseMessage = { ...written, style: 'raw' };
      const read = fromBinary(ModelStreamInferResponseSchema, unframed(writeStreamResponse(error, sent)));
      assert.equal(read.errorMessage, error);
      assert.ok(read.inferResponse);
      check(sent, read.inferResponse);
    }),
    { numRuns: 100 },
  );
});

function check(sent: InferResponseMessage, read: ReturnType<typeof fromBinary<typeof ModelInferResponseSchema>>): void {
  assert.equal(read.modelName, sent.modelName);
  assert.equal(read.modelVersion, sent.modelVersion);
  assert.equal(read.id, sent.id);
  checkParameters(sent.parameters, read.parameters);
  assert.equal(read.outputs.length, sent.outputs.length);
  assert.equal(read.rawOutputContents.length, sent.style === 'raw' ? sent.outputs.length : 0);
  for (const [index, output] of sent.outputs.entries()) {
    const got = read.outputs[index] as (typeof read.outputs)[number];
    assert.equal(got.name, output.name);
    assert.equal(got.datatype, output.datatype);
    assert.deepEqual(got.shape.map(Number), output.shape);
    checkParameters(output.parameters, got.parameters);
    if (sent.style === 'raw') {
      assert.deepEqual(Buffer.from(read.rawOutputContents[index] as Uint8Array), rawOf(output));
      assert.equal(got.contents !== undefined, sent.emptyContents === true);
    } else {
      assert.ok(got.contents);
      const { $typeName: _name, ...lists } = got.contents;
      const filled = Object.values(lists).filter((list) => (list?.length ?? 0) > 0);
      assert.ok(filled.length <= 1);
      assert.deepEqual(
        Array.from((filled[0] ?? []) as unknown[], comparable),
        Array.from(output.data as unknown[], comparable),
      );
    }
  }
}

function checkParameters(
  sent: ReadonlyMap<string, ParameterValue> | undefined,
  read: Record<string, { parameterChoice: { value?: unknown } }>,
) {
  assert.equal(Object.keys(read).length, sent?.size ?? 0);
  for (const [name, value] of sent ?? []) {
    const got = read[name]?.parameterChoice.value;
    assert.ok(Object.is(got, value) || (typeof got === 'bigint' && got === BigInt(value)), `${name}: ${String(got)}`);
  }
}

function comparable(value: unknown): unknown {
  if (typeof value === 'string') return Array.from(Buffer.from(value));
  if (value instanceof Uint8Array) return Array.from(value);
  return typeof value === 'boolean' ? Number(value) : value;
}

function unframed(frame: Buffer): Buffer {
  assert.equal(frame[0], 0);
  assert.equal(frame.readUInt32BE(1), frame.length - 5);
  return frame.subarray(5);
}

function rawOf(tensor: Tensor): Buffer {
  if (ArrayBuffer.isView(tensor.data)) {
    return Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  }
  return Buffer.concat(
    tensor.data.map((element) => {
      const bytes = Buffer.from(element as Uint8Array);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return Buffer.concat([length, bytes]);
    }),
  );
}

/** Data of a datatype from arbitrary bytes, one element each. */
function dataOf(datatype: Datatype, elements: Uint8Array[]) {
  if (datatype === 'BYTES') {
    return elements.map(
      (bytes, index): BytesElement => (index % 2 === 0 ? Buffer.from(bytes).toString('utf8') : bytes),
    );
  }
  const data = allocate(datatype, elements.length) as Uint8Array;
  const view = new Uint8Array(data.buffer);
  for (let at = 0; at < view.length; at++) view[at] = elements[at % elements.length]?.[at] ?? at;
  if (datatype === 'BOOL') for (let at = 0; at < data.length; at++) data[at] = (data[at] as number) & 1;
  return data;
}
