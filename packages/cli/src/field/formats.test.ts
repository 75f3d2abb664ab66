import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertClose, FieldCase } from '../../test/field-case.ts';

test('015 the default export of skl2onnx ends in a map', async () => {
  const field = new FieldCase('015');
  await using run = await field.run();
  await run.assertReady('iris');
  const expected = field.json('expected.json');
  const { json: metadata } = await run.get('/v2/models/iris', 'iris');
  assert.equal(metadata.outputs.length, 2);
  const output = metadata.outputs.find((one: { name: string }) => one.name === 'output_probability');
  assert.equal(output.datatype, 'FP32');
  assert.deepEqual(output.shape, [-1, 3]);
  const answer = await run.post('iris', '/v2/models/iris/infer', field.text('body.json'));
  assert.equal(answer.status, 200, answer.text);
  const named = new Map(answer.json.outputs.map((one: { name: string }) => [one.name, one]));
  const label = named.get('output_label') as { datatype: string; data: number[] };
  assert.equal(label.datatype, 'INT64');
  assert.deepEqual(label.data, expected.output_label);
  const probability = named.get('output_probability') as { shape: number[]; data: number[] };
  assert.deepEqual(probability.shape, [2, 3]);
  assertClose(probability.data, expected.output_probability.flat(), expected.tolerance);
});

test('023 a base score in brackets', async () => {
  const field = new FieldCase('023');
  await using run = await field.run();
  const { models, tolerance } = field.json('expected.json');
  for (const [name, { predict }] of Object.entries(models) as [string, { predict: unknown }][]) {
    for (const service of [name, `${name}-ubj`]) {
      await run.assertReady(service);
      const answer = await run.post(service, `/v1/models/${service}:predict`, field.text('body.json'));
      assert.equal(answer.status, 200, `${service}: ${answer.text}`);
      assertClose(answer.json.predictions, predict, tolerance);
    }
  }
});

test('025 an extension that lies', async () => {
  const field = new FieldCase('025');
  await using run = await field.run();
  const { predictions, tolerance } = field.json('expected.json');
  for (const service of ['as-ubj', 'as-xgb', 'as-model']) {
    await run.assertReady(service);
    const answer = await run.post(service, `/v1/models/${service}:predict`, field.text('body.json'));
    assertClose(answer.json?.predictions, predictions, tolerance);
    const status = JSON.stringify(run.printed(service).status);
    assert.match(status, /XGBoost binary/);
    assert.doesNotMatch(status, /UBJSON/);
  }
});

test('028 columns by name, in any order', async () => {
  const field = new FieldCase('028');
  await using run = await field.run();
  await run.assertReady('churn');
  const { predictions, usage_gb_missing: missing, tolerance } = field.json('expected.json');
  const post = (file: string) => run.post('churn', '/v1/models/churn:predict', field.text(file));
  assertClose((await post('body-positional.json')).json.predictions, predictions, tolerance);
  assertClose((await post('body-records-shuffled.json')).json.predictions, predictions, tolerance);
  const oneMissing = await post('body-one-missing.json');
  if (oneMissing.status === 200) assertClose(oneMissing.json.predictions, [missing], tolerance);
  else {
    assert.equal(oneMissing.status, 400);
    assert.match(oneMissing.error, /usage_gb/);
  }
  const oneExtra = await post('body-one-extra.json');
  assert.equal(oneExtra.status, 400, oneExtra.text);
  assert.match(oneExtra.error, /row_id/);
  const twoWide = await post('body-two-wide.json');
  assert.equal(twoWide.status, 400);
  assert.match(twoWide.error, /2/);
  assert.match(twoWide.error, /3/);
  const { text } = await run.get('/v2/models/churn', 'churn');
  for (const column of Object.keys(field.json('body-records-shuffled.json').instances[0]))
    assert.match(text, new RegExp(column));
});

test('030 a date as a float32', async () => {
  const field = new FieldCase('030');
  await using run = await field.run();
  await run.assertReady('dates');
  const { predictions, tolerance } = field.json('expected.json');
  const answer = await run.post('dates', '/v1/models/dates:predict', field.text('body.json'));
  assertClose(answer.json?.predictions, predictions, tolerance);
  const rows = (field.json('body.json').instances as number[][]).flat();
  for (const datatype of ['INT64', 'FP64']) {
    const inputs = [
      { name: 'input-0', shape: [predictions.length, rows.length / predictions.length], datatype, data: rows },
    ];
    const typed = await run.post('dates', '/v2/models/dates/infer', { inputs });
    assert.equal(typed.status, 200, typed.text);
    assertClose(typed.json.outputs[0].data, predictions, tolerance);
  }
});

test('031 spaces, = and umlauts in column names', async () => {
  const field = new FieldCase('031');
  await using run = await field.run();
  await run.assertReady('names');
  const { predictions, tolerance } = field.json('expected.json');
  const original = field.json('body-original-names.json');
  for (const body of [original, field.json('body-file-names.json')]) {
    const answer = await run.post('names', '/v1/models/names:predict', body);
    assertClose(answer.json?.predictions, predictions, tolerance);
  }
  const key = Array.isArray(original.instances) ? 'instances' : 'inputs';
  const doubled = original[key].map((row: Record<string, unknown>) => ({ ...row, abc_def_chi: row['abc def chi'] }));
  const refused = await run.post('names', '/v1/models/names:predict', { [key]: doubled });
  assert.equal(refused.status, 400, refused.text);
});

test('033 cut and empty LightGBM files', async () => {
  const field = new FieldCase('033');
  const healthy = new FieldCase('031');
  const yaml = `${field.text('isvc.yaml')}\n---\n${healthy.text('isvc.yaml')}`;
  const { runYaml } = await import('../../test/field-case.ts');
  await using run = await runYaml(yaml);
  const texts: [string, RegExp[]][] = [
    ['only-pandas-line', [/tree/]],
    ['cut', [/tree/, /\d/]],
    ['empty', [/empty|0 bytes/]],
  ];
  for (const [service, wanted] of texts) {
    const ready = await run.ready(service);
    assert.equal(ready.status, 'False');
    for (const text of wanted) assert.match(ready.message ?? '', text, service);
  }
  const answer = await run.post('names', '/v1/models/names:predict', healthy.text('body-file-names.json'));
  assert.equal(answer.status, 200, answer.text);
});

test('035 Windows line ends', async () => {
  const field = new FieldCase('035');
  await using run = await field.run();
  const { predictions, tolerance } = field.json('expected.json');
  await run.assertReady('crlf');
  const answer = await run.post('crlf', '/v1/models/crlf:predict', field.text('body.json'));
  assertClose(answer.json?.predictions, predictions, tolerance);
});

describe('039 what the model file is called', async () => {
  const field = new FieldCase('039');

  test('the only file that can be a model is taken, whatever its name', async () => {
    await using run = await field.run();
    const expected = field.json('expected.json');
    const entries: [string, unknown][] = [
      ['svm-joblib', expected.svc],
      ['no-extension', expected.svc],
      ['lgb-txt', expected.lightgbm],
      ['xgb-named', expected.xgboost],
      ['with-litter', expected.svc],
    ];
    for (const [service, predictions] of entries) {
      await run.assertReady(service);
      const answer = await run.post(service, `/v1/models/${service}:predict`, field.text('body.json'));
      assertClose(answer.json?.predictions, predictions, expected.tolerance);
    }
    const two = await run.ready('two-models');
    assert.equal(two.status, 'False');
    assert.match(two.message ?? '', /a\.joblib/);
    assert.match(two.message ?? '', /b\.joblib/);
    const nothing = await run.ready('nothing');
    assert.equal(nothing.status, 'False');
    assert.match(nothing.message ?? '', /README\.md/);
    assert.equal((await run.post('nothing', '/v1/models/nothing:predict', field.text('body.json'))).status, 503);
  });
});
