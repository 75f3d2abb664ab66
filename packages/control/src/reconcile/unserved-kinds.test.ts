import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '@berth/api';
import type { ApiObject } from '../store/resource-store.ts';
import { ControllerBench } from '../testing/controller-bench.ts';

test('graphs say that they are not served yet, once', async () => {
  const bench = new ControllerBench();
  const make = (kind: string, spec: object) =>
    bench.store.create({
      apiVersion: 'serving.kserve.io/v1alpha1',
      kind,
      metadata: { name: 'x', namespace: 'default' },
      spec,
    });
  make('InferenceGraph', { nodes: {} });
  await bench.start();
  await bench.clock.advance(10);
  for (const kind of ['InferenceGraph']) {
    const object = bench.store.get({ kind, namespace: 'default', name: 'x' });
    const { conditions, observedGeneration } = (object as ApiObject).status as {
      conditions: Condition[];
      observedGeneration: number;
    };
    assert.deepEqual(
      [conditions[0]?.type, conditions[0]?.status, conditions[0]?.reason],
      ['Ready', 'False', 'NotServedYet'],
    );
    assert.equal(observedGeneration, 1);
    await bench.clock.advance(130_000);
    const later = bench.store.get({ kind, namespace: 'default', name: 'x' });
    assert.equal(later?.metadata.resourceVersion, object?.metadata.resourceVersion);
  }
  assert.deepEqual(bench.errors, []);
});
