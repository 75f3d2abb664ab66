import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { fieldsIn, integers, MessageWriter, text } from './wire.ts';

describe('protobuf wire format', () => {
  it('reads what it writes', () => {
    const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });
    const value = fc.oneof(fc.maxSafeNat(), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(field, value), { maxLength: 20 }), (fields) => {
        const writer = new MessageWriter();
        for (const [number, content] of fields) {
          if (typeof content === 'number') writer.varint(number, content);
          else writer.bytes(number, content);
        }
        const bytes = writer.finish();
        assert.equal(writer.length, bytes.length);
        const read = [...fieldsIn(bytes)];
        assert.deepEqual(
          read.map((one) => [one.field, one.wire === 0 ? one.value : new Uint8Array(one.bytes)]),
          fields,
        );
        const copy = new MessageWriter();
        for (const one of read) copy.raw(one.whole);
        assert.deepEqual(copy.finish(), bytes);
      }),
    );
  });

  it('answers any bytes with fields or a LoadError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const field of fieldsIn(bytes)) assert.ok(field.whole.length > 0);
        } catch (error) {
          assert.ok(error instanceof LoadError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads packed and single integers, negative ones too', () => {
    const minusOne = Uint8Array.of(0x38, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    assert.equal([...fieldsIn(minusOne)][0].value, -1);
    const packed = new MessageWriter()
      .bytes(8, Uint8Array.of(1, 2, 0x80, 1))
      .string(1, 'é')
      .finish();
    const [numbers, name] = [...fieldsIn(packed)];
    assert.deepEqual(integers(numbers), [1, 2, 128]);
    assert.equal(text(name), 'é');
  });

  it('refuses groups, field 0 and numbers that never end', () => {
    for (const bytes of [[0x0b], [0x00, 0x01], new Array(11).fill(0xff), [0x0a, 0x05, 0x01]]) {
      assert.throws(() => [...fieldsIn(Uint8Array.from(bytes))], LoadError);
    }
  });
});
