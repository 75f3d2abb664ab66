import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeptBody } from './kept-body.ts';

test('chunks of any sizes come out in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 }), (sizes) => {
      const body = new KeptBody();
      const sent = sizes.map((size, index) => Buffer.alloc(size, index));
      for (const chunk of sent) {
        body.push(chunk);
        // Whoever looks in between changes nothing.
        if (chunk.length % 7 === 0) void body.chunks;
      }
      assert.deepEqual(Buffer.concat(body.chunks), Buffer.concat(sent));
      assert.equal(body.bytes, Buffer.concat(sent).length);
    }),
  );
});

test('half a million chunks of one byte are a few buffers, a single chunk is itself', () => {
  const body = new KeptBody();
  const first = Buffer.from('a');
  body.push(first);
  assert.equal(body.chunks[0], first);
  for (let index = 0; index < 500_000; index++) body.push(Buffer.from('b'));
  assert.ok(body.chunks.length < 40, String(body.chunks.length));
});
