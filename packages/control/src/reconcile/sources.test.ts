import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControllerBench, isvcYaml } from '../testing/controller-bench.ts';

const R1 = 'iris-predictor-00001';
const R2 = 'iris-predictor-00002';

async function ready(more: Parameters<typeof isvcYaml>[2] = {}): Promise<ControllerBench> {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(isvcYaml('iris', '/v1', more));
  await bench.converge();
  assert.equal(bench.condition('iris'), 'True');
  return bench;
}

describe('where the files come from', () => {
  test('a download shows how far it is, and a failure why', async () => {
    const bench = new ControllerBench();
    await bench.start();
    bench.models.answer('/v1', { state: 'fetching', message: '40 of 90 MB', doneBytes: 40 });
    await bench.apply(isvcYaml('iris', '/v1'));
    const predictor = () => bench.status('iris').conditions?.find((one) => one.type === 'PredictorReady');
    assert.deepEqual([predictor()?.status, predictor()?.reason], ['Unknown', 'ModelDownloading']);
    assert.match(predictor()?.message ?? '', /40 of 90 MB/);
    const failure = { reason: 'NotFound', kserveReason: 'ModelLoadFailed', message: 'there is no /v1' } as const;
    bench.models.answer('/v1', { state: 'failed', ...failure, retryAt: new Date() });
    await bench.clock.advance(100);
    assert.deepEqual([predictor()?.status, predictor()?.reason], ['False', 'NotFound']);
    const { modelStatus } = bench.status('iris');
    assert.equal(modelStatus?.transitionStatus, 'BlockedByFailedLoad');
    assert.equal(modelStatus?.lastFailureInfo?.location, '/v1');
    assert.equal(bench.routes.table.get('default/iris')?.unavailable?.reason, 'NotFound');
    bench.models.answer('/v1', undefined);
    await bench.clock.advance(100);
    await bench.converge();
    assert.equal(bench.condition('iris'), 'True');
  });

  test('other bytes than the annotation says are never served', async () => {
    const bench = new ControllerBench();
    await bench.start();
    const digest = bench.models.digest('/v1');
    await bench.apply(isvcYaml('iris', '/v2', { metadata: `, annotations: {berth.dev/model-sha256: ${digest}}` }));
    await bench.converge();
    assert.equal(bench.reason('iris'), 'DigestMismatch');
    assert.deepEqual(bench.substrate.started, []);
    await bench.patch('iris', { sklearn: { storageUri: '/v1' } });
    await bench.converge();
    assert.equal(bench.condition('iris'), 'True');
    await bench.patch('iris', {}, { 'berth.dev/model-sha256': 'rubbish' });
    await bench.converge();
    assert.equal(bench.reason('iris'), 'DigestMismatch');
  });

  test('a restart with the same bytes gives fresh replicas of the same revision, one ready before one goes', async () => {
    const bench = await ready();
    const [old] = bench.live();
    await bench.patch('iris', {}, { 'berth.dev/restarted-at': '2026-01-02T04:00:00Z' });
    assert.equal(bench.live().length, 2);
    assert.equal(bench.routes.table.get('default/iris')?.revisions[0]?.endpoints[0]?.id, old?.id);
    await bench.converge();
    assert.equal(bench.live().length, 1);
    assert.notEqual(bench.live()[0]?.id, old?.id);
    assert.equal(bench.store.list('Revision').length, 1);
    assert.equal(bench.condition('iris'), 'True');
    const started = bench.substrate.started.length;
    await bench.start();
    await bench.converge();
    assert.equal(bench.substrate.started.length, started);
  });

  test('a restart with new bytes gives a new revision', async () => {
    const bench = await ready();
    bench.models.write('/v1', 'other bytes');
    await bench.clock.advance(60_000);
    assert.equal(bench.store.list('Revision').length, 1);
    await bench.patch('iris', { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } });
    await bench.converge();
    assert.deepEqual(bench.running(), [R2]);
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
  });

  test('a rollback serves the bytes of its revision without asking, past polls, until a restart or another spec', async () => {
    const bench = await ready({ metadata: ', annotations: {berth.dev/poll-interval: 1m}' });
    const first = bench.models.digest('/v1');
    bench.models.write('/v1', 'other bytes');
    await bench.clock.advance(61_000);
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
    const digestOf = (name: string) =>
      (bench.store.get({ kind: 'Revision', namespace: 'default', name })?.spec as { modelDigest?: string })
        ?.modelDigest;
    const asked = bench.models.asked.length;
    await bench.patch('iris', {}, { 'berth.dev/rollback-to': R1 });
    await bench.converge();
    const R3 = 'iris-predictor-00003';
    assert.deepEqual(bench.traffic('iris'), { [R3]: 100 });
    assert.equal(digestOf(R3), first);
    await bench.clock.advance(300_000);
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R3]: 100 });
    assert.equal(bench.models.asked.length, asked);
    // Another wish for the bytes wins.
    await bench.patch('iris', {}, { 'berth.dev/model-sha256': 'f'.repeat(64) });
    assert.equal(bench.reason('iris'), 'DigestMismatch');
    await bench.patch('iris', {}, { 'berth.dev/model-sha256': undefined });
    await bench.patch('iris', {}, { 'berth.dev/rollback-to': undefined, 'berth.dev/restarted-at': 'now' });
    await bench.converge();
    assert.equal(digestOf(bench.running()[0] ?? ''), bench.models.digest('/v1'));
    await bench.patch('iris', { sklearn: { storageUri: '/v3' } }, { 'berth.dev/rollback-to': R1 });
    await bench.converge();
    assert.equal(digestOf(bench.running()[0] ?? ''), bench.models.digest('/v3'));
  });

  test('a rollback whose bytes are gone, here and at the source, says so and serves no others', async () => {
    const bench = await ready();
    const first = bench.models.digest('/v1');
    bench.models.write('/v1', 'other bytes');
    await bench.patch('iris', {}, { 'berth.dev/restarted-at': 'now' });
    await bench.converge();
    bench.models.evict(first);
    await bench.patch('iris', {}, { 'berth.dev/rollback-to': R1 });
    await bench.converge();
    assert.equal(bench.reason('iris'), 'RevisionMissing');
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
  });

  test('a restart whose source is gone says so while the old replicas serve', async () => {
    const bench = await ready();
    bench.models.answer('/v1', {
      state: 'failed',
      reason: 'NotFound',
      kserveReason: 'ModelLoadFailed',
      message: 'there is no /v1',
    });
    await bench.patch('iris', {}, { 'berth.dev/restarted-at': 'now' });
    assert.equal(bench.reason('iris'), 'NotFound');
    assert.deepEqual(bench.traffic('iris'), { [R1]: 100 });
    assert.equal(bench.live(R1)[0]?.state, 'ready');
  });

  test('polling finds new bytes, and a poll that fails harms nothing', async () => {
    const bench = await ready({ metadata: ', annotations: {berth.dev/poll-interval: 1m}' });
    bench.models.answer('/v1', {
      state: 'failed',
      reason: 'DownloadFailed',
      kserveReason: 'ModelLoadFailed',
      message: 'no network',
    });
    await bench.clock.advance(61_000);
    assert.equal(bench.condition('iris'), 'True');
    bench.models.answer('/v1', undefined);
    bench.models.write('/v1', 'other bytes');
    await bench.clock.advance(61_000);
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
    assert.equal(bench.condition('iris'), 'True');
  });

  test('a controller that starts anew asks no source and starts no replica', async () => {
    const bench = await ready();
    const before = bench.object('iris')?.metadata.resourceVersion;
    const asked = bench.models.asked.length;
    await bench.start();
    await bench.clock.advance(10_000);
    assert.equal(bench.models.asked.length, asked);
    assert.equal(bench.substrate.started.length, 1);
    assert.equal(bench.store.list('Revision').length, 1);
    assert.equal(bench.object('iris')?.metadata.resourceVersion, before, 'the status was right and stays');
  });

  test('bytes that were cleaned away are fetched before a replica starts', async () => {
    const bench = await ready();
    bench.models.evict(bench.models.digest('/v1'));
    const [old] = bench.live();
    bench.substrate.gone(old?.id ?? '');
    await bench.clock.advance(100);
    const [fresh] = bench.live();
    assert.match(fresh?.workload.mounts[0]?.path ?? '', /^\/cache\//);
    await bench.converge();
    assert.equal(bench.condition('iris'), 'True');
    assert.equal(bench.store.list('Revision').length, 1);
  });

  test('the bytes of an older revision are fetched again for a roll-back; other bytes never pass for them', async () => {
    const bench = await ready();
    await bench.patch('iris', { sklearn: { storageUri: '/v2' } });
    await bench.converge();
    bench.models.evict(bench.models.digest('/v1'));
    bench.models.write('/v1', 'other bytes');
    await bench.patch('iris', { canaryTrafficPercent: 0 });
    await bench.converge();
    assert.deepEqual(bench.traffic('iris'), { [R2]: 100 });
    assert.ok(bench.live(R1).every((view) => view.workload.mounts[0]?.path === `/cache/${bench.models.digest('/v1')}`));
    assert.equal(bench.condition('iris'), 'False');
    assert.equal(bench.reason('iris'), 'RevisionFilesGone');
  });
});

describe('what a replica is given', () => {
  test('a Secret that is not there is the reason, and making it mends it', async () => {
    const bench = new ControllerBench();
    await bench.start();
    const env = 'env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: mine, key: token}}}]';
    await bench.apply(`apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: iris}
spec: {predictor: {sklearn: {storageUri: /v1, ${env}}}}`);
    assert.equal(bench.reason('iris'), 'CreateContainerConfigError');
    assert.match(bench.status('iris').conditions?.find((one) => one.type === 'Ready')?.message ?? '', /Secret "mine"/);
    await bench.apply(
      'apiVersion: v1\nkind: Secret\nmetadata: {name: mine, namespace: default}\ndata: {token: czNjcjN0}',
    );
    await bench.converge();
    assert.equal(bench.condition('iris'), 'True');
    assert.equal(bench.live()[0]?.workload.env.TOKEN, 's3cr3t');
    const written = JSON.stringify(
      ['InferenceService', 'Revision', 'Pod', 'Event'].map((kind) => bench.store.list(kind)),
    );
    assert.ok(!written.includes('s3cr3t'));
  });

  test('a change of a runtime of the user makes a new revision, unless the service holds still', async () => {
    const runtime = (image: string) => `apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata: {name: mine, namespace: default}
spec:
  supportedModelFormats: [{name: sklearn, autoSelect: true}]
  protocolVersions: [v1]
  containers: [{name: kserve-container, image: "${image}"}]
`;
    for (const holdsStill of [false, true]) {
      const bench = new ControllerBench();
      await bench.start();
      await bench.apply(runtime('acme/sklearnserver:1'));
      const metadata = holdsStill ? ', annotations: {serving.kserve.io/disable-auto-update: "true"}' : '';
      await bench.apply(isvcYaml('iris', '/v1', { metadata }));
      await bench.converge();
      assert.equal(bench.status('iris').servingRuntimeName, 'mine');
      const container = 'containers: [{name: kserve-container, image: "acme/sklearnserver:1", args: [--nthread=2]}]';
      await bench.apply(runtime('acme/sklearnserver:1').replace(/containers: .*/, container));
      await bench.converge();
      assert.equal(bench.store.list('Revision').length, holdsStill ? 1 : 2);
    }
  });
});

test('keys that nothing reads are events of the service, also those of its ServiceAccount and Secrets', async () => {
  const bench = new ControllerBench();
  await bench.start();
  await bench.apply(`apiVersion: v1
kind: Secret
metadata: {name: minio, namespace: default, annotations: {serving.kserve.org/s3-endpoint: "x:9000", example.com/owner: me}}
stringData: {AWS_ACCESS_KEY_ID: a}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa, namespace: default, annotations: {serving.kserve.io/s3-verifySSL: "0"}}
secrets: [{name: minio}]`);
  await bench.apply(
    isvcYaml('iris', '/v1', {
      predictor: ', serviceAccountName: sa',
      metadata: ', annotations: {berth.dev/retires: "off"}',
    }),
  );
  bench.models.warn(
    { namespace: 'default', service: 'iris' },
    'annotation "serving.kserve.org/s3-endpoint" is not read: once',
  );
  bench.models.answer('/v1', undefined);
  await bench.clock.advance(10);
  assert.deepEqual(bench.events('StorageWarning'), [], 'nothing is told twice');
  const texts = bench.events('SpecWarning').map((one) => String(one.message));
  for (const part of ['serving.kserve.org/s3-endpoint', 'serving.kserve.io/s3-verifyssl', 'berth.dev/retries']) {
    assert.ok(
      texts.some((one) => one.includes(part)),
      part,
    );
  }
  assert.ok(!texts.some((one) => one.includes('example.com/owner')));
});
