import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { OtherProtocol } from '../protocols/other-protocol.ts';
import { Codec } from './codec.ts';
import { encode } from './jobs.ts';

const RULES = { halfInJson: true, boolNumbers: true, nestedParameters: 'refuse' } as const;
const TARGET = { table: true, inputs: [{ name: 'x', datatype: 'FP64', shape: [-1, 2] }] } as const;

describe('Codec', () => {
  const here = new Codec(1_000_000);
  const elsewhere = new Codec(10);
  after(() => elsewhere.close());

  const v2 = (data: string, datatype = 'FP32') =>
    Buffer.from(`{"id":"7","inputs":[{"name":"x","shape":[1,2],"datatype":"${datatype}","data":${data}}]}`);

  it('decodes a large v2 body in another thread to the same request', async () => {
    for (const body of [v2('[1.5,null]'), v2('[9007199254740993,-1]', 'INT64'), v2('["a","é"]', 'BYTES')]) {
      const other = elsewhere.decodeV2(Buffer.from(body), undefined, RULES);
      assert.ok(other instanceof Promise);
      assert.deepEqual(await other, here.decodeV2(body, undefined, RULES));
    }
  });

  it('decodes a large v1 body in another thread to the same request', async () => {
    const body = Buffer.from('{"instances":[[1,2],[3,4]],"parameters":{"output":"predict_proba"}}');
    assert.deepEqual(
      await elsewhere.decodeV1(Buffer.from(body), false, TARGET),
      await here.decodeV1(body, false, TARGET),
    );
  });

  it('brings errors back', async () => {
    await assert.rejects(async () => elsewhere.decodeV2(v2('["no",1]'), undefined, RULES), { code: 'INVALID_INPUT' });
    await assert.rejects(
      async () => elsewhere.decodeV2(Buffer.from('{"instances":[[1,2]]}'), undefined, RULES),
      OtherProtocol,
    );
  });

  it('keeps small bodies, and the binary part of large ones, on its own thread', () => {
    const json = Buffer.from(
      '{"inputs":[{"name":"x","shape":[1000],"datatype":"UINT8","parameters":{"binary_data_size":1000}}]}',
    );
    const request = new Codec(200).decodeV2(Buffer.concat([json, Buffer.alloc(1000)]), json.length, RULES);
    assert.ok(!(request instanceof Promise));
    assert.equal(request.inputs[0].data.length, 1000);
  });

  it('decodes many texts in binary in the other thread', async () => {
    const json = Buffer.from(
      '{"inputs":[{"name":"x","shape":[100],"datatype":"BYTES","parameters":{"binary_data_size":500}}]}',
    );
    const text = Buffer.from([1, 0, 0, 0, 97]);
    const request = new Codec(200).decodeV2(Buffer.concat([json, ...Array(100).fill(text)]), json.length, RULES);
    assert.ok(request instanceof Promise);
    assert.deepEqual((await request).inputs[0].data, Array(100).fill('a'));
  });

  it('encodes a large answer in another thread to the same bytes, and leaves the model its arrays', async () => {
    const data = Float64Array.from({ length: 1000 }, (_, index) => index / 3);
    const texts = Array.from({ length: 1000 }, (_, index) => `é${index}`);
    const response = {
      outputs: [
        { name: 'predict', datatype: 'FP64', shape: [1000], data },
        { name: 'text', datatype: 'BYTES', shape: [1000], data: texts },
      ] as const,
    };
    assert.equal(String((await elsewhere.encodeV1(response)).body), String((await here.encodeV1(response)).body));
    const metadata = { platform: 'sklearn', inputs: [], outputs: [], defaultOutputs: [], properties: new Map() };
    const answerer = { name: 'm', version: '', metadata, id: '1' };
    for (const binaryOutput of [false, true]) {
      const request = { outputs: [], binaryOutput, literals: false };
      const other = await elsewhere.encodeV2(response, request, answerer, 'kserve');
      const own = await here.encodeV2(response, request, answerer, 'kserve');
      assert.deepEqual(Buffer.from(other.body as Buffer), Buffer.from(own.body as string));
      assert.equal(other.jsonLength, own.jsonLength);
    }
    assert.equal(data.length, 1000);
  });

  it('refuses an answer that JSON can not carry before it copies it, unless it is asked for in binary', async () => {
    const data = new Uint8Array(50_000_001);
    const response = { outputs: [{ name: 'y', datatype: 'UINT8', shape: [data.length], data }] as const };
    await assert.rejects(async () => elsewhere.encodeV1(response), {
      code: 'INVALID_INPUT',
      message: /50000001 values/,
    });
    const metadata = { platform: 'onnx', inputs: [], outputs: [], defaultOutputs: [], properties: new Map() };
    const answerer = { name: 'm', version: '', metadata, id: '1' };
    const json = { outputs: [], binaryOutput: false, literals: false };
    await assert.rejects(async () => elsewhere.encodeV2(response, json, answerer, 'kserve'), { code: 'INVALID_INPUT' });
    const binary = await elsewhere.encodeV2(response, { ...json, binaryOutput: true }, answerer, 'kserve');
    assert.ok(binary.body.length > data.length);
  });

  it('says that a text too long for JSON is for the client to mend', () => {
    const text = 'x'.repeat(200_000_000);
    const tensor = { name: 'y', datatype: 'BYTES', shape: [3], data: [text, text, text] } as const;
    const response = { outputs: [{ ...tensor, data: [...tensor.data] }] };
    assert.throws(() => encode({ kind: 'encode v1', response }), { code: 'INVALID_INPUT', message: /fewer rows/ });
  });

  it('ends its thread when nothing was to do for a while, and starts it again', async () => {
    const codec = new Codec(10, 20);
    await codec.decodeV2(v2('[1,2]'), undefined, RULES);
    assert.ok(codec.started);
    while (codec.started) await new Promise((resolve) => setTimeout(resolve, 10));
    await codec.decodeV2(v2('[1,2]'), undefined, RULES);
    await codec.close();
  });

  it('starts another thread after one broke', async () => {
    const codec = new Codec(10);
    await codec.decodeV2(v2('[1,2]'), undefined, RULES);
    await codec.close();
    await codec.decodeV2(v2('[1,2]'), undefined, RULES);
    await codec.close();
  });
});
