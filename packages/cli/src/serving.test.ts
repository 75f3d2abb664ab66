import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fakeIo } from '../test/fake-io.ts';
import { JSON_BODY, runYaml, send } from '../test/field-case.ts';
import { launch } from '../test/live-server.ts';
import { main } from './main.ts';

const FIELD = join(import.meta.dirname, '..', 'fixtures', 'field');
const IRIS = join(FIELD, '005-v2-body-on-v1-path', 'model', 'model.joblib');
const V1 = join(FIELD, '005-v2-body-on-v1-path', 'v1.json');
const V2 = join(FIELD, '005-v2-body-on-v1-path', 'v2.json');

const service = (name: string, predictor: string, metadata = '') =>
  `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: ${name}${metadata}}\nspec: {predictor: ${predictor}}\n`;

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function predict(args: string[], input = '') {
  const io = fakeIo({ input });
  const code = await main(['predict', ...args], io);
  return { code, ...io.written };
}

test('berth serve takes the arguments and environment of a KServe runtime, and warns of others', async () => {
  await using server = await launch({
    args: [
      'serve',
      `--model_dir=${IRIS}`,
      '--model_name',
      'iris',
      '--nthread=1',
      '--enable_docs_url=true',
      '--predict_fast=1',
    ],
    until: (_out, err) => /^ready: iris/m.test(err),
  });
  assert.match(server.err(), /warning: nothing reads the argument --predict_fast/);
  assert.doesNotMatch(server.err(), /enable_docs_url/);
  const answer = await send(server.httpPort, 'GET', '/v1/models/iris', undefined);
  assert.deepEqual(answer.json, { name: 'iris', ready: true });
});

test('berth serve reads PREDICT_PROBA and MLServer variables', async () => {
  const knn = join(FIELD, '007-one-tensor-per-feature', 'unnamed', 'model.joblib');
  await using server = await launch({
    args: ['serve'],
    env: { MLSERVER_MODEL_URI: knn, MLSERVER_MODEL_NAME: 'columns', PREDICT_PROBA: 'true' },
    until: (_out, err) => /^(ready|not ready): columns/m.test(err),
  });
  const { json } = await send(server.httpPort, 'GET', '/v2/models/columns', undefined);
  assert.equal(json.name, 'columns');
});

test('a model that fails to load is reported and the others serve', async () => {
  await using server = await launch({
    args: ['serve', join(FIELD, '039-model-file-names')],
    until: (_out, err) => (err.match(/^(ready|not ready): /gm)?.length ?? 0) >= 6,
  });
  assert.match(server.err(), /not ready: two-models: .*a\.joblib/);
  const ready = await send(server.httpPort, 'GET', '/v2/models/svm-joblib/ready', undefined);
  assert.equal(ready.status, 200);
  assert.equal((await send(server.httpPort, 'GET', '/v2/models/two-models/ready', undefined)).status, 503);
});

describe('a request that is shipped with a model', () => {
  const cases: [string, string, RegExp][] = [
    ['that works (v1)', '{"instances": [[6.8, 2.8, 4.8, 1.4]]}', /^ready: iris/m],
    [
      'that works (v2)',
      JSON.stringify({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }] }),
      /^ready: iris/m,
    ],
    ['that fails', '{"instances": [[1, 2]]}', /^not ready: iris: .*warmup\.json/m],
    ['that is no JSON', '{', /^not ready: iris: .*warmup\.json/m],
  ];
  for (const [name, text, outcome] of cases) {
    test(name, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'berth-cli-'));
      try {
        await copyFile(IRIS, join(folder, 'model.joblib'));
        await writeFile(join(folder, 'warmup.json'), text);
        await using server = await launch({
          args: ['serve', folder, '--name', 'iris'],
          until: (_out, err) => /^(not )?ready: iris/m.test(err),
        });
        assert.match(server.err(), outcome);
        const { status } = await send(server.httpPort, 'GET', '/v2/models/iris/ready', undefined);
        assert.equal(status, outcome.source.includes('not') ? 503 : 200);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }
});

test('two processes share the ports of berth serve, and each request has a line in the access log', async () => {
  await using server = await launch({
    args: ['serve', IRIS, '--name', 'iris', '--workers', '2', '--access-log'],
    until: (_out, err) => /^ready: iris/m.test(err),
  });
  const isReady = async () => (await send(server.httpPort, 'GET', '/v2/health/ready', undefined)).status === 200;
  for (let tries = 0; tries < 100 && !(await isReady()); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  for (let count = 0; count < 8; count++) {
    const answer = await send(
      server.httpPort,
      'POST',
      '/v1/models/iris:predict',
      '{"instances": [[6.8, 2.8, 4.8, 1.4]]}',
      {
        ...JSON_BODY,
        'x-request-id': `request-${count}`,
      },
    );
    assert.deepEqual(answer.json, { predictions: [1] });
  }
  const lines = () =>
    server
      .err()
      .split('\n')
      .filter((line) => line.startsWith('{'));
  for (let tries = 0; tries < 100 && lines().filter((line) => line.includes('"POST"')).length < 8; tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const ids = lines()
    .map((line) => JSON.parse(line))
    .filter((entry) => entry.method === 'POST')
    .map((entry) => entry.requestId);
  assert.deepEqual(
    ids.sort(),
    Array.from({ length: 8 }, (_, count) => `request-${count}`),
  );
});

describe('berth predict', async () => {
  const start = () =>
    launch({ args: ['serve', IRIS, '--name', 'iris'], until: (_out, err) => /^ready: iris/m.test(err) });

  test('sends v1 and v2 by the shape of the body and prints json, yaml or a table', async () => {
    await using server = await start();
    const url = ['--url', `127.0.0.1:${server.httpPort}`];
    assert.deepEqual(JSON.parse((await predict(['iris', '-f', V1, ...url])).out), { predictions: [1, 1] });
    assert.deepEqual(JSON.parse((await predict(['iris', '-f', V2, ...url])).out).outputs[0].data, [1, 1]);
    assert.equal((await predict(['iris', '-f', V1, '-o', 'yaml', ...url])).out, 'predictions:\n  - 1\n  - 1\n');
    assert.equal((await predict(['iris', '-f', V1, '-o', 'table', ...url])).out, 'prediction\n1\n1\n');
    const input = '{"instances": [[6.8, 2.8, 4.8, 1.4]]}';
    assert.equal((await predict(['iris', '-f', '-', ...url], input)).out, '{"predictions":[1]}\n');
  });

  test('says kindly what went wrong', async () => {
    await using server = await start();
    const url = ['--url', `127.0.0.1:${server.httpPort}`];
    const unknown = await predict(['irsi', '-f', V1, ...url]);
    assert.equal(unknown.code, 4);
    assert.match(unknown.err, /iris/);
    const narrow = await predict(['iris', '-f', '-', ...url], '{"instances": [[1, 2]]}');
    assert.equal(narrow.code, 1);
    assert.match(narrow.err, /\(400\)/);
    assert.match((await predict(['iris', '-f', '-', ...url], '{"instances": [')).err, /the request is not JSON/);
    const nobody = await predict(['iris', '-f', V1, '--url', `http://127.0.0.1:${await closedPort()}`]);
    assert.equal(nobody.code, 1);
    assert.match(nobody.err, /nothing listens at http:\/\/127\.0\.0\.1/);
  });
});

describe('berth run', () => {
  test('keeps services of one model name apart by host and by path', async () => {
    const yaml = [
      service('one', `{sklearn: {storageUri: "file://${IRIS}", args: [--model_name=m]}}`),
      service(
        'two',
        `{sklearn: {storageUri: "file://${FIELD}/033-lgb-empty-model-string/empty", args: [--model_name=m]}}`,
      ),
    ].join('---\n');
    await using run = await runYaml(yaml);
    const body = '{"instances": [[6.8, 2.8, 4.8, 1.4]]}';
    assert.equal((await run.post('one', '/v1/models/m:predict', body)).status, 200);
    assert.equal((await run.post('two', '/v1/models/m:predict', body)).status, 503);
    const port = run.server.httpPort;
    assert.equal((await send(port, 'POST', '/serving/default/one/v1/models/m:predict', body, JSON_BODY)).status, 200);
    assert.equal((await send(port, 'POST', '/serving/default/two/v1/models/m:predict', body, JSON_BODY)).status, 503);
    const host = { host: 'one-default.example.com', ...JSON_BODY };
    assert.equal((await send(port, 'POST', '/v1/models/m:predict', body, host)).status, 200);
  });

  test('berth predict finds the service by its name among several', async () => {
    const yaml = [
      service('one', `{sklearn: {storageUri: "file://${IRIS}", args: [--model_name=m]}}`),
      service('two', `{sklearn: {storageUri: "file://${IRIS}"}}`),
    ].join('---\n');
    await using run = await runYaml(yaml);
    const url = ['--url', `127.0.0.1:${run.server.httpPort}`];
    for (const name of ['one', 'two', 'm']) {
      assert.deepEqual(JSON.parse((await predict([name, '-f', V1, ...url])).out), { predictions: [1, 1] }, name);
    }
    assert.equal((await predict(['three', '-f', V1, ...url])).code, 4);
  });

  test('serves a folder in the layout of MLServer without warnings of what nobody wrote', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-run-'));
    await copyFile(IRIS, join(folder, 'model.joblib'));
    await writeFile(join(folder, 'model-settings.json'), '{"name": "other", "parameters": {"version": "v3"}}');
    const predictor = `{model: {modelFormat: {name: sklearn}, protocolVersion: v2, storageUri: "file://${folder}"}}`;
    await using run = await runYaml(service('iris', predictor));
    await run.assertReady('iris');
    const body = await readFile(V2, 'utf8');
    assert.equal(JSON.parse((await run.post('iris', '/v2/models/iris/infer', body)).text).model_version, 'v3');
    assert.equal((await run.post('iris', '/v2/models/other/infer', body)).status, 200);
    assert.doesNotMatch(run.server.err(), /warning/);
    await rm(folder, { recursive: true });
  });

  test('tells folders of this machine in the status only', async () => {
    await using run = await runYaml(service('iris', `{sklearn: {storageUri: "file://${FIELD}/nowhere"}}`));
    assert.match((await run.ready('iris')).message ?? '', /nowhere/);
    const answer = await run.post('iris', '/v1/models/iris:predict', '{"instances": [[1]]}');
    assert.equal(answer.status, 503);
    assert.ok(!answer.text.includes(FIELD), answer.text);
  });

  test('serves the status read-only at the Kubernetes path', async () => {
    await using run = await runYaml(service('iris', `{sklearn: {storageUri: "file://${IRIS}"}}`, ', namespace: team'));
    const base = '/apis/serving.kserve.io/v1beta1';
    const one = await run.get(`${base}/namespaces/team/inferenceservices/iris`);
    assert.equal(one.status, 200);
    assert.deepEqual(one.json.spec, { predictor: { sklearn: { storageUri: `file://${IRIS}` } } });
    assert.equal(one.json.status.url, `http://iris-team.localhost:${run.server.httpPort}`);
    assert.equal((await run.get(`${base}/namespaces/team/inferenceservices`)).json.items.length, 1);
    assert.equal((await run.get(`${base}/namespaces/other/inferenceservices`)).json.items.length, 0);
    assert.equal((await run.get(`${base}/inferenceservices`)).json.items.length, 1);
    const missing = await run.get(`${base}/namespaces/team/inferenceservices/irsi`);
    assert.deepEqual([missing.status, missing.json.kind, missing.json.reason], [404, 'Status', 'NotFound']);
    const write = await send(
      run.server.httpPort,
      'DELETE',
      `${base}/namespaces/team/inferenceservices/iris`,
      undefined,
    );
    assert.ok(write.status === 405 || write.status === 403, String(write.status));
  });

  test('a Triton model of a storage that is not fetched from gets its runtime and a true reason', async () => {
    const yaml = service(
      'torchscript-cifar10',
      '{triton: {storageUri: "hdfs://kfserving-examples/models/torchscript", runtimeVersion: 21.08-py3}}',
    );
    await using run = await runYaml(yaml);
    const { status } = run.printed('torchscript-cifar10');
    assert.equal(status.clusterServingRuntimeName, 'kserve-tritonserver');
    const ready = await run.ready('torchscript-cifar10');
    assert.equal(ready.status, 'False');
    assert.match(ready.message ?? '', /hdfs:\/\/.*not yet supported.*TorchScript/);
    const answer = await run.post('torchscript-cifar10', '/v2/models/cifar10/infer', '{"inputs": []}');
    assert.ok(answer.status >= 400 && answer.status < 600 && answer.status !== 500, answer.text);
  });

  test('a stopped service is not loaded', async () => {
    const stopped = service(
      'iris',
      `{sklearn: {storageUri: "file://${IRIS}"}}`,
      ', annotations: {serving.kserve.io/stop: "true"}',
    );
    await using run = await runYaml(`${stopped}---\n${service('other', `{sklearn: {storageUri: "file://${IRIS}"}}`)}`);
    assert.equal((await run.ready('iris')).reason, 'Stopped');
    await run.assertReady('other');
  });

  test('ends with 0 on SIGTERM', async () => {
    const run = await runYaml(service('iris', `{sklearn: {storageUri: "file://${IRIS}"}}`));
    await run[Symbol.asyncDispose]();
    assert.throws(() => process.kill(run.server.pid, 0));
  });
});
