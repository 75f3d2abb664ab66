import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type OptionSpecs, parseArguments, refuseWords } from './parse.ts';
import { SERVER_OPTIONS, serverOptions } from './server-options.ts';
import { givenDialect } from './table-options.ts';
import { ArgumentValues } from './values.ts';

const OPTIONS: OptionSpecs = {
  output: { type: 'string', short: 'o' },
  flavour: { type: 'string' },
  separator: { type: 'string' },
  encoding: { type: 'string' },
};
const values = (...words: string[]) => new ArgumentValues(parseArguments(words, OPTIONS), {});
const refusal = { code: 'InvalidOption', exitCode: 2 };

describe('an option of a few words', () => {
  test('takes each of them in any case', () => {
    assert.equal(values('-o', 'JSON').choice('output', ['json', 'yaml']), 'json');
    assert.equal(values().choice('output', ['json']), undefined);
  });

  test('lists them for any other', () => {
    const message = '-o xml is not offered; text, json and yaml are';
    assert.throws(() => values('-o', 'xml').choice('output', ['text', 'json', 'yaml']), { ...refusal, message });
    assert.throws(() => values('-o', 'xml').choice('output', ['json']), {
      message: '-o xml is not offered; json is',
    });
    assert.throws(() => values('--flavour', '').choice('flavour', ['kserve', 'triton']), {
      message: '--flavour "" is not offered; kserve and triton are',
    });
  });
});

describe('how a file of rows is written', () => {
  test('the separator is one ASCII character, or tab', () => {
    assert.deepEqual(givenDialect(values('--separator', ';', '--encoding', 'Latin1')), {
      separator: ';',
      encoding: 'latin1',
    });
    for (const tab of ['tab', '\\t', '\t']) assert.equal(givenDialect(values('--separator', tab)).separator, '\t');
    for (const text of [';;', '', '"', '\n', 'é']) {
      assert.throws(() => givenDialect(values(`--separator=${text}`)), refusal, JSON.stringify(text));
    }
  });
});

test('a command of options only refuses a word', () => {
  assert.throws(() => refuseWords(parseArguments(['iris'], OPTIONS), 'status'), {
    code: 'UsageError',
    message: 'berth status takes no "iris"',
  });
});

test('a port is what people call it', () => {
  const read = (word: string) => serverOptions(new ArgumentValues(parseArguments([word, '9000'], SERVER_OPTIONS), {}));
  for (const word of ['--port', '--http-port', '--http_port']) assert.equal(read(word).httpPort, 9000, word);
});
