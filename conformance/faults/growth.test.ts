import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Footprint } from './footprint.ts';
import { growth, slope } from './growth.ts';

const MB = 2 ** 20;
const look = (more: { rss?: number; descriptors?: number; processes?: number; files?: number } = {}): Footprint => {
  const still = { rss: 60 * MB, descriptors: 30 };
  const { rss = still.rss, descriptors = still.descriptors, processes = 1, files = 10 } = more;
  return {
    parts: { keeper: still, control: { rss, descriptors }, gateway: still },
    processes,
    files,
    databaseBytes: MB,
  };
};
const looks = (count: number, make: (at: number) => Footprint) => Array.from({ length: count }, (_, at) => make(at));

describe('growth', () => {
  test('is none where memory swings, and where it grows in the beginning alone', () => {
    assert.deepEqual(growth(looks(16, (at) => look({ rss: (60 + (at % 3) * 15) * MB }))), []);
    assert.deepEqual(growth(looks(16, (at) => look({ rss: Math.min(60 + at * 20, 140) * MB }))), []);
  });

  test('of memory, descriptors, processes and files is told by name', () => {
    const told = (make: (at: number) => Footprint) => growth(looks(16, make)).map((text) => text.split(' grew')[0]);
    assert.deepEqual(
      told((at) => look({ rss: (60 + at * 4) * MB })),
      ['memory of control'],
    );
    assert.deepEqual(
      told((at) => look({ descriptors: 30 + 2 * at })),
      ['descriptors of control'],
    );
    assert.deepEqual(
      told((at) => look({ processes: at < 12 ? 1 : 2 })),
      ['processes beside replicas'],
    );
    assert.deepEqual(
      told((at) => look({ files: 10 + at })),
      ['temporary files and sockets'],
    );
  });

  test('is a slope in megabytes an hour', () => {
    const rising = looks(10, (at) => look({ rss: at * 1e6 }));
    assert.equal(Math.round(slope(rising, 'control', 60_000)), 60);
    assert.equal(slope(rising, 'gateway', 60_000), 0);
  });
});
