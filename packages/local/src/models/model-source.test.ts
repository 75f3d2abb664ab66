import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ApiObject, ModelRequest, ModelState, ResourceStore } from '@berth/control';
import { type FetchedModel, type FetchOptions, fetchModel, listCache, ModelCache, StorageError } from '@berth/storage';
import type { Clock } from '../processes/clock.ts';
import { createModelSource, type LocalModelSource } from './model-source.ts';

/** A place where no folder can be made. */
const NO_CACHE = '/dev/null/cache';

/** A store with what a test puts in; nobody writes to it here. */
function storeWith(objects: readonly ApiObject[] = []): ResourceStore {
  return {
    get: (key) =>
      objects.find(
        (one) => one.kind === key.kind && one.metadata.name === key.name && one.metadata.namespace === key.namespace,
      ),
    list: (kind, options) =>
      objects.filter(
        (one) =>
          one.kind === kind && (options?.namespace === undefined || one.metadata.namespace === options.namespace),
      ),
    watch: () => () => undefined,
  } as Partial<ResourceStore> as ResourceStore;
}

/** Time that stands still until a test moves it. */
class StillClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; work: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, work: () => void): () => void {
    const timer = { at: this.#now + milliseconds, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  get waiting(): number {
    return this.#timers.length;
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#timers.filter((one) => one.at <= this.#now);
    this.#timers = this.#timers.filter((one) => one.at > this.#now);
    for (const { work } of due) work();
  }
}

function request(uri: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { namespace: 'default', service: 'iris', uri, annotations: {}, env: {}, refresh: '', ...more };
}

/** Waits until a request is no longer being fetched. */
async function settled(source: LocalModelSource, wish: ModelRequest): Promise<ModelState> {
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      const stop = source.onChange(() => {
        stop();
        resolve();
      });
    });
    const state = source.ask(wish);
    if (state.state !== 'fetching') return state;
    await changed;
  }
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-models-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('a model on this machine', () => {
  const withModel = (work: (source: LocalModelSource, file: string) => Promise<void>) =>
    withFolder(async (folder) => {
      const file = join(folder, 'model.json');
      await writeFile(file, 'first');
      const source = createModelSource({ store: storeWith(), cacheFolder: join(folder, 'cache'), env: {} });
      try {
        await work(source, file);
      } finally {
        await source.close();
      }
    });

  test('becomes ready, keeps its bytes, and is asked anew on request', () =>
    withModel(async (source, file) => {
      const uri = `file://${file}`;
      assert.equal(source.ask(request(uri)).state, 'fetching');
      const first = await settled(source, request(uri));
      assert.ok(first.state === 'ready');
      await writeFile(file, 'second');
      assert.deepEqual(await settled(source, request(uri)), first);
      const second = await settled(source, request(uri, { refresh: 'now' }));
      assert.ok(second.state === 'ready');
      assert.notEqual(second.digest, first.digest);
      assert.equal(await readFile(first.path, 'utf8'), 'first');
      assert.equal(await readFile(second.path, 'utf8'), 'second');
      assert.equal(source.find(first.digest), first.path);
      assert.equal(source.find('0'.repeat(64)), undefined);
    }));

  test('with another digest than the expected one is refused', () =>
    withModel(async (source, file) => {
      const state = await settled(source, request(file, { sha256: '0'.repeat(64) }));
      assert.ok(state.state === 'failed');
      assert.equal(state.reason, 'DigestMismatch');
    }));

  test('finds room by cleaning away what nobody used for long', () =>
    withFolder(async (folder) => {
      const cacheFolder = join(folder, 'cache');
      const old = join(folder, 'old.json');
      await writeFile(old, 'old');
      const { digest = '' } = await fetchModel(old, { cacheFolder, copyUpToBytes: 100 });
      const then = new Date(Date.now() - 7_200_000);
      await utimes(new ModelCache(cacheFolder).records.path(digest), then, then);
      let tries = 0;
      const source = createModelSource({
        store: storeWith(),
        cacheFolder,
        env: {},
        fetch: async (uri, options) => {
          if (++tries === 1) throw new StorageError('NoSpace', 'no room');
          return fetchModel(uri, options);
        },
      });
      const file = join(folder, 'new.json');
      await writeFile(file, 'new');
      assert.equal((await settled(source, request(file))).state, 'ready');
      assert.deepEqual(
        (await listCache(cacheFolder)).map((model) => model.source),
        [file],
      );
      await source.close();
    }));

  test('without room in spite of all says what is needed, and is tried again', async () => {
    const source = createModelSource({
      store: storeWith(),
      cacheFolder: NO_CACHE,
      env: {},
      fetch: async () => {
        throw new StorageError('NoSpace', 'needs 10 bytes and has 1 bytes free');
      },
    });
    const state = await settled(source, request('/m'));
    assert.ok(state.state === 'failed');
    assert.deepEqual([state.reason, state.message], ['StorageFull', 'needs 10 bytes and has 1 bytes free']);
    assert.ok(state.retryAt !== undefined);
    await source.close();
  });

  test('that is damaged in the cache is noticed before a replica starts, and brought anew', () =>
    withModel(async (source, file) => {
      const ready = await settled(source, request(file));
      assert.ok(ready.state === 'ready');
      await chmod(ready.path, 0o600);
      await writeFile(ready.path, 'fIrst');
      assert.equal(await source.checkPath('/not/ours'), true);
      assert.equal(await source.checkPath(ready.path), false);
      const again = await settled(source, request(file));
      assert.ok(again.state === 'ready');
      assert.equal(again.digest, ready.digest);
      assert.equal(await readFile(again.path, 'utf8'), 'first');
    }));

  test('that is not there is said so', () =>
    withModel(async (source, file) => {
      const state = await settled(source, request(`${file}x`));
      assert.ok(state.state === 'failed');
      assert.equal(state.reason, 'NotFound');
      assert.match(state.message, /model\.json/);
      assert.ok(state.retryAt !== undefined);
    }));
});

describe('pvc://', () => {
  test("follows the claim's annotation", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'model.json'), 'x');
      const claim = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'store', namespace: 'default', annotations: { 'berth.dev/folder': folder } },
      } as unknown as ApiObject;
      const source = createModelSource({ store: storeWith([claim]), cacheFolder: join(folder, 'cache'), env: {} });
      assert.equal((await settled(source, request('pvc://store/model.json'))).state, 'ready');
      const elsewhere = await settled(source, request('pvc://store/model.json', { namespace: 'other' }));
      assert.ok(elsewhere.state === 'failed');
      assert.match(elsewhere.message, /--volume store=FOLDER/);
      await source.close();
    }));
});

describe('credentials', () => {
  const secret = (name: string, values: Record<string, string>) =>
    ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'default' },
      data: Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
      ),
    }) as unknown as ApiObject;
  const annotations = { 'serving.kserve.io/storageSecretName': 'mine' };

  async function asked(objects: readonly ApiObject[], wish: ModelRequest) {
    const calls: { uri: string; options: FetchOptions }[] = [];
    const source = createModelSource({
      store: storeWith(objects),
      cacheFolder: NO_CACHE,
      env: {},
      fetch: async (uri, options) => {
        calls.push({ uri, options });
        return { path: '/m', digest: 'd'.repeat(64), fromCache: false };
      },
    });
    const state = await settled(source, wish);
    const warnings = source.warnings(wish);
    await source.close();
    return { state, call: calls[0], warnings };
  }

  test('come from the Secret that the annotation names', async () => {
    const { call } = await asked([secret('mine', { HF_TOKEN: 'hf_1' })], request('hf://o/m', { annotations }));
    assert.equal(call?.options.credentials?.env.HF_TOKEN, 'hf_1');
  });

  test('that are not there are said so', async () => {
    const { state, call } = await asked([], request('hf://o/m', { annotations }));
    assert.ok(state.state === 'failed');
    assert.equal(state.reason, 'SecretNotFound');
    assert.match(state.message, /mine/);
    assert.equal(call, undefined);
  });

  test('of a storage block give the URI as well', async () => {
    const config = JSON.stringify({ type: 's3', access_key_id: 'id', secret_access_key: 'key', bucket: 'models' });
    const wish: ModelRequest = {
      namespace: 'default',
      service: 'iris',
      storage: { key: 'minio', path: 'iris' },
      annotations: {},
      env: {},
      refresh: '',
    };
    const { call, state } = await asked([secret('storage-config', { minio: config })], wish);
    assert.equal(state.state, 'ready', JSON.stringify(state));
    assert.equal(call?.uri, 's3://models/iris');
  });

  test("for an image are the ServiceAccount's imagePullSecrets", async () => {
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
      imagePullSecrets: [{ name: 'pull' }, { name: 'not-there' }],
    } as unknown as ApiObject;
    const auths = { 'r.io': { username: 'me', password: 'p' } };
    const pull = secret('pull', { '.dockerconfigjson': JSON.stringify({ auths }) });
    const { call } = await asked([account, pull], request('oci://r.io/iris'));
    const given = call?.options.credentials;
    assert.deepEqual(JSON.parse(given?.files[given.env.KSERVE_OCI_DOCKER_CONFIG ?? ''] ?? '{}'), { auths });
  });

  test('that change start what had failed anew, and leave what is ready', async () => {
    const objects: ApiObject[] = [];
    let tries = 0;
    const source = createModelSource({
      store: storeWith(objects),
      cacheFolder: NO_CACHE,
      env: {},
      fetch: async () => {
        tries++;
        return { path: '/m', digest: 'd'.repeat(64), fromCache: false };
      },
    });
    const wish = request('hf://o/m', { annotations });
    assert.equal((await settled(source, wish)).state, 'failed');
    objects.push(secret('mine', { HF_TOKEN: 'one' }));
    assert.equal((await settled(source, wish)).state, 'ready');
    objects[0] = secret('mine', { HF_TOKEN: 'two' });
    assert.equal((await settled(source, wish)).state, 'ready');
    assert.equal(tries, 1);
    await source.close();
  });
});

describe('a remote model', () => {
  interface Call {
    readonly uri: string;
    readonly options: FetchOptions;
    succeed(model?: Partial<FetchedModel>): Promise<void>;
    fail(error: Error): Promise<void>;
  }

  function remote() {
    const calls: Call[] = [];
    const clock = new StillClock();
    const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
    const source = createModelSource({
      store: storeWith(),
      cacheFolder: NO_CACHE,
      clock,
      env: {},
      random: () => 1,
      fetch: (uri, options) =>
        new Promise((resolve, reject) => {
          options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
          calls.push({
            uri,
            options,
            succeed: (model = {}) => {
              resolve({ path: '/m', digest: 'd'.repeat(64), bytes: 1, fromCache: false, ...model });
              return settle();
            },
            fail: (error) => {
              reject(error);
              return settle();
            },
          });
        }),
    });
    const call = (index: number) => calls[index] as Call;
    return { source, clock, calls, call, settle };
  }
  const uri = 'https://models.example/m.json';

  test('is fetched once for all services that want it', async () => {
    const { source, calls, call, settle } = remote();
    source.ask(request(uri));
    source.ask(request(uri, { service: 'other' }));
    source.ask(request(uri));
    await settle();
    assert.equal(calls.length, 1);
    await call(0).succeed();
    assert.equal(source.ask(request(uri)).state, 'ready');
    assert.equal(source.ask(request(uri, { service: 'other' })).state, 'ready');
    await source.close();
  });

  test('tells its progress, not too often', async () => {
    const { source, clock, call, settle } = remote();
    let told = 0;
    source.onChange(() => told++);
    source.ask(request(uri));
    await settle();
    const progress = (doneBytes: number) =>
      call(0).options.onProgress?.({ phase: 'downloading', doneBytes, totalBytes: 2_000_000 });
    progress(0);
    clock.pass(1000);
    progress(500_000);
    for (let count = 0; count < 100; count++) progress(500_000 + count);
    await settle();
    const state = source.ask(request(uri));
    assert.ok(state.state === 'fetching');
    assert.equal(state.message, 'downloading 25 % of 2.0 MB, 500 kB/s');
    assert.equal(told, 2);
    await source.close();
  });

  test('that fails says why at once and is tried again, later each time', async () => {
    const { source, clock, calls, call, settle } = remote();
    source.ask(request(uri));
    await settle();
    await call(0).fail(new StorageError('DownloadFailed', 'nothing listens there', { isTransient: true }));
    const state = source.ask(request(uri));
    assert.ok(state.state === 'failed');
    assert.deepEqual([state.reason, state.kserveReason], ['DownloadFailed', 'ModelLoadFailed']);
    assert.equal(state.retryAt?.getTime(), clock.now() + 2000);
    clock.pass(2000);
    await settle();
    assert.equal(calls.length, 2);
    // It stays failed until there is something better to tell.
    assert.equal(source.ask(request(uri)).state, 'failed');
    await call(1).fail(new StorageError('DownloadFailed', 'nothing listens there', { isTransient: true }));
    const second = source.ask(request(uri));
    assert.ok(second.state === 'failed');
    assert.equal(second.retryAt?.getTime(), clock.now() + 4000);
    clock.pass(4000);
    await settle();
    await call(2).succeed();
    assert.equal(source.ask(request(uri)).state, 'ready');
    await source.close();
  });

  test('that is refused for good is not tried again', async () => {
    const { source, clock, call, settle } = remote();
    source.ask(request(uri));
    await settle();
    await call(0).fail(new StorageError('UrlNotAllowed', 'its address is link-local'));
    const state = source.ask(request(uri));
    assert.ok(state.state === 'failed');
    assert.equal(state.retryAt, undefined);
    assert.equal(clock.waiting, 0);
    await source.close();
  });

  test('of which nothing comes is a failure that people see, until something comes', async () => {
    const { source, clock, call, settle } = remote();
    source.ask(request(uri));
    await settle();
    clock.pass(20_000);
    const silent = source.ask(request(uri));
    assert.ok(silent.state === 'failed');
    assert.match(silent.message, /sent nothing for 20 s; the download goes on/);
    call(0).options.onProgress?.({ phase: 'downloading', doneBytes: 10 });
    assert.equal(source.ask(request(uri)).state, 'fetching');
    await source.close();
  });

  test('whose connections fail again and again says why', async () => {
    const { source, clock, call, settle } = remote();
    source.ask(request(uri));
    await settle();
    call(0).options.onRetry?.(new StorageError('DownloadFailed', 'no connection within 10 s', { isTransient: true }));
    clock.pass(20_000);
    const state = source.ask(request(uri));
    assert.ok(state.state === 'failed');
    assert.match(state.message, /no connection within 10 s; the download goes on trying/);
    await source.close();
  });

  test('that nobody needs any more is given up', async () => {
    const { source, call, settle } = remote();
    source.ask(request(uri));
    source.ask(request(uri, { service: 'other' }));
    await settle();
    source.forget({ namespace: 'default', service: 'iris' });
    assert.equal(call(0).options.signal?.aborted, false);
    source.forget({ namespace: 'default', service: 'other' });
    assert.equal(call(0).options.signal?.aborted, true);
    await source.close();
  });

  test('tells warnings to those who asked for it', async () => {
    const { source, call, settle } = remote();
    source.ask(request(uri));
    await settle();
    call(0).options.onWarning?.('the network is down');
    assert.deepEqual(source.warnings({ namespace: 'default', service: 'iris' }), ['the network is down']);
    assert.deepEqual(source.warnings({ namespace: 'default', service: 'other' }), []);
    await source.close();
  });

  test('takes its turn: a bounded number of downloads goes on at a time', async () => {
    const { source, calls, call, settle } = remote();
    for (let count = 0; count < 10; count++) source.ask(request(`${uri}?${count}`, { service: `s${count}` }));
    await settle();
    assert.equal(calls.length, 6);
    const said = (count: number) => {
      const state = source.ask(request(`${uri}?${count}`, { service: `s${count}` }));
      return state.state === 'fetching' ? state.message : undefined;
    };
    assert.equal(said(6), 'waiting for its turn: 6 downloads go on at once, it is the next');
    assert.equal(said(9), 'waiting for its turn: 6 downloads go on at once, 3 are before it');
    await call(0).succeed();
    assert.equal(calls.length, 7);
    assert.equal(said(9), 'waiting for its turn: 6 downloads go on at once, 2 are before it');
    await source.close();
  });
});
