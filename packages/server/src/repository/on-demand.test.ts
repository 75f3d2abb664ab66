import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { fakeModel } from '../wire/models.ts';
import { createOnDemandRepository } from './on-demand.ts';
import { createModelRepository } from './repository.ts';

/** A repository on demand over models of given sizes, with a record of what was loaded and closed. */
function onDemand(memory: number | undefined, sizes: Record<string, number>, waitMs?: number) {
  const catalog = {
    memory,
    models: new Map(Object.entries(sizes).map(([name, bytes]) => [name, { name, memory: bytes }])),
  };
  const files = [...catalog.models.values()];
  const done: string[] = [];
  const broken = new Set<string>();
  const held = new Map<string, Promise<void>>();
  let now = 0;
  let resident = 0;
  let most = 0;
  const inner = createModelRepository<{ name: string }>({
    flavour: 'kserve',
    // The files of a model may outlive its row.
    discover: async () => files,
    load: async ({ name }) => {
      await held.get(name);
      if (broken.has(name)) throw new LoadError('CorruptModel', 'cut off');
      done.push(`+${name}`);
      const bytes = catalog.models.get(name)?.memory ?? 0;
      resident += bytes;
      most = Math.max(most, resident);
      return {
        ...fakeModel({}, () => []),
        close: async () => {
          resident -= bytes;
          done.push(`-${name}`);
        },
      };
    },
  });
  const repository = createOnDemandRepository(inner, {
    flavour: 'kserve',
    catalog: () =>
      catalog.memory === undefined ? { models: catalog.models } : (catalog as { memory: number } & typeof catalog),
    now: () => now,
    ...(waitMs === undefined ? {} : { waitMs }),
  });
  return {
    repository,
    catalog,
    broken,
    held,
    /** What happened since the last look. */
    happened: () => done.splice(0).join(' '),
    most: () => most,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    ask: async (name: string) => {
      await repository.wake?.(name);
      return repository.resolve(name);
    },
  };
}

describe('a repository that loads on demand', () => {
  it('starts with what there is room for, in order; the others are as good as ready', async () => {
    const { repository, happened } = onDemand(5, { a: 2, big: 4, b: 3 });
    await repository.loadAll();
    assert.equal(happened(), '+a +b');
    assert.equal(repository.isAsleep?.('big'), true);
    assert.equal(repository.isAsleep?.('a'), false);
    assert.equal(repository.isAsleep?.('unheard'), false);
    assert.equal(repository.ready(), true);
    assert.deepEqual(
      repository.list().map(({ name, versions }) => [name, versions[0]?.state]),
      [
        ['a', 'READY'],
        ['b', 'READY'],
        ['big', 'UNAVAILABLE'],
      ],
    );
  });

  it('lets the least recently used one go', async () => {
    const { repository, happened, ask } = onDemand(3, { a: 1, b: 1, c: 1, d: 1 });
    await repository.loadAll();
    await ask('a');
    await ask('c');
    happened();
    await ask('d');
    assert.equal(happened(), '-b +d');
    assert.match(repository.find('b')?.versions[0]?.reason ?? '', /make room for d/);
    await ask('b');
    assert.equal(happened(), '-a +b');
    assert.equal(repository.wake?.('d'), undefined);
  });

  it('whoever does not wait is told to come again, and the load goes on', async () => {
    const { repository, happened } = onDemand(1, { a: 1, b: 1 });
    await repository.loadAll();
    assert.throws(() => repository.resolve('b'), { code: 'NOT_READY', retryAfterSeconds: 1 });
    await repository.wake?.('b');
    repository.resolve('b');
    assert.equal(happened(), '+a -a +b');
  });

  it('many requests load a model once, and none waits for ever', async () => {
    const { repository, held, happened, ask } = onDemand(2, { a: 1, slow: 2 }, 5);
    const slow = Promise.withResolvers<void>();
    held.set('slow', slow.promise);
    await assert.rejects(ask('slow'), { code: 'NOT_READY', retryAfterSeconds: 1 });
    await assert.rejects(ask('slow'), { code: 'NOT_READY' });
    slow.resolve();
    await Promise.all(Array.from({ length: 20 }, () => ask('slow')));
    assert.equal(happened(), '+slow');
    assert.equal(repository.isAsleep?.('slow'), false);
  });

  it('takes no model that is larger than all the memory', async () => {
    const { repository, happened } = onDemand(2, { a: 1, huge: 3 });
    await repository.loadAll();
    await assert.rejects(repository.load('huge'), { code: 'INVALID_INPUT', message: /3 bytes.*2 for all/ });
    assert.equal(happened(), '+a');
  });

  it('a broken model is tried again after a pause, and costs nobody else more than once', async () => {
    const { repository, broken, happened, ask, pass } = onDemand(1, { a: 1, bad: 1 });
    await repository.loadAll();
    broken.add('bad');
    await assert.rejects(ask('bad'), { code: 'NOT_READY', message: /cut off/ });
    await ask('a');
    await assert.rejects(ask('bad'), { code: 'NOT_READY', message: /cut off/ });
    assert.equal(happened(), '+a -a +a');
    broken.delete('bad');
    pass(5_001);
    await ask('bad');
    assert.equal(happened(), '-a +bad');
  });

  it('an unload ends it, also of one that is not in memory; out of the catalog it is unknown', async () => {
    const { repository, catalog, happened, ask } = onDemand(1, { a: 1, b: 1 });
    await repository.loadAll();
    catalog.models.delete('a');
    catalog.models.delete('b');
    await repository.unload('a');
    await repository.unload('b');
    assert.equal(happened(), '+a -a');
    for (const name of ['a', 'b']) await assert.rejects(ask(name), { code: 'NOT_FOUND' });
    await assert.rejects(repository.load('a'), { code: 'NOT_FOUND' });
  });

  it('an unload while a load waits for room comes after it', async () => {
    const { repository, catalog, happened, ask } = onDemand(1, { a: 1, b: 1 });
    const { inFlight } = await ask('b');
    inFlight?.begin();
    const asked = ask('a').catch(() => undefined);
    await new Promise(setImmediate);
    catalog.models.delete('a');
    const unloaded = repository.unload('a');
    await new Promise(setImmediate);
    inFlight?.end();
    await Promise.all([asked, unloaded]);
    assert.equal(happened(), '+b -b +a -a');
    await ask('b');
    assert.equal(happened(), '+b');
  });

  it('waits for the last request of the model that goes', async () => {
    const { repository, happened, ask } = onDemand(1, { a: 1, b: 1 });
    const { inFlight } = await ask('a');
    inFlight?.begin();
    const second = ask('b');
    await new Promise(setImmediate);
    assert.equal(happened(), '+a');
    inFlight?.end();
    await second;
    assert.equal(happened(), '-a +b');
    assert.equal(repository.isAsleep?.('a'), true);
  });

  it('has room for all where there is no bound', async () => {
    const { repository, happened } = onDemand(undefined, { a: 1e15, b: 1e15 });
    await repository.loadAll();
    assert.equal(happened(), '+a +b');
  });

  it('never holds more than its memory, whoever asks for what', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const sizes = fc.record(Object.fromEntries(names.map((name) => [name, fc.integer({ min: 1, max: 6 })])));
    const turns = fc.array(fc.array(fc.constantFrom(...names), { maxLength: 5 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, turns, async (given, rounds) => {
        const { repository, most, ask } = onDemand(6, given);
        await repository.loadAll();
        for (const round of rounds) await Promise.allSettled(round.map(ask));
        assert.ok(most() <= 6, `${most()}`);
        for (const name of names) await ask(name);
        await repository.close();
      }),
      { numRuns: 60 },
    );
  });
});
