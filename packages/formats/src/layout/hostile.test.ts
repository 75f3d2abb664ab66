import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { isModelName, toModelName } from './model-name.ts';
import { readModelSettings } from './model-settings.ts';
import { readTritonConfig } from './triton-config.ts';

function readOrRefused(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof LoadError, String(error));
    assert.ok(error.message.length < 2000);
  }
}

it('any JSON as model-settings.json is read or refused', () => {
  const keys = fc.constantFrom('name', 'implementation', 'parameters', 'uri', 'version', 'inputs', 'outputs', 'shape');
  const more = fc.constantFrom('datatype', 'platform', 'extra', 'content_type', '__proto__', 'constructor', 'toString');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>('x', 'FP32', 'mlserver_sklearn.SKLearnModel', -1, 2, 0.5, true, null, ''),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(keys, more), tie('tree'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(fc.oneof(keys, more), tree), (settings) => {
      readOrRefused(() => readModelSettings(JSON.stringify(settings), new Map()));
    }),
    { numRuns: 2000 },
  );
  assert.equal(({} as Record<string, unknown>).name, undefined);
});

it('any text as model-settings.json is read or refused', () => {
  fc.assert(fc.property(fc.string(), (text) => readOrRefused(() => readModelSettings(text, new Map()))));
  readOrRefused(() => readModelSettings('['.repeat(200_000), new Map()));
});

it('a config.pbtxt with pieces left out, doubled or swapped is read or refused', () => {
  const pieces =
    `name : "m" max_batch_size : 8 input [ { name : "a" data_type : TYPE_FP32 dims : [ - 1 , 4 ] reshape { shape
    : [ 4 ] } } ] output { name : "b" data_type : TYPE_STRING dims : 1 } version_policy { specific { versions : 2 } }
    parameters { key : "k" value { string_value : "v" } } sequence_batching { control_input [ { name : "S" control [ { kind :
    CONTROL_SEQUENCE_START int32_false_true : [ 0 , 1 ] } ] } ] } dynamic_batching { priority_queue_policy { key : 1 value { } } }`.split(
      /\s+/,
    );
  const edit = fc.tuple(
    fc.nat(pieces.length - 1),
    fc.constantFrom('drop', 'double', 'swap'),
    fc.nat(pieces.length - 1),
  );
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 4 }), (edits) => {
      const changed = [...pieces];
      for (const [at, how, other] of edits) {
        if (how === 'drop') changed[at] = '';
        else if (how === 'double') changed[at] = `${changed[at]} ${changed[at]}`;
        else [changed[at], changed[other]] = [changed[other], changed[at]];
      }
      readOrRefused(() => readTritonConfig(changed.join(' ')));
    }),
    { numRuns: 3000 },
  );
  assert.equal(readTritonConfig(pieces.join(' ')).name, 'm');
});

it('a name made from any text is a name', () => {
  fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => assert.ok(isModelName(toModelName(text)), text)));
  fc.assert(
    fc.property(fc.array(fc.constantFrom('.', '-', 'a', '/', ' ', '..'), { maxLength: 300 }), (parts) => {
      assert.ok(isModelName(toModelName(parts.join(''))));
    }),
  );
});
