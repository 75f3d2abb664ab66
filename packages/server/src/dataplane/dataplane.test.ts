import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InferRequest, type InferResponse, invalidInput, type Model } from '@berth/inference';
import { MetricsRegistry, renderPrometheus } from '@berth/telemetry';
import { createModelRepository } from '../repository/repository.ts';
import { fakeModel } from '../wire/models.ts';
import { createDataplane, type DataplaneOptions } from './dataplane.ts';

const REQUEST: InferRequest = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [3, 1], data: new Float32Array(3) }],
  layout: 'tensors',
  outputs: [],
};

async function setUp(model: Model, options: Partial<DataplaneOptions> = {}) {
  const metrics = new MetricsRegistry();
  const repository = createModelRepository({
    flavour: 'mlserver',
    discover: async () => [{ name: 'iris', version: '1' }],
    load: async () => model,
  });
  await repository.loadAll();
  const dataplane = createDataplane({ metrics, ...options });
  const service = { namespace: 'default', name: 's', hosts: [], flavour: 'mlserver' as const, repository };
  return { dataplane, service, repository, text: () => renderPrometheus(metrics.snapshot()) };
}

/** A model whose answers a test gives, in order. */
function pendingModel() {
  const pending: { resolve: (response: InferResponse) => void; reject: (error: unknown) => void }[] = [];
  const model: Model = {
    ...fakeModel({}, () => []),
    infer: () => new Promise((resolve, reject) => pending.push({ resolve, reject })),
  };
  return { model, pending };
}

const NEXT_TURN = () => new Promise((resolve) => setImmediate(resolve));

describe('the dataplane', () => {
  it('answers a synchronous model without a promise, and counts it', async () => {
    const { dataplane, service, text } = await setUp(fakeModel({}, () => []));
    const response = dataplane.infer(service, 'iris', undefined, REQUEST, 'v2');
    assert.ok(!(response instanceof Promise));
    const [{ statistics, version }] = dataplane.statistics(service, 'iris');
    assert.equal(version, '1');
    assert.equal(statistics.success.count, 1);
    assert.equal(statistics.inferenceCount, 3);
    assert.equal(statistics.executionCount, 1);
    assert.match(text(), /berth_inference_success_total\{model="iris",version="1",protocol="v2"\} 1/);
    assert.match(text(), /request_predict_seconds_count\{model_name="iris"\} 1/);
    assert.match(text(), /model_infer_request_success_total\{model="iris",version="1"\} 1/);
  });

  it('counts each failure once, by kind, and keeps what was thrown from the client', async () => {
    const bad = await setUp(
      fakeModel({}, () => {
        throw invalidInput('row 0, column 2');
      }),
    );
    assert.throws(() => bad.dataplane.infer(bad.service, 'iris', undefined, REQUEST, 'v1'), { code: 'INVALID_INPUT' });
    assert.match(bad.text(), /failure_total\{model="iris",version="1",protocol="v1",code="INVALID_INPUT"\} 1/);
    assert.match(bad.text(), /model_infer_request_failure_total\{model="iris",version="1"\} 1/);
    const broken = await setUp(
      fakeModel({}, () => {
        throw new Error('secret');
      }),
    );
    assert.throws(() => broken.dataplane.infer(broken.service, 'iris', undefined, REQUEST), {
      code: 'INTERNAL',
      message: 'internal error; the server log has the cause',
    });
  });

  it('makes no series for names that are not served', async () => {
    const { dataplane, service, text } = await setUp(fakeModel({}, () => []));
    for (const name of ['a', 'b', 'c']) {
      assert.throws(() => dataplane.infer(service, name, undefined, REQUEST, 'v1'), { code: 'NOT_FOUND' });
      dataplane.recordFailure(service, name, undefined, 'v1', 'NOT_FOUND');
    }
    dataplane.recordFailure(service, 'iris', '99', 'v1', 'NOT_FOUND');
    assert.match(text(), /failure_total\{model="",version="",protocol="v1",code="NOT_FOUND"\} 7/);
    assert.doesNotMatch(text(), /model="[abc]"|"99"/);
  });

  it('lets a bounded number in, lets a bounded number wait, refuses the rest at once', async () => {
    const { model, pending } = pendingModel();
    const { dataplane, service, text } = await setUp(model, { maxInFlight: 2, maxQueued: 1 });
    const send = () => Promise.resolve(dataplane.infer(service, 'iris', undefined, REQUEST));
    const [first, second, third] = [send(), send(), send()];
    await assert.rejects(send(), { code: 'OVERLOADED', retryAfterSeconds: 1 });
    assert.equal(pending.length, 2);
    assert.match(text(), /berth_in_flight_requests\{model="iris"\} 2/);
    pending[0].resolve({ outputs: [] });
    await first;
    await NEXT_TURN();
    assert.equal(pending.length, 3);
    pending[1].reject(invalidInput('no'));
    pending[2].resolve({ outputs: [] });
    await assert.rejects(second, { code: 'INVALID_INPUT' });
    await third;
    assert.match(text(), /berth_in_flight_requests\{model="iris"\} 0/);
    assert.match(text(), /code="OVERLOADED"\} 1/);
  });

  it('never starts work for a client that went away while it waited', async () => {
    const { model, pending } = pendingModel();
    const { dataplane, service } = await setUp(model, { maxInFlight: 1, maxQueued: 5 });
    const first = dataplane.infer(service, 'iris', undefined, REQUEST);
    const abort = new AbortController();
    const second = dataplane.infer(service, 'iris', undefined, { ...REQUEST, signal: abort.signal });
    abort.abort();
    await assert.rejects(Promise.resolve(second), { code: 'CANCELLED' });
    pending[0].resolve({ outputs: [] });
    await first;
    await NEXT_TURN();
    assert.equal(pending.length, 1);
    // The place it waited for is free: the next two have it one after the other.
    const next = [0, 1].map(() => dataplane.infer(service, 'iris', undefined, REQUEST));
    for (const index of [0, 1]) {
      await NEXT_TURN();
      assert.equal(pending.length, index + 2);
      pending[index + 1].resolve({ outputs: [] });
      await next[index];
    }
  });

  it('holds an unload until asynchronous requests have ended', async () => {
    const { model, pending } = pendingModel();
    const { dataplane, service, repository } = await setUp(model, { maxInFlight: 1, maxQueued: 1 });
    const answers = [0, 1].map(() => dataplane.infer(service, 'iris', undefined, REQUEST));
    let unloaded = false;
    const unload = repository.unload('iris').then(() => {
      unloaded = true;
    });
    await NEXT_TURN();
    pending[0].resolve({ outputs: [] });
    await answers[0];
    await NEXT_TURN();
    assert.equal(unloaded, false);
    pending[1].resolve({ outputs: [] });
    await answers[1];
    await unload;
  });

  it('refuses outputs that the model lacks, and names those it has', async () => {
    const outputs = [{ name: 'predict', datatype: 'INT64' as const, shape: [-1] }];
    const { dataplane, service } = await setUp(fakeModel({ outputs }, () => []));
    const asking = (names: string[]) => () =>
      dataplane.infer(service, 'iris', undefined, { ...REQUEST, outputs: names });
    assert.throws(asking(['predict_proba']), { code: 'INVALID_INPUT', message: /these outputs: predict$/ });
    assert.throws(asking(['predict', 'predict']), { code: 'INVALID_INPUT' });
    asking(['predict'])();
  });
});
