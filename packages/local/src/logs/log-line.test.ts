import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LineFramer, MAX_LINE_BYTES, parseLogLine } from './log-line.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');

function frame(chunks: readonly Buffer[]): string[] {
  const framer = new LineFramer('stdout');
  const framed = [...chunks.map((chunk) => framer.frame(chunk, NOW)), framer.end(NOW)];
  return Buffer.concat(framed).toString('latin1').split('\n').slice(0, -1);
}

describe('lines of a log', () => {
  test('have a head each, whatever the line end', () => {
    assert.deepEqual(frame([Buffer.from('one\ntwo\r\n\nlast')]), [
      '2026-01-02T03:04:05.678Z stdout F one',
      '2026-01-02T03:04:05.678Z stdout F two',
      '2026-01-02T03:04:05.678Z stdout F ',
      '2026-01-02T03:04:05.678Z stdout F last',
    ]);
  });

  test('are split where they are long, also when they never end', () => {
    const lines = frame([Buffer.alloc(MAX_LINE_BYTES * 2, 'a'), Buffer.from('b\n'), Buffer.alloc(5, 'c')]);
    assert.deepEqual(
      lines.map((line) => parseLogLine(line)).map((line) => [line?.isPart, line?.text.length]),
      [
        [true, MAX_LINE_BYTES],
        [true, MAX_LINE_BYTES],
        [false, 1],
        [false, 5],
      ].map(([isPart, length]) => [isPart, length]),
    );
  });

  test('lose no byte, however the output is cut', () => {
    const chunk = fc.oneof(
      fc.string({ maxLength: 50 }).map((text) => Buffer.from(text)),
      fc
        .array(fc.constantFrom('a', '\n', '\n\n', 'b'.repeat(9_000)), { maxLength: 60 })
        .map((all) => Buffer.from(all.join(''))),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), (chunks) => {
        const parsed = frame(chunks).map((line) => parseLogLine(line) ?? assert.fail(`no log line: ${line}`));
        const text = parsed.map((line) => line.text + (line.isPart ? '' : '\n')).join('');
        const input = Buffer.concat(chunks).toString('latin1').replaceAll('\r\n', '\n');
        assert.equal(text, input === '' || input.endsWith('\n') ? input : `${input}\n`);
        assert.ok(parsed.every((line) => line.text.length <= MAX_LINE_BYTES));
      }),
      { numRuns: 300 },
    );
  });

  test('other lines are none', () => {
    assert.equal(parseLogLine('half a line that was cut stdout F x'), undefined);
    assert.equal(parseLogLine(''), undefined);
  });
});
