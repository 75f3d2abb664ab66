import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { renderPrometheus } from './exposition.ts';
import { MetricsRegistry } from './registry.ts';
import { mergeSnapshots, withoutGauges } from './snapshot.ts';

function registryWith(requests: number, seconds: readonly number[], inFlight: number): MetricsRegistry {
  const registry = new MetricsRegistry();
  registry.counter('requests_total', 'Requests', ['model']).with('iris').add(requests);
  const histogram = registry.histogram('seconds', 'Time', [], [0.1, 1]).with();
  for (const each of seconds) histogram.observe(each);
  registry.gauge('in_flight', 'Now').with().value = inFlight;
  return registry;
}

describe('MetricsRegistry', () => {
  it('renders the Prometheus text format', () => {
    const text = renderPrometheus(registryWith(3, [0.05, 0.1, 0.5, 7], 2).snapshot());
    assert.equal(
      text,
      [
        '# HELP requests_total Requests',
        '# TYPE requests_total counter',
        'requests_total{model="iris"} 3',
        '# HELP seconds Time',
        '# TYPE seconds histogram',
        'seconds_bucket{le="0.1"} 2',
        'seconds_bucket{le="1"} 3',
        'seconds_bucket{le="+Inf"} 4',
        'seconds_sum 7.65',
        'seconds_count 4',
        '# HELP in_flight Now',
        '# TYPE in_flight gauge',
        'in_flight 2',
        '',
      ].join('\n'),
    );
  });

  it('escapes label values', () => {
    const registry = new MetricsRegistry();
    registry.counter('c', 'h', ['l']).with('a"b\\c\nd').add();
    assert.match(renderPrometheus(registry.snapshot()), /c\{l="a\\"b\\\\c\\nd"\} 1/);
  });

  it('gives the same family and series to whoever asks', () => {
    const registry = new MetricsRegistry();
    registry.counter('c', 'h', ['l']).with('x').add(2);
    registry.counter('c', 'h', ['l']).with('x').add(3);
    assert.equal(registry.snapshot().families[0].series[0].value, 5);
  });

  it('bounds the series of a family', () => {
    const registry = new MetricsRegistry();
    const family = registry.counter('c', 'h', ['l']);
    for (let index = 0; index < 10_100; index++) family.with(`name-${index}`).add();
    const { series } = registry.snapshot().families[0];
    assert.equal(series.length, 10_001);
    assert.equal(
      series.reduce((sum, each) => sum + (each.value ?? 0), 0),
      10_100,
    );
  });
});

describe('mergeSnapshots', () => {
  it('adds what several processes counted', () => {
    const merged = mergeSnapshots([registryWith(3, [0.05], 1).snapshot(), registryWith(4, [5], 2).snapshot()]);
    const [requests, seconds, inFlight] = merged.families;
    assert.equal(requests.series[0].value, 7);
    assert.deepEqual(seconds.series[0], { labels: [], counts: [1, 0, 1], sum: 5.05, count: 2 });
    assert.equal(inFlight.series[0].value, 3);
  });

  it('keeps the counts of a dead process and forgets its gauges', () => {
    const dead = withoutGauges(registryWith(3, [0.05], 9).snapshot());
    const merged = mergeSnapshots([dead, registryWith(0, [], 1).snapshot()]);
    assert.equal(merged.families.find((family) => family.name === 'requests_total')?.series[0].value, 3);
    assert.equal(merged.families.find((family) => family.name === 'in_flight')?.series[0].value, 1);
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 }), (counts) => {
        const snapshots = counts.map((count) => registryWith(count, [count], count).snapshot());
        const total = counts.reduce((sum, count) => sum + count, 0);
        for (const order of [snapshots, [...snapshots].reverse()]) {
          const merged = mergeSnapshots(order);
          assert.equal(merged.families[0].series[0].value, total);
          assert.equal(merged.families[1].series[0].count, counts.length);
        }
      }),
    );
  });
});
