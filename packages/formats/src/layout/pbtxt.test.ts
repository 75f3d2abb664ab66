import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { parseTextFormat, type TextField } from './pbtxt.ts';

/** Fields as nested arrays, for reading in a test. */
function plain(fields: readonly TextField[]): unknown[] {
  return fields.map(({ name, value }) => [name, value.kind === 'message' ? plain(value.fields) : value.value]);
}

const parse = (text: string) => plain(parseTextFormat(text, 'config.pbtxt'));

describe('protobuf text format', () => {
  it('takes a field in each of its ways', () => {
    const expected = [
      [
        'input',
        [
          ['name', 'x'],
          ['dims', '1'],
          ['dims', '-1'],
        ],
      ],
    ];
    for (const text of [
      'input { name: "x" dims: 1 dims: -1 }',
      "input: { name: 'x', dims: [ 1, -1 ] }",
      'input [ { name: "x"; dims: [1,-1]; } ]',
      'input: [{name:"x" dims:1 dims:- 1}]',
      'input <\n  name: "x" # the first\n  dims: [1, -1]\n>',
      '\ufeffinput { name: "" "x" dims: [1] dims: [-1] }',
    ]) {
      assert.deepEqual(parse(text), expected, text);
    }
  });

  it('takes numbers, words and escapes', () => {
    assert.deepEqual(parse('a: 0x1F b: 1.5e-3 c: TYPE_FP32 d: true e: -inf f: 2f g: .5 h: 07'), [
      ['a', '0x1F'],
      ['b', '1.5e-3'],
      ['c', 'TYPE_FP32'],
      ['d', 'true'],
      ['e', '-inf'],
      ['f', '2f'],
      ['g', '.5'],
      ['h', '07'],
    ]);
    assert.deepEqual(parse(String.raw`a: "\"\\\n\x41\101\q"`), [['a', '"\\\nAAq']]);
  });

  it('takes an empty file, an empty list and two messages in one list', () => {
    assert.deepEqual(parse('# nothing'), []);
    assert.deepEqual(parse('input: []'), []);
    assert.deepEqual(parse('input [{}, {}]'), [
      ['input', []],
      ['input', []],
    ]);
  });

  it('names the line of a mistake', () => {
    for (const [text, message] of [
      ['name "x"', /line 1: ":" or "\{" is missing before/],
      ['\n\nname: @', /line 3: unexpected "@"/],
      ['input {\n name: "x"\n', /line 2: "\}" is missing at the end/],
      ['dims: [1 2]', /"\]" is missing after the list of dims/],
      ['name:', /a value is missing at the end/],
      ['name: "x', /unexpected/],
      ['}', /expected a field name, found "\}"/],
      ['a: -"x"', /a number is missing after "-"/],
    ] as const) {
      assert.throws(() => parse(text), { name: 'LoadError', reason: 'ModelLayout', message });
    }
  });

  it('is bounded in depth', () => {
    assert.throws(() => parse('a {'.repeat(100_000)), /nested deeper than 32/);
  });

  it('answers any text with fields or a LoadError', () => {
    const words = fc.constantFrom(
      'name',
      ':',
      '{',
      '}',
      '[',
      ']',
      ',',
      ';',
      '"x"',
      '1',
      '-',
      '<',
      '>',
      '#',
      '\n',
      ' ',
      "'",
      '\\',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            parse(text);
          } catch (error) {
            assert.ok(error instanceof LoadError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes a long line of dashes or quotes in no time', () => {
    for (const text of ['-', '"', '1e', 'a', '\\', '#', '.'].map((part) => part.repeat(100_000))) {
      try {
        parse(text);
      } catch (error) {
        assert.ok(error instanceof LoadError);
      }
    }
  });
});
