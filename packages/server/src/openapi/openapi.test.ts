import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import type { Service } from '../dataplane/types.ts';
import { startTestServer, type TestServer } from '../http/test-server.ts';
import { fakeModel } from '../wire/models.ts';
import { titleOf } from './document.ts';

const EVIL = '"><img src=x onerror=alert(1)></script>';

describe('the documents of a service', () => {
  let server: TestServer;
  before(async () => {
    const inputs = [{ name: 'x', datatype: 'FP32' as const, shape: [-1, 3] }];
    const outputs = [{ name: EVIL, datatype: 'INT64' as const, shape: [-1] }];
    const columns = ['tenure', EVIL, 'calls'];
    const model = fakeModel({ platform: 'xgboost', inputs, outputs, columns }, () => []);
    server = await startTestServer([{ name: 'churn', model }]);
  });
  after(() => server.stop());

  it('has a document with the real inputs, outputs and columns', async () => {
    const answer = await server.request('GET', '/openapi.json');
    const document = JSON.parse(answer.text);
    assert.equal(document.openapi, '3.1.0');
    const { requestBody } = document.paths['/v2/models/churn/infer'].post;
    assert.deepEqual(requestBody.content['application/json'].example.inputs, [
      { name: 'x', shape: [1, 3], datatype: 'FP32', data: [0, 0, 0] },
    ]);
    const predict = document.paths['/v1/models/churn:predict'].post.requestBody.content['application/json'];
    assert.deepEqual(Object.keys(predict.schema.properties.instances.items.anyOf[1].properties), [
      'tenure',
      EVIL,
      'calls',
    ]);
  });

  it('has a page in which names are inert, without scripts', async () => {
    const answer = await server.request('GET', '/docs');
    assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/);
    assert.doesNotMatch(answer.text, /<img|<script|<\/script/);
    assert.match(answer.text, /churn/);
    assert.match(answer.text, /tenure/);
  });

  it('answers the same below /serving/{namespace}/{name}', async () => {
    const answer = await server.request('GET', '/serving/default/test/docs');
    assert.match(answer.text, /href="\/serving\/default\/test\/openapi.json"/);
    assert.equal((await server.request('GET', '/serving/default/nope/docs')).status, 404);
  });
});

test('the documents of a service without a name have a title all the same', () => {
  const service = { namespace: '', name: '', hosts: [], flavour: 'kserve' } as const;
  assert.equal(titleOf(service as unknown as Service), 'Models');
  assert.equal(titleOf({ ...service, name: 'churn' } as unknown as Service), 'Models of churn');
});
