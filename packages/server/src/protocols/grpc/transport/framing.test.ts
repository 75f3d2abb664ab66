import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader, frameOf } from './framing.ts';
import { encodeGrpcMessage, GrpcError } from './status.ts';
import { parseTimeout } from './timeout.ts';

test('messages come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map((message, index) => frameOf(message, index % 2 === 1)));
        const reader = new FrameReader(1_000);
        const seen: { compressed: boolean; bytes: number[] }[] = [];
        let at = 0;
        for (const end of [
          ...cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right),
          bytes.length,
        ]) {
          reader.push(bytes.subarray(at, end));
          at = end;
          for (let frame = reader.take(); frame !== undefined; frame = reader.take()) {
            seen.push({ compressed: frame.compressed, bytes: Array.from(frame.bytes) });
          }
        }
        assert.ok(reader.atBoundary);
        assert.deepEqual(
          seen,
          messages.map((message, index) => ({ compressed: index % 2 === 1, bytes: Array.from(message) })),
        );
      },
    ),
  );
});

test('a message over the limit is refused by its head alone', () => {
  const reader = new FrameReader(10);
  reader.push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
  assert.throws(
    () => reader.take(),
    (error) => error instanceof GrpcError && error.code === 8,
  );
});

test('a flag that does not exist is refused', () => {
  const reader = new FrameReader(10);
  reader.push(Buffer.from([2, 0, 0, 0, 0]));
  assert.throws(() => reader.take(), /starts with 2/);
});

test('grpc-message is printable ASCII that decodes to the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const encoded = encodeGrpcMessage(text);
      assert.match(encoded, /^[\x20-\x7e]*$/);
      assert.equal(decodeURIComponent(encoded), text.toWellFormed());
    }),
  );
  assert.equal(encodeGrpcMessage('100% of\r\nit'), '100%25 of%0D%0Ait');
  assert.ok(encodeGrpcMessage('ü'.repeat(10_000)).length < 10_000);
});

test('grpc-timeout', () => {
  assert.equal(parseTimeout('1S'), 1_000);
  assert.equal(parseTimeout('99999999m'), 99_999_999);
  assert.equal(parseTimeout('1n'), 1e-6);
  assert.equal(parseTimeout('2H'), 7_200_000);
  for (const wrong of ['', 'S', '1', '1s', '123456789S', '-1S', '1.5S', ' 1S', '1S '])
    assert.throws(() => parseTimeout(wrong), GrpcError, wrong);
});
