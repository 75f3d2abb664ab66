import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DATATYPES,
  type Datatype,
  elementByteSize,
  InferenceError,
  type Tensor,
  type TensorData,
} from '@berth/inference';
import fc from 'fast-check';
import { OtherProtocol } from '../other-protocol.ts';
import { classify } from './classification.ts';
import { decodeV2 } from './decode.ts';
import { encodeV2 } from './encode.ts';
import { encodeBinary } from './encode-data.ts';
import { v2Flavour } from './flavours.ts';
import { modelMetadata } from './metadata.ts';
import { rawRequest } from './raw.ts';
import type { V2Request } from './request.ts';

const MLSERVER = v2Flavour('mlserver');
const TRITON = v2Flavour('triton');
const METADATA = { platform: 'python', inputs: [], outputs: [], defaultOutputs: [], properties: new Map() };

/** Some values of each datatype, its limits among them. */
const SAMPLES: ReadonlyMap<Datatype, TensorData> = new Map<Datatype, TensorData>([
  ['BOOL', new Uint8Array([0, 1])],
  ['UINT8', new Uint8Array([0, 255])],
  ['UINT16', new Uint16Array([0, 65535])],
  ['UINT32', new Uint32Array([0, 4294967295])],
  ['UINT64', new BigUint64Array([0n, 18446744073709551615n])],
  ['INT8', new Int8Array([-128, 127])],
  ['INT16', new Int16Array([-32768, 32767])],
  ['INT32', new Int32Array([-2147483648, 2147483647])],
  ['INT64', new BigInt64Array([-9223372036854775808n, 9007199254740993n])],
  ['FP16', new Uint16Array([0x3e00, 0xc000])],
  ['BF16', new Uint16Array([0x3f80, 0xc000])],
  ['FP32', new Float32Array([0.1, -3.4028234663852886e38])],
  ['FP64', new Float64Array([0.1, -1.7976931348623157e308])],
  ['BYTES', ['é"\\', '']],
]);

function request(overrides: Partial<V2Request> = {}): V2Request {
  const base = { id: undefined, inputs: [], layout: 'tensors', outputs: [], parameters: undefined } as const;
  return { ...base, binaryOutput: false, literals: false, ...overrides };
}

const ANSWERER = { name: 'm', version: '1', metadata: METADATA, id: '7' };

describe('every datatype', () => {
  for (const datatype of DATATYPES) {
    const tensor: Tensor = { name: 'x', datatype, shape: [1, 2], data: SAMPLES.get(datatype) as TensorData };

    it(`${datatype} survives JSON`, () => {
      const { json } = encodeV2({ outputs: [tensor] }, request(), ANSWERER, MLSERVER);
      const asRequest = `{"inputs":${json.slice(json.indexOf('"outputs":') + 10, -1)}}`;
      const [decoded] = decodeV2(Buffer.from(asRequest), undefined, MLSERVER).inputs;
      assert.deepEqual(decoded.data, tensor.data);
      assert.deepEqual(decoded.shape, tensor.shape);
    });

    it(`${datatype} survives the binary extension`, () => {
      const encoded = encodeV2({ outputs: [tensor] }, request({ binaryOutput: true }), ANSWERER, TRITON);
      const { outputs } = JSON.parse(encoded.json);
      const header = Buffer.from(JSON.stringify({ inputs: outputs }));
      const [decoded] = decodeV2(Buffer.concat([header, ...encoded.binary]), header.length, TRITON).inputs;
      assert.deepEqual(decoded.data, tensor.data);
      assert.equal(encoded.jsonLength, Buffer.byteLength(encoded.json));
    });
  }
});

describe('binary framing', () => {
  it('reads any split of any bytes, or says INVALID_INPUT', () => {
    const input = fc.record({
      datatype: fc.constantFrom(...DATATYPES),
      count: fc.nat(4),
      size: fc.oneof(fc.constant(undefined), fc.nat(40)),
    });
    fc.assert(
      fc.property(
        fc.array(input, { maxLength: 4 }),
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: -3, max: 3 }),
        (inputs, bytes, shift) => {
          const described = inputs.map(({ datatype, count, size }, index) => ({
            name: `x${index}`,
            datatype,
            shape: [count],
            parameters: { binary_data_size: size ?? count * (elementByteSize(datatype) || 5) },
          }));
          const header = Buffer.from(JSON.stringify({ inputs: described }));
          try {
            const decoded = decodeV2(Buffer.concat([header, bytes]), Math.max(0, header.length + shift), TRITON);
            for (const tensor of decoded.inputs) assert.equal(tensor.data.length, tensor.shape[0]);
          } catch (error) {
            assert.ok((error as InferenceError).code === 'INVALID_INPUT', String((error as Error).stack));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('copies what it reads, so that the tensor does not change with the body', () => {
    const header = Buffer.from(
      '{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}}]}',
    );
    const body = Buffer.concat([
      header,
      encodeBinary({ name: 'x', datatype: 'FP32', shape: [1], data: new Float32Array([1.5]) }),
    ]);
    const [tensor] = decodeV2(body, header.length, TRITON).inputs;
    body.fill(0);
    assert.deepEqual(tensor.data, new Float32Array([1.5]));
  });
});

describe('any v2 body', () => {
  it('decodes or is INVALID_INPUT', () => {
    const scalar = fc.constantFrom(null, true, 1, -1, 2.5, 'a', 'FP32', 'INT64', 'BYTES', 1e30, '__proto');
    const data = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 3 })),
    })).value;
    const tensor = fc.record(
      {
        name: fc.oneof(fc.constant('x'), scalar),
        datatype: fc.oneof(fc.constantFrom(...DATATYPES), scalar),
        shape: fc.oneof(fc.array(fc.nat(3), { maxLength: 3 }), data),
        data,
        parameters: fc.oneof(scalar, fc.dictionary(fc.constantFrom('binary_data_size', 'content_type', 'a'), scalar)),
      },
      { requiredKeys: [] },
    );
    const body = fc.record(
      {
        id: scalar,
        inputs: fc.oneof(fc.array(tensor, { maxLength: 3 }), scalar),
        outputs: fc.oneof(fc.array(tensor, { maxLength: 2 }), scalar),
        parameters: data,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(body, fc.constantFrom(TRITON, MLSERVER), (each, rules) => {
        try {
          const decoded = decodeV2(Buffer.from(JSON.stringify(each)), undefined, rules);
          for (const input of decoded.inputs) {
            assert.equal(
              input.data.length,
              input.shape.reduce((product, dim) => product * dim, 1),
            );
          }
        } catch (error) {
          const expected = error instanceof OtherProtocol || (error as InferenceError).code === 'INVALID_INPUT';
          assert.ok(expected, String((error as Error).stack));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('allocates nothing for a shape that its data does not fill', () => {
    const wide = JSON.stringify(Array(50_000).fill(0));
    const body = `{"inputs":[{"name":"x","shape":[100001,50000],"datatype":"FP64","data":[${wide}${',[]'.repeat(100_000)}]}]}`;
    assert.throws(() => decodeV2(Buffer.from(body), undefined, TRITON), { code: 'INVALID_INPUT', message: /ragged/ });
  });

  it('names the row and the column of what is wrong', () => {
    const body = '{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[[1,2],[3,"long"]]}]}';
    assert.throws(() => decodeV2(Buffer.from(body), undefined, TRITON), { message: /'x' row 1, column 1: "long"/ });
  });
});

describe('null, NaN and Infinity', () => {
  const body = (data: string, datatype = 'FP32') =>
    Buffer.from(`{"inputs":[{"name":"x","shape":[1,4],"datatype":"${datatype}","data":${data}}]}`);

  for (const flavour of ['kserve', 'mlserver', 'triton'] as const) {
    it(`are read in FP data: ${flavour}`, () => {
      const [tensor] = decodeV2(body('[null,NaN,Infinity,-Infinity]'), undefined, v2Flavour(flavour)).inputs;
      assert.deepEqual(tensor.data, new Float32Array([NaN, NaN, Infinity, -Infinity]));
    });

    it(`are refused in other data, and what overflows is too: ${flavour}`, () => {
      for (const data of ['[null,1,1,1]', '[NaN,1,1,1]']) {
        assert.throws(() => decodeV2(body(data, 'INT32'), undefined, v2Flavour(flavour)), { code: 'INVALID_INPUT' });
      }
      assert.throws(() => decodeV2(body('[1e39,1,1,1]'), undefined, v2Flavour(flavour)), { code: 'INVALID_INPUT' });
    });
  }

  it('are written as literals to a request that asks', () => {
    const asking = '{"parameters":{"nan_literals":true},"inputs":[]}';
    assert.equal(decodeV2(Buffer.from(asking), undefined, TRITON).literals, true);
    assert.equal(decodeV2(Buffer.from('{"inputs":[]}'), undefined, TRITON).literals, false);
  });

  it('are written as null, and as literals by the triton flavour to a request that had one', () => {
    const outputs: Tensor[] = [{ name: 'y', datatype: 'FP32', shape: [2], data: new Float32Array([NaN, -Infinity]) }];
    const write = (flavour: 'kserve' | 'mlserver' | 'triton', literals: boolean) =>
      encodeV2({ outputs }, request({ literals }), ANSWERER, v2Flavour(flavour)).json;
    for (const flavour of ['kserve', 'mlserver'] as const) assert.match(write(flavour, true), /"data":\[null,null\]/);
    assert.match(write('triton', false), /"data":\[null,null\]/);
    assert.match(write('triton', true), /"data":\[NaN,-Infinity\]/);
  });
});

describe("MLServer's content types", () => {
  const decode = (input: object, parameters?: object) =>
    decodeV2(Buffer.from(JSON.stringify({ inputs: [input], ...(parameters && { parameters }) })), undefined, MLSERVER);

  it('pd makes columns', () => {
    const column = { name: 'a', datatype: 'FP64', shape: [2], data: [1, 2] };
    assert.equal(decode(column, { content_type: 'pd' }).layout, 'columns');
    assert.equal(decode(column).layout, 'tensors');
  });

  it('base64 is decoded, for one input or for all', () => {
    const input = { name: 'a', datatype: 'BYTES', shape: [2], data: ['aGk=', 'no base64!'] };
    const expected = [new Uint8Array(Buffer.from('hi')), 'no base64!'];
    assert.deepEqual(decode({ ...input, parameters: { content_type: 'base64' } }).inputs[0].data, expected);
    assert.deepEqual(decode(input, { content_type: 'base64' }).inputs[0].data, expected);
    assert.deepEqual(
      decode({ ...input, parameters: { content_type: 'str' } }, { content_type: 'base64' }).inputs[0].data,
      input.data,
    );
  });

  it('datetime is checked', () => {
    const input = { name: 'a', datatype: 'BYTES', shape: [1], parameters: { content_type: 'datetime' } };
    assert.deepEqual(decode({ ...input, data: ['2021-01-02T03:04:05+00:00'] }).inputs[0].data, [
      '2021-01-02T03:04:05+00:00',
    ]);
    assert.throws(() => decode({ ...input, data: ['tomorrow'] }), { code: 'INVALID_INPUT' });
  });

  it('others are ignored', () => {
    assert.deepEqual(
      decode({ name: 'a', datatype: 'FP32', shape: [1], data: [1], parameters: { content_type: 'zzz' } }).inputs[0]
        .data,
      new Float32Array([1]),
    );
  });
});

describe('what the flavours answer', () => {
  const sklearn = { ...METADATA, platform: 'sklearn', defaultOutputs: ['predict'] };
  const outputs: Tensor[] = [{ name: 'predict', datatype: 'INT64', shape: [2], data: new BigInt64Array([1n, 2n]) }];

  it('kserve numbers the outputs that were not named, and writes null for what is absent', () => {
    const { json } = encodeV2(
      { outputs },
      request(),
      { ...ANSWERER, version: '', metadata: sklearn },
      v2Flavour('kserve'),
    );
    assert.equal(
      json,
      '{"model_name":"m","model_version":null,"id":"7","parameters":null,"outputs":[{"name":"output-0","shape":[2],"datatype":"INT64","parameters":null,"data":[1,2]}]}',
    );
    const named = encodeV2(
      { outputs },
      request({ outputs: [{ name: 'predict' }] }),
      { ...ANSWERER, metadata: sklearn },
      v2Flavour('kserve'),
    );
    assert.match(named.json, /"name":"predict"/);
  });

  it('mlserver answers table outputs as columns', () => {
    const { json } = encodeV2({ outputs }, request(), { ...ANSWERER, version: '', metadata: sklearn }, MLSERVER);
    assert.equal(
      json,
      '{"model_name":"m","id":"7","parameters":{},"outputs":[{"name":"predict","shape":[2,1],"datatype":"INT64","parameters":{"content_type":"np"},"data":[1,2]}]}',
    );
  });

  it('triton puts the id first and leaves out what is absent', () => {
    const { json } = encodeV2({ outputs }, request(), ANSWERER, TRITON);
    assert.equal(
      json,
      '{"id":"7","model_name":"m","model_version":"1","outputs":[{"name":"predict","datatype":"INT64","shape":[2],"data":[1,2]}]}',
    );
  });

  it('refuses text output that is no text, and sends it in binary', () => {
    const bytes: Tensor[] = [{ name: 'y', datatype: 'BYTES', shape: [1], data: [new Uint8Array([0xff, 0xfe])] }];
    assert.throws(() => encodeV2({ outputs: bytes }, request(), ANSWERER, TRITON), {
      code: 'INVALID_INPUT',
      message: /binary_data/,
    });
    const { binary } = encodeV2({ outputs: bytes }, request({ binaryOutput: true }), ANSWERER, TRITON);
    assert.deepEqual(binary[0], Buffer.from([2, 0, 0, 0, 0xff, 0xfe]));
  });
});

describe('model metadata', () => {
  const metadata = { ...METADATA, columns: ['a,b', 'c'], classes: ['0', '1'], properties: new Map([['trees', '3']]) };
  const version = { version: '', state: 'READY' } as const;
  const served = { name: 'm', flavour: 'kserve', versions: [version], versioned: false } as const;

  it('tells the columns and classes of a table, where the flavour has room', () => {
    const facts = { columns: '["a,b","c"]', classes: '["0","1"]' };
    assert.deepEqual(JSON.parse(modelMetadata(served, metadata, v2Flavour('kserve'))).properties, facts);
    assert.deepEqual(JSON.parse(modelMetadata(served, metadata, MLSERVER)).parameters, facts);
    assert.equal(
      modelMetadata(served, metadata, TRITON),
      '{"name":"m","versions":["1"],"platform":"python","inputs":[],"outputs":[]}',
    );
  });
});

describe('the outputs that metadata tells', () => {
  it('have the shapes of the answers: columns, from a table model under MLServer', () => {
    const version = { version: '', state: 'READY' } as const;
    const served = { name: 'm', flavour: 'mlserver', versions: [version], versioned: false } as const;
    const outputs = [
      { name: 'predict', datatype: 'INT64', shape: [-1] },
      { name: 'predict_proba', datatype: 'FP64', shape: [-1, 3] },
    ] as const;
    const shapes = (platform: string, flavour: typeof MLSERVER) => {
      const told = JSON.parse(modelMetadata(served, { ...METADATA, platform, outputs }, flavour)).outputs;
      return told.map((output: { shape: number[] }) => output.shape);
    };
    assert.deepEqual(shapes('sklearn', MLSERVER), [
      [-1, 1],
      [-1, 3],
    ]);
    assert.deepEqual(shapes('sklearn', v2Flavour('kserve')), [[-1], [-1, 3]]);
    assert.deepEqual(shapes('onnxruntime_onnx', MLSERVER), [[-1], [-1, 3]]);
  });
});

describe('classification', () => {
  it('answers the highest values, equal ones by index', () => {
    const tensor: Tensor = {
      name: 'p',
      datatype: 'FP32',
      shape: [2, 3],
      data: new Float32Array([0.5, 0.5, 0.25, 0, 1, -1]),
    };
    assert.deepEqual(classify(tensor, 2, ['cat', 'dog']).data, [
      '0.500000:0:cat',
      '0.500000:1:dog',
      '1.000000:1:dog',
      '0.000000:0:cat',
    ]);
    const all = classify(
      { ...tensor, datatype: 'INT64', shape: [3], data: new BigInt64Array([3n, 9n, 1n]) },
      10,
      undefined,
    );
    assert.deepEqual([all.shape, all.data], [[3], ['9:1', '3:0', '1:2']]);
    assert.throws(() => classify({ ...tensor, datatype: 'BYTES', data: ['a'] }, 1, undefined), InferenceError);
  });
});

describe('a raw binary request', () => {
  const metadata = (datatype: Datatype, shape: number[]) => ({ ...METADATA, inputs: [{ name: 'x', datatype, shape }] });

  it('takes its shape from the length of the body', () => {
    const body = Buffer.from(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);
    assert.deepEqual(rawRequest(body, metadata('FP32', [-1, 3])).inputs[0].shape, [2, 3]);
    assert.deepEqual(rawRequest(body, metadata('FP32', [-1, -1])).inputs[0].shape, [1, 6]);
    assert.deepEqual(rawRequest(body, metadata('FP32', [6])).inputs[0].shape, [6]);
    assert.equal(rawRequest(body, metadata('FP32', [6])).binaryOutput, true);
  });

  it('refuses what does not fit', () => {
    const body = Buffer.alloc(10);
    assert.throws(() => rawRequest(body, metadata('FP32', [-1, 3])), { code: 'INVALID_INPUT' });
    assert.throws(() => rawRequest(Buffer.alloc(8), metadata('FP32', [3])), { code: 'INVALID_INPUT' });
    assert.throws(() => rawRequest(Buffer.alloc(0), metadata('FP32', [-1])), { code: 'INVALID_INPUT' });
    assert.throws(() => rawRequest(body, METADATA), { code: 'INVALID_INPUT' });
    assert.throws(() => rawRequest(Buffer.alloc(12), metadata('FP32', [-1, 0])), { code: 'INVALID_INPUT' });
  });
});
