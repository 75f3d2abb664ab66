import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ControllerBench, isvcYaml } from '../testing/controller-bench.ts';
import { settle } from '../testing/fake-clock.ts';

/** What may happen to a service and to its controller. `pick` chooses among what there is. */
type Step =
  | { readonly do: 'uri'; readonly uri: string }
  | { readonly do: 'percent'; readonly percent: number | undefined }
  | { readonly do: 'replicas'; readonly count: number }
  | { readonly do: 'annotate'; readonly key: string; readonly value: string }
  | { readonly do: 'rewrite'; readonly uri: string; readonly content: string }
  | { readonly do: 'ready' | 'fail' | 'gone'; readonly pick: number }
  | { readonly do: 'wait'; readonly milliseconds: number }
  | { readonly do: 'restart' | 'delete' | 'demand' | 'confirm' }
  /** The controller dies at its n-th write from now. */
  | { readonly do: 'crash'; readonly after: number };

const URIS = ['/v1', '/v2', '/broken'];

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('uri' as const), uri: fc.constantFrom(...URIS) }),
  fc.record({ do: fc.constant('percent' as const), percent: fc.constantFrom(undefined, 0, 10, 60, 100) }),
  fc.record({ do: fc.constant('replicas' as const), count: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    do: fc.constant('annotate' as const),
    key: fc.constantFrom('serving.kserve.io/stop', 'berth.dev/restarted-at'),
    value: fc.constantFrom('true', 'false', 'now'),
  }),
  fc.record({
    do: fc.constant('rewrite' as const),
    uri: fc.constantFrom(...URIS),
    content: fc.string({ maxLength: 2 }),
  }),
  fc.record({
    do: fc.constantFrom('ready' as const, 'ready' as const, 'fail' as const, 'gone' as const),
    pick: fc.nat(),
  }),
  fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(10, 3_000, 70_000) }),
  fc.record({ do: fc.constantFrom('restart' as const, 'delete' as const, 'demand' as const, 'confirm' as const) }),
  fc.record({ do: fc.constant('crash' as const), after: fc.integer({ min: 1, max: 8 }) }),
);

async function take(bench: ControllerBench, one: Step): Promise<void> {
  const views = bench.substrate.replicas();
  const isThere = bench.object('iris') !== undefined;
  switch (one.do) {
    case 'uri':
      if (isThere) await bench.patch('iris', { sklearn: { storageUri: one.uri } });
      else await bench.apply(isvcYaml('iris', one.uri));
      return;
    case 'percent':
      if (isThere) await bench.patch('iris', { canaryTrafficPercent: one.percent });
      return;
    case 'replicas':
      if (isThere) await bench.patch('iris', { minReplicas: one.count });
      return;
    case 'annotate':
      if (isThere) await bench.patch('iris', {}, { [one.key]: one.value });
      return;
    case 'rewrite':
      bench.models.write(one.uri, one.content);
      return;
    case 'ready':
    case 'fail':
    case 'gone': {
      const view = views[one.pick % Math.max(1, views.length)];
      if (view === undefined) return;
      if (one.do === 'gone' || view.state === 'stopping') bench.substrate.gone(view.id);
      else if (one.do === 'fail' || isBroken(view)) bench.substrate.fail(view.id);
      else bench.substrate.ready(view.id);
      await settle();
      return;
    }
    case 'wait':
      await bench.clock.advance(one.milliseconds);
      return;
    case 'restart':
      await bench.start();
      return;
    case 'delete':
      await bench.delete('iris');
      return;
    case 'demand':
      for (const revision of Object.keys(bench.traffic('iris'))) {
        bench.routes.demand({ namespace: 'default', service: 'iris', revision });
      }
      await settle();
      return;
    case 'confirm':
      bench.routes.confirm();
      await settle();
      return;
    default:
      bench.crashAfter(one.after);
  }
}

const brokenPaths = new Set<string>();

function isBroken(view: { workload: { mounts: readonly { path: string }[] } }): boolean {
  return view.workload.mounts.some((mount) => brokenPaths.has(mount.path));
}

/** What holds at every moment, whatever has happened. */
function assertSafe(bench: ControllerBench, everReady: Set<string>): void {
  for (const view of bench.substrate.replicas()) if (view.state === 'ready') everReady.add(uidOf(view));
  const routed = bench.routes.table.get('default/iris');
  const percents = (routed?.traffic ?? []).map((one) => one.percent);
  if (percents.length > 0) {
    const sum = percents.reduce((left, right) => left + right, 0);
    assert.equal(sum, 100, 'shares add up');
  }
  for (const { endpoints } of routed?.revisions ?? []) {
    for (const { id } of endpoints) {
      const view = bench.substrate.replicas().find((one) => one.id === id);
      assert.ok(view === undefined || everReady.has(uidOf(view)), 'only what was ready gets requests');
    }
  }
  const isvc = bench.object('iris');
  const status = bench.status('iris');
  if (isvc === undefined || status.observedGeneration === undefined) return;
  assert.ok(status.observedGeneration <= isvc.metadata.generation);
}

function uidOf(view: { id: string }): string {
  return view.id;
}

test('whatever happens, and wherever the controller dies, a service ends up as its spec says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const bench = new ControllerBench();
      brokenPaths.clear();
      await bench.start();
      await bench.apply(isvcYaml('iris', '/v1'));
      const everReady = new Set<string>();
      for (const one of steps) {
        brokenPaths.add(`/cache/${bench.models.digest('/broken').slice(0, 8)}`);
        await take(bench, one);
        assertSafe(bench, everReady);
      }
      // The faults end: what was asked for last comes about.
      bench.routes.confirm();
      bench.crashAfter(undefined);
      bench.models.write('/good', 'good');
      await bench.start();
      if (bench.object('iris') === undefined) await bench.apply(isvcYaml('iris', '/good'));
      const settings = { sklearn: { storageUri: '/good' }, canaryTrafficPercent: undefined, minReplicas: 2 };
      await bench.patch('iris', settings, { 'serving.kserve.io/stop': 'false' });
      for (let turn = 0; turn < 12; turn++) {
        await bench.converge(isBroken);
        await bench.clock.advance(5_000);
      }
      const revision = bench.status('iris').components?.predictor?.latestCreatedRevision ?? '';
      assert.equal(bench.condition('iris'), 'True', JSON.stringify(bench.status('iris').conditions));
      assert.deepEqual(bench.traffic('iris'), { [revision]: 100 });
      assert.deepEqual(bench.running(), [revision]);
      assert.ok(bench.live().length >= 2);
      const path = `/cache/${bench.models.digest('/good').slice(0, 8)}`;
      assert.ok(bench.live().every((view) => view.workload.mounts[0]?.path === path));
      assert.equal(bench.store.list('Pod').length, bench.substrate.replicas().length);
      assert.deepEqual(bench.errors.map(String), []);
    }),
    { numRuns: 150 },
  );
});
