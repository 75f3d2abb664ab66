import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LoadWindow, ReportTimeline } from './window.ts';

const MINUTE = 60_000;

describe('the load of a revision', () => {
  test('is the mean over the time that was measured', () => {
    const timeline = new ReportTimeline();
    const window = new LoadWindow(1_000, MINUTE);
    assert.equal(window.average(1_000, MINUTE, timeline), undefined);
    for (let at = 1_000; at <= 10_000; at += 1_000) {
      timeline.add(at, [1_000]);
      window.add(at, 1_000, at <= 5_000 ? 10 : 20);
    }
    assert.equal(window.average(10_500, MINUTE, timeline), 15);
    assert.equal(window.average(10_500, 5_000, timeline), 20);
  });

  test('of the shortest window is known whenever it is asked, before the report of the second as after it', () => {
    for (const offset of [0, 250, 500, 999]) {
      const timeline = new ReportTimeline();
      const window = new LoadWindow(0, 10_000);
      for (let at = offset; at <= 20_000; at += 1_000) {
        timeline.add(at, [1_000]);
        window.add(at, 1_000, 8);
        for (let later = 1; later < 1_000; later += 111) {
          assert.equal(
            window.average(at + later, 1_000, timeline),
            8,
            `reports at ${offset} ms, asked ${later} ms later`,
          );
        }
      }
      // A gateway that is silent is not one without load.
      assert.equal(window.average(24_000, 1_000, timeline), undefined);
    }
  });

  test('is zero where others were reported, and unknown where nobody was', () => {
    const timeline = new ReportTimeline();
    const [busy, idle] = [new LoadWindow(0, MINUTE), new LoadWindow(0, MINUTE)];
    for (let at = 0; at < 120_000; at += 1_000) {
      timeline.add(at, [1_000]);
      busy.add(at, 1_000, 3);
    }
    assert.deepEqual([busy.average(119_000, MINUTE, timeline), idle.average(119_000, MINUTE, timeline)], [3, 0]);
    assert.deepEqual([busy.isFull(119_000, MINUTE, timeline), idle.isFull(119_000, MINUTE, timeline)], [true, true]);
    // The machine stood still for ten minutes.
    assert.equal(busy.average(719_000, MINUTE, timeline), undefined);
    assert.equal(busy.isFull(719_000, MINUTE, timeline), false);
    timeline.add(719_000, [600_000]);
    busy.add(719_000, 600_000, 4);
    assert.equal(
      busy.average(719_000, MINUTE, timeline),
      4,
      'a report after a standstill counts as one of two seconds',
    );
    assert.equal(busy.isFull(719_000, MINUTE, timeline), false);
  });

  test('is full after its own first window, with a tenth of it missing at most', () => {
    const timeline = new ReportTimeline();
    for (let at = 0; at < 59_000; at += 1_000) timeline.add(at, []);
    const window = new LoadWindow(30_000, MINUTE);
    for (let at = 59_000; at < 90_000; at += 1_000) timeline.add(at, []);
    assert.equal(window.isFull(88_000, MINUTE, timeline), false);
    assert.equal(window.isFull(89_000, MINUTE, timeline), true);
    assert.equal(window.isFull(95_000, MINUTE, timeline), true);
    assert.equal(window.isFull(96_000, MINUTE, timeline), false);
  });

  test('keeps what it knows when its window is another', () => {
    const timeline = new ReportTimeline();
    const window = new LoadWindow(0, MINUTE);
    for (let at = 0; at < MINUTE; at += 1_000) {
      timeline.add(at, [1_000]);
      window.add(at, 1_000, at < 50_000 ? 1 : 7);
    }
    window.resize(10_000);
    assert.equal(window.average(59_000, 10_000, timeline), 7);
    window.resize(120_000);
    assert.equal(window.average(59_000, 10_000, timeline), 7);
  });
});
