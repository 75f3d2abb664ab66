import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Condition } from '@berth/api';
import type {
  ApiObject,
  DraftObject,
  ModelRequest,
  ModelSource,
  ModelState,
  ReplicaModel,
  ReplicaView,
  Substrate,
} from '@berth/control';
import { openStore } from '../store/open-store.ts';
import type { ObjectStore } from '../store/store.ts';
import { ModelFolder } from './model-folder.ts';
import { TrainedModels } from './trained-models.ts';

let root: string;
let store: ObjectStore;
let models: FakeModels;
let clock: FakeClock;
let trained: TrainedModels;
let errors: unknown[];
/** What was asked of replicas, in order: `load m1 @a-1`. */
let calls: string[];
/** What replicas answer, by `load m1 @a-1`, `load m1` or `*`; a promise answers later. */
let answers: Map<string, string | Promise<string | undefined>>;
let reports: Map<string, readonly ReplicaModel[] | string>;
let views: ReplicaView[];
let changed: (id: string, view: ReplicaView | undefined) => void;

/** A source whose files are here at once, unless a test says otherwise. */
class FakeModels implements ModelSource {
  readonly forgotten: string[] = [];
  readonly #states = new Map<string, ModelState>();
  readonly #asked = new Map<string, { namespace: string; service: string }>();
  readonly #listeners = new Set<(service: { namespace: string; service: string }) => void>();

  ask({ namespace, service, uri = '' }: ModelRequest): ModelState {
    this.#asked.set(`${namespace}/${service}`, { namespace, service });
    const digest = this.digest(uri);
    const ready = {
      state: 'ready',
      path: `/cache/${digest}`,
      digest,
      bytes: 1,
      fromCache: true,
      milliseconds: 1,
    } as const;
    return this.#states.get(uri) ?? ready;
  }

  find(): undefined {
    return undefined;
  }

  forget({ namespace, service }: { namespace: string; service: string }): void {
    this.forgotten.push(`${namespace}/${service}`);
  }

  warnings(): readonly string[] {
    return [];
  }

  onChange(listener: (service: { namespace: string; service: string }) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  answer(uri: string, state: ModelState | undefined): void {
    if (state === undefined) this.#states.delete(uri);
    else this.#states.set(uri, state);
    for (const service of this.#asked.values()) for (const listener of this.#listeners) listener(service);
  }

  digest(uri: string): string {
    return createHash('sha256').update(uri).digest('hex');
  }
}

class FakeClock {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];
  now(): number {
    return this.#now;
  }
  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }
  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
    await settled();
  }
  get waiting(): number {
    return this.#timers.length;
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

function view(service: string, more: Partial<ReplicaView> = {}): ReplicaView {
  return {
    id: `${service}-1`,
    restarts: 0,
    failedRuns: 0,
    pid: 1,
    state: 'ready',
    endpoint: { http: { path: `${service}-1` } },
    workload: { namespace: 'default', service, runner: { kind: 'native', multiModel: true }, mounts: [] },
    ...more,
  } as unknown as ReplicaView;
}

const folderOf = (namespace: string, service: string) =>
  new ModelFolder(join(root, 'cache'), 'owner', namespace, service);

function start(): void {
  trained = new TrainedModels({
    store,
    models,
    substrate: {
      replicas: () => views,
      onChange: (listener: typeof changed) => {
        changed = listener;
        return () => undefined;
      },
    } as unknown as Substrate,
    folderOf,
    now: () => new Date(0),
    clock,
    onError: (error) => errors.push(error),
    call: async (address, name, verb) => {
      const what = `${verb} ${name} @${(address as { path: string }).path}`;
      calls.push(what);
      return answers.get(what) ?? answers.get(`${verb} ${name}`) ?? answers.get('*');
    },
    read: async (address) => reports.get((address as { path: string }).path) ?? [],
  });
  trained.start();
}

function addService(name: string, predictor: object = { sklearn: {} }): void {
  const object = store.create({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name, namespace: 'default' },
    spec: { predictor },
  } as DraftObject);
  const conditions = [{ type: 'Ready', status: 'True' }];
  store.updateStatus({ ...object, status: { url: `http://${name}`, conditions } } as ApiObject);
}

function addModel(name: string, service = 'a', memory = '1Gi', more: object = {}): void {
  store.create({
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'TrainedModel',
    metadata: { name, namespace: 'default', ...more },
    spec: { inferenceService: service, model: { storageUri: `gs://m/${name}`, framework: 'sklearn', memory } },
  } as DraftObject);
}

const modelKey = (name: string) => ({ kind: 'TrainedModel', namespace: 'default', name });
const condition = (name: string, type: string): Condition | undefined =>
  (store.get(modelKey(name))?.status as { conditions: Condition[] } | undefined)?.conditions.find(
    (one) => one.type === type,
  );
const why = (name: string, type = 'Ready') => {
  const found = condition(name, type);
  return found === undefined ? 'none' : `${found.status}${found.reason === undefined ? '' : ` ${found.reason}`}`;
};
const happened = () => calls.splice(0);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-trained-'));
  errors = [];
  store = openStore({ folder: root, now: () => new Date(0), onProblem: (text) => errors.push(text) });
  models = new FakeModels();
  clock = new FakeClock();
  calls = [];
  answers = new Map();
  reports = new Map();
  views = [view('a'), view('b')];
  addService('a');
  addService('b');
  start();
});
afterEach(async () => {
  await trained.stop();
  store.close();
  rmSync(root, { recursive: true, force: true });
  assert.deepEqual(errors, []);
});

describe('the models of multi-model predictors', () => {
  test('are loaded, told, and unloaded', async () => {
    addModel('m1');
    await settled();
    assert.deepEqual(happened(), ['load m1 @a-1']);
    assert.equal(why('m1'), 'True');
    const status = store.get(modelKey('m1'))?.status as { url: string };
    assert.equal(status.url, 'http://a/v1/models/m1:predict');
    assert.deepEqual(folderOf('default', 'a').names(), ['m1']);
    store.delete(modelKey('m1'));
    await settled();
    assert.deepEqual(happened(), ['unload m1 @a-1']);
    assert.deepEqual(folderOf('default', 'a').names(), []);
    assert.deepEqual(models.forgotten, ['default/a/m1']);
  });

  test('leave the service that they named before', async () => {
    addModel('m1');
    await settled();
    happened();
    const object = store.get(modelKey('m1')) as ApiObject;
    store.update({ ...object, spec: { ...(object.spec as object), inferenceService: 'b' } });
    await settled();
    assert.deepEqual(happened().sort(), ['load m1 @b-1', 'unload m1 @a-1']);
    assert.deepEqual(models.forgotten, ['default/a/m1']);
    assert.equal(why('m1'), 'True');
  });

  test('are unloaded as soon as they are being deleted', async () => {
    addModel('m1', 'a', '1Gi', { finalizers: ['somebody/waits'] });
    await settled();
    happened();
    store.delete(modelKey('m1'));
    await settled();
    assert.ok(store.get(modelKey('m1')) !== undefined);
    assert.deepEqual(happened(), ['unload m1 @a-1']);
  });

  test('that fail are tried again by themselves, later and later, and nothing else is', async () => {
    addModel('good');
    answers.set('load bad', 'cut off');
    addModel('bad');
    await settled();
    assert.deepEqual(happened().sort(), ['load bad @a-1', 'load good @a-1']);
    assert.equal(why('bad'), 'False ModelLoadFailed');
    assert.equal(condition('bad', 'Ready')?.message, 'cut off');
    assert.equal(why('good'), 'True');
    await clock.pass(1_000);
    assert.deepEqual(happened(), ['load bad @a-1']);
    await clock.pass(1_000);
    assert.deepEqual(happened(), []);
    answers.clear();
    await clock.pass(1_000);
    assert.deepEqual(happened(), ['load bad @a-1']);
    assert.equal(why('bad'), 'True');
    await clock.pass(600_000);
    assert.deepEqual(happened(), []);
    assert.equal(clock.waiting, 0);
  });

  test('an unload that failed is tried again', async () => {
    addModel('m1');
    await settled();
    answers.set('unload m1', 'no answer');
    store.delete(modelKey('m1'));
    await settled();
    answers.clear();
    happened();
    await clock.pass(1_000);
    assert.deepEqual(happened(), ['unload m1 @a-1']);
    await clock.pass(600_000);
    assert.deepEqual(happened(), []);
  });

  test('a load that takes long holds up no other model and no other service', async () => {
    const slow = Promise.withResolvers<undefined>();
    answers.set('load slow', slow.promise);
    addModel('slow');
    await settled();
    addModel('quick');
    addModel('other', 'b');
    await settled();
    assert.equal(why('quick'), 'True');
    assert.equal(why('other'), 'True');
    assert.equal(why('slow'), 'Unknown Loading');
    store.delete(modelKey('quick'));
    await settled();
    assert.ok(happened().includes('unload quick @a-1'));
    slow.resolve(undefined);
    await settled();
    assert.equal(why('slow'), 'True');
  });

  test('a few are loaded at a time', async () => {
    const loads = Array.from({ length: 9 }, () => Promise.withResolvers<undefined>());
    for (const [index, load] of loads.entries()) {
      answers.set(`load m${index}`, load.promise);
      addModel(`m${index}`);
    }
    await settled();
    assert.equal(happened().length, 4);
    for (const load of loads) load.resolve(undefined);
    await settled();
    assert.equal(happened().length, 5);
  });

  test('a service that is made again has its models again', async () => {
    addModel('m1');
    await settled();
    store.delete({ kind: 'InferenceService', namespace: 'default', name: 'a' });
    views.shift();
    changed('a-1', undefined);
    await settled();
    store.delete(modelKey('m1'));
    addModel('m2');
    await settled();
    assert.ok(!existsSync(folderOf('default', 'a').path));
    assert.match(condition('m2', 'Ready')?.message ?? '', /there is no InferenceService a/);
    happened();
    views.push(view('a', { id: 'a-2', endpoint: { http: { path: 'a-2' } } }));
    addService('a');
    await settled();
    assert.deepEqual(happened(), ['load m2 @a-2']);
    assert.equal(why('m2'), 'True');
  });

  test('a replica says itself what it loaded when it started', async () => {
    addModel('m1');
    addModel('m2');
    await settled();
    happened();
    const digest = (name: string) => models.digest(`gs://m/${name}`);
    reports.set('a-1', [
      { name: 'm1', state: 'READY', digest: digest('m1') },
      { name: 'm2', state: 'UNAVAILABLE', reason: 'Asleep', digest: digest('m2') },
    ]);
    views[0] = view('a', { restarts: 1 });
    changed('a-1', views[0]);
    await settled();
    // m2 is known to be good: the replica loads it when it is asked for.
    assert.deepEqual(happened(), []);
    assert.equal(why('m2'), 'True');
    reports.set('a-1', [
      { name: 'm1', state: 'READY', digest: 'of-yesterday' },
      { name: 'm2', state: 'UNAVAILABLE', reason: 'CorruptModel', message: 'cut off', digest: digest('m2') },
      { name: 'stray', state: 'READY', digest: 'x' },
    ]);
    views[0] = view('a', { restarts: 2 });
    changed('a-1', views[0]);
    await settled();
    assert.deepEqual(happened().sort(), ['load m1 @a-1', 'unload stray @a-1']);
    assert.equal(condition('m2', 'Ready')?.message, 'cut off');
    await clock.pass(1_000);
    assert.deepEqual(happened(), ['load m2 @a-1']);
  });

  test('a replica that gives no report is asked again', async () => {
    reports.set('a-1', 'connection refused');
    addModel('m1');
    await settled();
    assert.deepEqual(happened(), []);
    assert.equal(why('m1'), 'Unknown Loading');
    reports.clear();
    await clock.pass(1_000);
    assert.deepEqual(happened(), ['load m1 @a-1']);
  });

  test('what a replica sleeps on is loaded once, so that it is known to be good', async () => {
    reports.set('a-1', [{ name: 'm1', state: 'UNAVAILABLE', reason: 'Asleep', digest: models.digest('gs://m/m1') }]);
    addModel('m1');
    await settled();
    assert.deepEqual(happened(), ['load m1 @a-1']);
  });

  test('all are taken beyond the memory together, and none beyond it alone', async () => {
    for (const name of ['m1', 'm2', 'm3']) addModel(name, 'b');
    addModel('huge', 'b', '3Gi');
    await settled();
    assert.deepEqual(happened(), ['load m1 @b-1', 'load m2 @b-1', 'load m3 @b-1']);
    assert.equal(why('m3'), 'True');
    assert.equal(why('huge'), 'False MemoryResourceNotAvailable');
    assert.match(condition('huge', 'MemoryResourceAvailable')?.message ?? '', /3Gi.*2Gi for all/);
    assert.deepEqual(folderOf('default', 'b').names(), ['m1', 'm2', 'm3']);
  });

  test('new files take the place of the old ones when they are here, not before', async () => {
    addModel('m1');
    await settled();
    happened();
    const object = store.get(modelKey('m1')) as ApiObject;
    const fetching = { state: 'fetching', message: 'half', doneBytes: 1 } as const;
    models.answer('gs://m/new', fetching);
    const model = { storageUri: 'gs://m/new', framework: 'sklearn', memory: '1Gi' };
    store.update({ ...object, spec: { inferenceService: 'a', model } });
    await settled();
    assert.deepEqual(happened(), []);
    assert.deepEqual(folderOf('default', 'a').names(), ['m1']);
    assert.equal(why('m1'), 'Unknown Downloading');
    models.answer('gs://m/new', undefined);
    await settled();
    assert.deepEqual(happened(), ['load m1 @a-1']);
    assert.equal(why('m1'), 'True');
  });

  test('a stored name that leads elsewhere is told and stops nobody', async () => {
    for (const name of ['x/../../../../victim', '../x', '.catalog.json']) addModel(name);
    addModel('good');
    await settled();
    assert.deepEqual(happened(), ['load good @a-1']);
    assert.equal(why('good'), 'True');
    assert.equal(why('../x'), 'False InvalidName');
  });

  test('without a replica a model that is known to be good is ready: the next replica loads it first', async () => {
    addModel('m1');
    await settled();
    views.shift();
    changed('a-1', undefined);
    addModel('m2');
    await settled();
    assert.equal(why('m1', 'ModelLoaded'), 'True');
    assert.equal(why('m2', 'ModelLoaded'), 'Unknown Loading');
  });

  for (const [what, predictor, is] of [
    ['an empty framework', { sklearn: {} }, true],
    ['a model with a runtime alone', { model: { modelFormat: { name: 'onnx' }, runtime: 'x' } }, true],
    ['a URI', { sklearn: { storageUri: 'gs://x' } }, false],
    ['a storage block', { model: { modelFormat: { name: 'onnx' }, storage: { path: 'x' } } }, false],
    ['several URIs', { storageUris: [{ uri: 'gs://x' }], sklearn: {} }, false],
    ['no URIs', { storageUris: [], sklearn: {} }, true],
    ['Hugging Face', { huggingface: {} }, false],
    ['the model format huggingface', { model: { modelFormat: { name: 'huggingface' } } }, false],
    ['a container', { containers: [{ image: 'x' }] }, false],
    [
      'a container that says so',
      { containers: [{ image: 'x', env: [{ name: 'MULTI_MODEL_SERVER', value: 'true' }] }] },
      true,
    ],
  ] as const) {
    test(`a predictor with ${what} is ${is ? '' : 'not '}for several models`, async () => {
      addService('c', predictor);
      addModel('m1', 'c');
      await settled();
      assert.equal(why('m1', 'IsMMSPredictor'), is ? 'True' : 'False IsNotMMSPredictor');
    });
  }
});
