import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControllerBench, isvcYaml } from '../testing/controller-bench.ts';

const starting = (bench: ControllerBench) => bench.live().filter((view) => view.state === 'starting');

/** A controller that lets four replicas start at once. */
async function four(): Promise<ControllerBench> {
  const bench = new ControllerBench();
  bench.maxStarts = 4;
  await bench.start();
  return bench;
}

describe('replicas that start at once', () => {
  test('are no more than the machine is to bear, and all of them get their turn', async () => {
    const bench = await four();
    for (let index = 0; index < 30; index++) await bench.apply(isvcYaml(`many-${index}`, '/v1'));
    let rounds = 0;
    for (; starting(bench).length > 0; rounds++) {
      assert.ok(starting(bench).length <= 3, 'a place is kept for requests that wait');
      assert.ok(bench.live().length < 30 || starting(bench).length <= 3);
      const [view] = starting(bench);
      bench.substrate.ready(view?.id ?? '');
      await bench.clock.advance(10);
    }
    assert.equal(rounds, 30);
    assert.equal(bench.live().length, 30);
    for (let index = 0; index < 30; index++) assert.equal(bench.condition(`many-${index}`), 'True');
  });

  test('who waits says so', async () => {
    const bench = await four();
    for (let index = 0; index < 5; index++) await bench.apply(isvcYaml(`many-${index}`, '/v1'));
    await bench.clock.advance(10);
    assert.equal(bench.reason('many-0'), 'RevisionStarting');
    assert.equal(bench.reason('many-4'), 'StartQueued');
    const turn =
      'waits for its turn to start: 3 of at most 4 start now (berth up --max-starts), and one place is kept for requests;';
    assert.equal(bench.message('many-3'), `revision many-3-predictor-00001 ${turn} it is the next`);
    assert.equal(bench.message('many-4'), `revision many-4-predictor-00001 ${turn} 1 waits before it`);
    bench.substrate.ready(starting(bench)[0]?.id ?? '');
    await bench.clock.advance(10);
    assert.equal(starting(bench).length, 3);
    assert.equal(bench.message('many-4'), `revision many-4-predictor-00001 ${turn} it is the next`);
    bench.substrate.ready(starting(bench)[0]?.id ?? '');
    await bench.clock.advance(10);
    assert.equal(bench.reason('many-4'), 'RevisionStarting');
  });

  test('of one service leave room for others', async () => {
    const bench = await four();
    await bench.apply(isvcYaml('wide', '/v1', { predictor: ', minReplicas: 10' }));
    await bench.apply(isvcYaml('small', '/v1'));
    bench.substrate.ready(starting(bench)[0]?.id ?? '');
    await bench.clock.advance(10);
    assert.deepEqual(starting(bench).filter((view) => view.workload.service === 'small').length, 1);
  });

  test('go first where a request waits', async () => {
    const bench = await four();
    await bench.apply(isvcYaml('iris', '/v1', { predictor: ', minReplicas: 0' }));
    await bench.converge();
    await bench.clock.advance(100_000);
    await bench.converge();
    assert.deepEqual(bench.live(), []);
    for (let index = 0; index < 20; index++) await bench.apply(isvcYaml(`many-${index}`, '/v1'));
    bench.routes.demand({ namespace: 'default', service: 'iris', revision: 'iris-predictor-00001' });
    await bench.clock.advance(10);
    assert.equal(starting(bench).length, 4);
    assert.ok(starting(bench).some((view) => view.workload.service === 'iris'));
  });

  test('that do not get ready keep nobody from starting for longer than a minute', async () => {
    const bench = await four();
    for (let index = 0; index < 4; index++) await bench.apply(isvcYaml(`slow-${index}`, '/v1'));
    await bench.clock.advance(10);
    assert.equal(starting(bench).length, 3);
    await bench.clock.advance(70_000);
    assert.equal(starting(bench).length, 4);
  });

  test('a service that goes gives its turn away, and a new controller counts what it finds', async () => {
    const bench = await four();
    for (let index = 0; index < 6; index++) await bench.apply(isvcYaml(`many-${index}`, '/v1'));
    await bench.start();
    await bench.clock.advance(10);
    assert.equal(starting(bench).length, 3);
    for (let index = 0; index < 5; index++) await bench.delete(`many-${index}`);
    for (const view of bench.substrate.replicas()) if (view.state === 'stopping') bench.substrate.gone(view.id);
    await bench.clock.advance(10);
    assert.deepEqual(
      bench.live().map((view) => view.workload.service),
      ['many-5'],
    );
  });
});
