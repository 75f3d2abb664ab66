import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { OtherProtocol } from '../protocols/other-protocol.ts';
import { Decoder } from './decoder.ts';

const RULES = { halfInJson: true, boolNumbers: true, nestedParameters: 'refuse' } as const;
const TARGET = { table: true, inputs: [{ name: 'x', datatype: 'FP64', shape: [-1, 2] }] } as const;

describe('Decoder', () => {
  const here = new Decoder(1_000_000);
  const elsewhere = new Decoder(10);
  after(() => elsewhere.close());

  const v2 = (data: string, datatype = 'FP32') =>
    Buffer.from(`{"id":"7","inputs":[{"name":"x","shape":[1,2],"datatype":"${datatype}","data":${data}}]}`);

  it('decodes a large v2 body in another thread to the same request', async () => {
    for (const body of [v2('[1.5,null]'), v2('[9007199254740993,-1]', 'INT64'), v2('["a","é"]', 'BYTES')]) {
      const other = elsewhere.v2(Buffer.from(body), undefined, RULES);
      assert.ok(other instanceof Promise);
      assert.deepEqual(await other, here.v2(body, undefined, RULES));
    }
  });

  it('decodes a large v1 body in another thread to the same request', async () => {
    const body = Buffer.from('{"instances":[[1,2],[3,4]],"parameters":{"output":"predict_proba"}}');
    assert.deepEqual(await elsewhere.v1(Buffer.from(body), false, TARGET), await here.v1(body, false, TARGET));
  });

  it('brings errors back', async () => {
    await assert.rejects(async () => elsewhere.v2(v2('["no",1]'), undefined, RULES), { code: 'INVALID_INPUT' });
    await assert.rejects(
      async () => elsewhere.v2(Buffer.from('{"instances":[[1,2]]}'), undefined, RULES),
      OtherProtocol,
    );
  });

  it('keeps small bodies, and the binary part of large ones, on its own thread', () => {
    const json = Buffer.from(
      '{"inputs":[{"name":"x","shape":[1000],"datatype":"UINT8","parameters":{"binary_data_size":1000}}]}',
    );
    const request = new Decoder(200).v2(Buffer.concat([json, Buffer.alloc(1000)]), json.length, RULES);
    assert.ok(!(request instanceof Promise));
    assert.equal(request.inputs[0].data.length, 1000);
  });
});
