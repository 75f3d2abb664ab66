import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchesOutput } from './match-output.ts';
import { readScript } from './read-script.ts';

describe('scripts in documents', () => {
  test('are commands with what they print and how they end', () => {
    const text =
      'Hello\n\n```console\n$ one \\\n> two\nout\n$ three\n[exit 4]\n```\n\n```yaml\n$ no\n```\n```terminal\n$ four\n```\n';
    assert.deepEqual(readScript(text), [
      { command: 'one \\\ntwo', expected: ['out'], exitCode: 0, inTerminal: false, line: 4 },
      { command: 'three', expected: [], exitCode: 4, inTerminal: false, line: 7 },
      { command: 'four', expected: [], exitCode: 0, inTerminal: true, line: 15 },
    ]);
    assert.throws(() => readScript('```console\nout\n```\n'), /line 2/);
  });

  test('take any text where they say …, and nothing else', () => {
    const yes: [string[], string[]][] = [
      [[], []],
      [['a'], ['a']],
      [['…'], []],
      [['…'], ['a', 'b']],
      [
        ['a', '…', 'd'],
        ['a', 'b', 'c', 'd'],
      ],
      [
        ['…', 'c', '…'],
        ['c', 'c', 'c'],
      ],
      [['in … ms (…)'], ['in 12 ms (fast)']],
      [['1.5 + (2)'], ['1.5 + (2)']],
    ];
    for (const [expected, lines] of yes) assert.ok(matchesOutput(expected, lines), expected.join('|'));
    const no: [string[], string[]][] = [
      [[], ['a']],
      [['a'], []],
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      [['a…'], ['ba']],
      [
        ['a', '…', 'd'],
        ['a', 'b'],
      ],
      [['1.5'], ['125']],
    ];
    for (const [expected, lines] of no) assert.ok(!matchesOutput(expected, lines), expected.join('|'));
  });
});
