import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoadError } from '@berth/inference';
import { parseJsonText } from './json.ts';

describe('JSON as XGBoost and Python write it', () => {
  it('reads NaN and infinities outside of strings, and leaves strings alone', () => {
    const text = '{"NaN": [NaN, -Infinity, Infinity, 1], "a\\\\\\"NaN": "Infinity \\\\", "b": NaN}';
    const expected = { NaN: [null, -Infinity, Infinity, 1], 'a\\"NaN': 'Infinity \\', b: null };
    assert.deepEqual(parseJsonText(text), expected);
  });

  it('does not run out of stack on long strings', () => {
    for (const filler of ['x', '\\n']) {
      const text = `{"a":"${filler.repeat(5_000_000)}","b":NaN}`;
      assert.equal((parseJsonText(text) as { b: null }).b, null);
      assert.throws(() => parseJsonText(text.slice(0, -20)), LoadError);
    }
  });
});
