import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import type { DocumentValue } from './document.ts';
import { parseUbjson } from './ubjson.ts';

/** UBJSON as XGBoost writes it: keys and texts with an int64 length, doubles, arrays with a count. */
function encode(value: DocumentValue): number[] {
  if (value === null) return [0x5a];
  if (typeof value === 'boolean') return [value ? 0x54 : 0x46];
  if (typeof value === 'number') return [0x44, ...bytesOf((view) => view.setFloat64(0, value))];
  if (typeof value === 'string') return [0x53, ...text(value)];
  if (value instanceof Float32Array) {
    const elements = Array.from(value, (element) => bytesOf((view) => view.setFloat32(0, element)).slice(0, 4));
    return [0x5b, 0x24, 0x64, 0x23, ...long(value.length), ...elements.flat()];
  }
  if (Array.isArray(value)) return [0x5b, 0x23, ...long(value.length), ...value.flatMap(encode)];
  return [0x7b, ...Object.entries(value).flatMap(([key, field]) => [...text(key), ...encode(field)]), 0x7d];
}

function bytesOf(write: (view: DataView) => void): number[] {
  const view = new DataView(new ArrayBuffer(8));
  write(view);
  return [...new Uint8Array(view.buffer)];
}

function long(value: number): number[] {
  return [0x4c, ...bytesOf((view) => view.setBigInt64(0, BigInt(value)))];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...long(bytes.length), ...bytes];
}

const documents = fc.letrec<{ value: DocumentValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true }),
    fc.string({ unit: 'grapheme' }),
    fc.float32Array({ noNaN: true, maxLength: 5 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__'), fc.constant('constructor')), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;

/** Without prototypes, as the reader makes objects. */
function bare(value: DocumentValue): DocumentValue {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  const object = Object.create(null);
  for (const [key, field] of Object.entries(value)) object[key] = bare(field);
  return object;
}

describe('UBJSON', () => {
  it('reads back what was written, __proto__ included', () => {
    fc.assert(
      fc.property(documents, (value) => {
        assert.deepEqual(parseUbjson(Uint8Array.from(encode(value))), bare(value));
      }),
    );
  });

  it('does not depend on how the bytes are held', () => {
    const typed = [0x5b, 0x24, 0x69, 0x23, 0x69, 3, 1, 2, 0xff];
    const pooled = Buffer.from([9, ...typed]).subarray(1);
    assert.deepEqual(parseUbjson(pooled), Int8Array.of(1, 2, -1));
  });

  it('answers damage with a LoadError and nothing else', () => {
    fc.assert(
      fc.property(documents, fc.nat(), fc.nat(255), fc.nat(), (value, at, byte, cut) => {
        const bytes = Uint8Array.from(encode(value));
        bytes[at % bytes.length] = byte;
        onlyLoadErrors(bytes.subarray(0, 1 + (cut % bytes.length)));
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), onlyLoadErrors));
  });

  it('allocates nothing for what is not there', () => {
    const longest = bytesOf((view) => view.setBigInt64(0, 0x7fffffffffffffffn));
    const texts = [
      [0x53, 0x4c, ...longest],
      [0x5b, 0x23, ...long(2 ** 40)],
      [0x5b, 0x24, 0x64, 0x23, ...long(2 ** 40)],
      [0x5b, 0x24, 0x5a, 0x23, ...long(2 ** 40)],
      [0x7b, 0x24, 0x54, 0x23, ...long(2 ** 40)],
      [0x5b, 0x24, 0x64, 0x23, 0x69, 0xff],
    ];
    for (const bytes of texts) assert.throws(() => parseUbjson(Uint8Array.from(bytes)), LoadError);
  });

  it('bounds nesting', () => {
    assert.throws(() => parseUbjson(new Uint8Array(100_000).fill(0x5b)), /nested deeper/);
  });
});

function onlyLoadErrors(bytes: Uint8Array): void {
  try {
    parseUbjson(bytes);
  } catch (error) {
    assert.ok(error instanceof LoadError, String(error));
  }
}

it('a file of empty objects is refused before they take its hundredfold in memory', () => {
  const open = [0x7b, ...text('learner'), 0x5b];
  for (const empty of ['{}', '[]']) {
    const file = Buffer.concat([Buffer.from(open), Buffer.from(empty.repeat(1_000_000)), Buffer.from(']}')]);
    assert.throws(
      () => parseUbjson(new Uint8Array(file)),
      (error) => error instanceof LoadError && error.reason === 'LimitExceeded',
    );
  }
});
