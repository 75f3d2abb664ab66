import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InferenceError, LoadError, type Model } from '@berth/inference';
import { fakeModel } from '../wire/models.ts';
import { createModelRepository, type ModelCandidate } from './repository.ts';
import { withoutFolders } from './without-folders.ts';

interface Fake extends ModelCandidate {
  readonly load?: () => Promise<Model>;
}

/** A repository over a list that tests change, with a count of closed models. */
function repositoryOver(files: Fake[], options: { flavour?: 'kserve' | 'triton'; alias?: string } = {}) {
  const closed: string[] = [];
  const repository = createModelRepository<Fake>({
    flavour: options.flavour ?? 'kserve',
    ...(options.alias === undefined ? {} : { alias: options.alias }),
    discover: async () => files,
    load: async (candidate) => {
      const model = candidate.load === undefined ? fakeModel({}, () => []) : await candidate.load();
      return { ...model, close: async () => void closed.push(`${candidate.name}/${candidate.version ?? ''}`) };
    },
  });
  return { repository, closed };
}

function deferred<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const NEXT_TURN = () => new Promise((resolve) => setImmediate(resolve));

describe('the model repository', () => {
  it('serves the highest version, by number and not by text', async () => {
    const files = ['9', '10', '2'].map((version) => ({ name: 'iris', version }));
    const { repository } = repositoryOver(files);
    await repository.loadAll();
    assert.equal(repository.resolve('iris').version.version, '10');
    assert.equal(repository.resolve('iris', '9').version.version, '9');
    assert.deepEqual(
      repository.find('iris')?.versions.map((version) => version.version),
      ['10', '9', '2'],
    );
    assert.throws(() => repository.resolve('iris', '3'), { code: 'NOT_FOUND', message: /10, 9, 2/ });
  });

  it('falls back to a lower version where the highest fails to load', async () => {
    const fail = async () => Promise.reject(new LoadError('CorruptModel', 'cut off after 12 bytes'));
    const { repository } = repositoryOver([
      { name: 'iris', version: '1' },
      { name: 'iris', version: '2', load: fail },
    ]);
    await repository.loadAll();
    assert.equal(repository.resolve('iris').version.version, '1');
    assert.throws(() => repository.resolve('iris', '2'), { code: 'NOT_READY', message: /cut off after 12 bytes/ });
    assert.equal(repository.ready(), false);
  });

  it('serves the others where one model fails, and says why it did', async () => {
    const { repository } = repositoryOver([
      { name: 'good' },
      { name: 'bad', problem: 'two model files: a.joblib and b.joblib' },
    ]);
    await repository.loadAll();
    repository.resolve('good');
    assert.throws(() => repository.resolve('bad'), { code: 'NOT_READY', message: /two model files/ });
  });

  it('loads a large folder a few models at a time', async () => {
    let running = 0;
    let most = 0;
    const load = async () => {
      most = Math.max(most, ++running);
      await NEXT_TURN();
      running--;
      return fakeModel({}, () => []);
    };
    const { repository } = repositoryOver(Array.from({ length: 50 }, (_, index) => ({ name: `m${index}`, load })));
    await repository.loadAll();
    assert.equal(repository.list().length, 50);
    assert.equal(repository.ready(), true);
    assert.ok(most > 1 && most <= 4, String(most));
  });

  it('names a close model, and those there are', async () => {
    const { repository } = repositoryOver([{ name: 'email-sendout' }, { name: 'iris' }]);
    await repository.loadAll();
    assert.throws(() => repository.resolve('email-sendot'), {
      code: 'NOT_FOUND',
      message:
        'Model with name email-sendot does not exist. Did you mean "email-sendout"? This service has: email-sendout, iris.',
    });
    assert.throws(
      () => repository.resolve('zzz'),
      (error: InferenceError) => !error.message.includes('mean'),
    );
  });

  it("answers to its service's name while it holds one model", async () => {
    const files: Fake[] = [{ name: 'double' }];
    const { repository } = repositoryOver(files, { alias: 'price-service' });
    await repository.loadAll();
    assert.equal(repository.resolve('price-service').served.name, 'double');
    assert.equal(repository.find('price-service')?.name, 'double');
    files.push({ name: 'triple' });
    await repository.load('triple');
    assert.throws(() => repository.resolve('price-service'), { code: 'NOT_FOUND', message: /double, triple/ });
  });

  it('loads a name once, however many ask', async () => {
    let loads = 0;
    const gate = deferred<Model>();
    const load = () => {
      loads++;
      return gate.promise;
    };
    const { repository } = repositoryOver([{ name: 'iris', load }]);
    const all = Promise.all([repository.load('iris'), repository.load('iris'), repository.load('iris')]);
    await NEXT_TURN();
    assert.equal(repository.find('iris')?.versions[0].state, 'LOADING');
    assert.throws(() => repository.resolve('iris'), { code: 'NOT_READY', retryAfterSeconds: 1 });
    gate.resolve(fakeModel({}, () => []));
    await all;
    assert.equal(loads, 1);
    repository.resolve('iris');
  });

  it('keeps the old one serving until the new one is ready', async () => {
    const files: Fake[] = [{ name: 'iris' }];
    const { repository, closed } = repositoryOver(files);
    await repository.loadAll();
    const old = repository.resolve('iris');
    const gate = deferred<Model>();
    files[0] = { name: 'iris', load: () => gate.promise };
    const reload = repository.load('iris');
    await NEXT_TURN();
    assert.equal(repository.resolve('iris').model, old.model);
    assert.equal(repository.ready(), true);
    gate.resolve(fakeModel({}, () => []));
    await reload;
    assert.notEqual(repository.resolve('iris').model, old.model);
    await NEXT_TURN();
    assert.deepEqual(closed, ['iris/']);
  });

  it('keeps the old one serving when the new one fails, and says so', async () => {
    const files: Fake[] = [{ name: 'iris' }];
    const { repository, closed } = repositoryOver(files);
    await repository.loadAll();
    files[0] = { name: 'iris', load: async () => Promise.reject(new LoadError('UnsafeModel', 'os.system')) };
    await assert.rejects(repository.load('iris'), { message: "failed to load 'iris': os.system" });
    repository.resolve('iris');
    assert.equal(repository.ready(), true);
    assert.deepEqual(closed, []);
  });

  it('unloads after the last request, takes no new one meanwhile, and loads again', async () => {
    const { repository, closed } = repositoryOver([{ name: 'iris' }]);
    await repository.loadAll();
    const { inFlight } = repository.resolve('iris');
    inFlight?.begin();
    const unload = repository.unload('iris');
    await NEXT_TURN();
    assert.throws(() => repository.resolve('iris'), { code: 'NOT_READY', message: /unloading/ });
    assert.equal(repository.find('iris')?.versions[0].state, 'UNLOADING');
    assert.deepEqual(closed, []);
    inFlight?.end();
    await unload;
    assert.deepEqual(closed, ['iris/']);
    assert.throws(() => repository.resolve('iris'), { code: 'NOT_FOUND' });
    assert.equal(repository.find('iris')?.versions[0].state, 'UNAVAILABLE');
    assert.equal(repository.ready(), true);
    await repository.load('iris');
    repository.resolve('iris');
  });

  it('unloads versions that are gone from the files at the next load', async () => {
    const files: Fake[] = [
      { name: 'iris', version: '1' },
      { name: 'iris', version: '2' },
    ];
    const { repository, closed } = repositoryOver(files);
    await repository.loadAll();
    files.shift();
    await repository.load('iris');
    await NEXT_TURN();
    assert.deepEqual(closed.toSorted(), ['iris/1', 'iris/2']);
    assert.throws(() => repository.resolve('iris', '1'), { code: 'NOT_READY', message: /no longer/ });
  });

  it('refuses names that could leave a folder', async () => {
    const { repository } = repositoryOver([]);
    for (const name of ['..', 'a/b', '%2e%2e', 'C:\\x', '', ' ', 'a\0', 'x'.repeat(254), '-a', 'a-', 'a..b', '../x']) {
      await assert.rejects(repository.load(name), { code: 'INVALID_INPUT' }, name);
      await assert.rejects(repository.unload(name), { code: 'INVALID_INPUT' }, name);
    }
    await assert.rejects(repository.load('nope'), { code: 'NOT_FOUND', message: /failed to load 'nope'/ });
  });

  it('closes every model and loads no more', async () => {
    const { repository, closed } = repositoryOver([{ name: 'a' }, { name: 'b', version: '1' }]);
    await repository.loadAll();
    await repository.close();
    assert.deepEqual(closed.toSorted(), ['a/', 'b/1']);
    assert.equal(repository.ready(), false);
    await assert.rejects(repository.load('a'), { code: 'NOT_READY' });
  });

  it('hides what is not meant for people', async () => {
    const { repository } = repositoryOver([
      { name: 'a', load: async () => Promise.reject(new Error('ENOENT /var/lib/secret')) },
    ]);
    await repository.loadAll();
    assert.throws(
      () => repository.resolve('a'),
      (error: InferenceError) => !error.message.includes('secret'),
    );
    await assert.rejects(repository.load('a'), (error: InferenceError) => !error.message.includes('secret'));
  });
});

describe('withoutFolders', () => {
  it('keeps the names of files and drops where they lie', () => {
    const pairs = [
      ['/var/lib/models/iris/model.joblib is cut off', 'model.joblib is cut off'],
      ['two files: "/a/b/x.pkl" and /a/b/y.pkl', 'two files: "x.pkl" and y.pkl'],
      ['file:///mnt/models/m.bst', 'file:m.bst'],
      ['C:\\models\\iris\\m.bst is empty', 'm.bst is empty'],
      ['shape [2,4] / [3], a/b and 1/2 stay', 'shape [2,4] / [3], a/b and 1/2 stay'],
    ];
    for (const [text, expected] of pairs) assert.equal(withoutFolders(text), expected);
  });
});
