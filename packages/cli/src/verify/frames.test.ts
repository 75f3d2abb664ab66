import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeFrame, FrameReader } from './frames.ts';

describe('frames', () => {
  test('come out as they went in, however a pipe cuts them', () => {
    const frame = fc.record({
      header: fc.dictionary(fc.string(), fc.string()),
      body: fc.uint8Array({ maxLength: 50 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), (frames, cut) => {
        const bytes = Buffer.concat(frames.map(({ header, body }) => encodeFrame(header, [body])));
        const reader = new FrameReader(1000);
        const got = [];
        for (let at = 0; at < bytes.length; at += cut) got.push(...reader.push(bytes.subarray(at, at + cut)));
        assert.deepEqual(
          got.map(({ header, body }) => ({ header, body })),
          frames.map(({ header, body }) => ({ header: { ...header }, body })),
        );
      }),
    );
  });

  test('larger than allowed are refused by what they say, before they are there', () => {
    const head = encodeFrame({}, [new Uint8Array(11)]).subarray(0, 12);
    assert.throws(() => new FrameReader(10).push(Buffer.from(head)), RangeError);
    assert.deepEqual(new FrameReader(11).push(Buffer.from(head)), []);
  });
});
