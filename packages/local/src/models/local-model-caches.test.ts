import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ApiObject, ResourceStore, StoreEvent } from '@berth/control';
import { listCache } from '@berth/storage';
import { keepLocalModels } from './local-model-caches.ts';
import { createModelSource } from './model-source.ts';

/** A store of one object at most that tells of its changes. */
function smallStore() {
  let object: ApiObject | undefined;
  const listeners = new Set<(event: StoreEvent) => void>();
  const tell = (type: StoreEvent['type'], about: ApiObject) => {
    for (const listener of listeners) listener({ type, object: about });
  };
  const store = {
    get: () => object,
    list: () => (object === undefined ? [] : [object]),
    watch: (listener: (event: StoreEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    updateStatus: (next: ApiObject) => {
      object = next;
      tell('MODIFIED', next);
      return next;
    },
  } as Partial<ResourceStore> as ResourceStore;
  return {
    store,
    status: () => object?.status as { copies: { available: number; failed: number }; message?: string } | undefined,
    add: (next: ApiObject) => {
      object = next;
      tell('ADDED', next);
    },
    remove: () => {
      const gone = object as ApiObject;
      object = undefined;
      tell('DELETED', gone);
    },
  };
}

test('a LocalModelCache brings its model, keeps it while it is there, and says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-models-'));
  const cacheFolder = join(folder, 'cache');
  const model = join(folder, 'model.json');
  await writeFile(model, 'x');
  const { store, status, add, remove } = smallStore();
  const models = createModelSource({ store, cacheFolder, env: {} });
  const stop = keepLocalModels({ store, models, cacheFolder });
  const changed = () =>
    new Promise<void>((resolve) => {
      const end = models.onChange(() => {
        end();
        setImmediate(resolve);
      });
    });
  try {
    add({
      apiVersion: 'serving.kserve.io/v1alpha1',
      kind: 'LocalModelCache',
      metadata: { name: 'iris' },
      spec: { sourceModelUri: `file://${model}`, modelSize: '1Mi', nodeGroups: ['workers'] },
    } as unknown as ApiObject);
    while (status()?.copies.available !== 1) await changed();
    await stop();
    const [kept] = await listCache(cacheFolder);
    assert.deepEqual(kept?.pinnedBy, ['LocalModelCache/iris']);
    const again = keepLocalModels({ store, models, cacheFolder });
    remove();
    await again();
    assert.deepEqual((await listCache(cacheFolder))[0]?.pinnedBy, []);
  } finally {
    await models.close();
    await rm(folder, { recursive: true, force: true });
  }
});
