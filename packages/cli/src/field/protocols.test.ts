import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FieldCase } from '../../test/field-case.ts';
import { firstOutput, modelInfer, textRequest } from '../../test/grpc-infer.ts';

test('001 the tutorial command has no content type', async () => {
  const field = new FieldCase('001');
  await using run = await field.run();
  await run.assertReady('iris');
  const expected = field.json('expected.json');
  const v1 = field.text('body.json');
  const rows = field.json('body.json').instances as number[][];
  const v2 = JSON.stringify({
    inputs: [{ name: 'input-0', shape: [rows.length, rows[0]?.length], datatype: 'FP64', data: rows.flat() }],
  });
  const types = ['application/x-www-form-urlencoded', undefined, 'application/json; charset=utf-8', 'text/plain'];
  for (const type of types) {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const first = await run.post('iris', '/v1/models/iris:predict', v1, headers);
    assert.equal(first.status, 200, `${type}: ${first.text}`);
    assert.deepEqual(first.json, expected);
    const second = await run.post('iris', '/v2/models/iris/infer', v2, headers);
    assert.equal(second.status, 200, `${type}: ${second.text}`);
    assert.deepEqual(second.json.outputs[0].data, expected.predictions);
  }
  for (const path of ['/v1/models/iris:predict', '/v2/models/iris/infer']) {
    const refused = await run.post('iris', path, path.startsWith('/v1') ? v1 : v2, { 'content-type': 'image/png' });
    assert.equal(refused.status, 415);
    assert.match(refused.error, /application\/json/);
  }
});

test('003 a path without its verb', async () => {
  const field = new FieldCase('003');
  await using run = await field.run();
  const body = field.text('body.json');
  const bare = await run.post('email-sendout', '/v1/models/email-sendout', body);
  assert.ok([400, 404, 405].includes(bare.status), bare.text);
  assert.match(bare.error, /:predict/);
  const wrongVerb = await run.post('email-sendout', '/v1/models/email-sendout:prediction', body);
  assert.ok(wrongVerb.status >= 400 && wrongVerb.status < 500, wrongVerb.text);
  assert.match(wrongVerb.error, /:predict\b/);
  const wrongName = await run.post('email-sendout', '/v1/models/email-sendot:predict', body);
  assert.equal(wrongName.status, 404);
  assert.match(wrongName.error, /email-sendout/);
});

test('005 the body of the other protocol', async () => {
  const field = new FieldCase('005');
  await using run = await field.run();
  const [v1, v2] = [field.text('v1.json'), field.text('v2.json')];
  assert.deepEqual((await run.post('iris', '/v1/models/iris:predict', v1)).json, { predictions: [1, 1] });
  assert.deepEqual((await run.post('iris', '/v2/models/iris/infer', v2)).json.outputs[0].data, [1, 1]);
  const v2OnV1 = await run.post('iris', '/v1/models/iris:predict', v2);
  assert.equal(v2OnV1.status, 400);
  assert.match(v2OnV1.error, /\/v2\/models\/iris\/infer/);
  const v1OnV2 = await run.post('iris', '/v2/models/iris/infer', v1);
  assert.equal(v1OnV2.status, 400);
  assert.match(v1OnV2.error, /instances/);
  assert.match(v1OnV2.error, /\/v1\/models\/iris:predict/);
});

test('007 one tensor for each column', async () => {
  const field = new FieldCase('007');
  await using run = await field.run();
  await run.assertReady('named', 'unnamed');
  const { named } = field.json('expected.json');
  for (const file of ['four.json', 'four-shuffled.json']) {
    const answer = await run.post('named', '/v2/models/named/infer', field.text(file));
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json.outputs[0].data, named, file);
  }
  const refused = await run.post('unnamed', '/v2/models/unnamed/infer', field.text('four.json'));
  assert.equal(refused.status, 400);
  assert.match(refused.error, /\[n, 4\]|\[2, 4\]/);
  assert.match(refused.error, /pd/);
  const table = await run.post('unnamed', '/v2/models/unnamed/infer', field.text('four-pd.json'));
  assert.deepEqual(table.json.outputs[0].data, named, table.text);
});

describe('010 one row, not nested', async () => {
  const field = new FieldCase('010');
  const cases: [string, RegExp[]][] = [
    ['flat.json', [/4/, /\[\[/]],
    ['wide.json', [/5/, /4/]],
    ['ragged.json', [/row 1/]],
    ['words.json', [/row 0/, /column 2/]],
  ];
  for (const [file, texts] of cases) {
    test(file, async () => {
      await using run = await field.run();
      const answer = await run.post('iris', '/v1/models/iris:predict', field.text(file));
      assert.equal(answer.status, 400, answer.text);
      for (const text of texts) assert.match(answer.error, text);
      assert.doesNotMatch(answer.error, /reshape|array\.|Traceback/);
    });
  }
});

test('019 the model has another name than the service', async () => {
  const field = new FieldCase('019');
  await using run = await field.run();
  await run.assertReady('price-service');
  const body = field.text('body.json');
  const own = await run.post('price-service', '/v2/models/double/infer', body);
  assert.equal(own.status, 200, own.text);
  const other = await run.post('price-service', '/v2/models/price-service/infer', body);
  if (other.status === 200) assert.ok(['double', 'price-service'].includes(other.json.model_name));
  else assert.match(other.error, /double/);
  assert.match(JSON.stringify(run.printed('price-service').status), /"double"/);
  assert.equal((await run.get('/v2/models/double/ready', 'price-service')).status, 200);
  assert.equal((await run.get('/v2/models/price-service/ready', 'price-service')).status, other.status);
});

test('012 text over gRPC', async () => {
  const field = new FieldCase('012');
  await using run = await field.run();
  await run.assertReady('texts');
  const { labels } = field.json('expected.json');
  const rest = await run.post('texts', '/v2/models/texts/infer', field.text('rest.json'));
  assert.deepEqual(rest.json?.outputs[0].data, labels, rest.text);
  const elementsOf = (file: string) =>
    (field.json(file).inputs[0].contents.bytes_contents as string[]).map((text) => Buffer.from(text, 'base64'));
  const authority = new URL(run.printed('texts').status.url).host;
  for (const isRaw of [false, true]) {
    const request = textRequest('texts', 'text', elementsOf('grpcurl.json'), isRaw);
    for (const port of [run.server.grpcPort, run.server.httpPort]) {
      const answer = await modelInfer(port, authority, request);
      assert.equal(answer.code, 0, answer.message);
      assert.deepEqual(firstOutput(answer.response), { datatype: 'BYTES', texts: labels });
    }
  }
  const refused = await modelInfer(
    run.server.grpcPort,
    authority,
    textRequest('texts', 'text', elementsOf('grpcurl-not-utf8.json'), false),
  );
  assert.equal(refused.code, 3);
  assert.match(refused.message, /text/);
  assert.match(refused.message, /UTF-8/);
});
