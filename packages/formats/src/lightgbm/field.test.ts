import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { InferRequest, InferResponse, Tensor } from '@berth/inference';
import { InferenceError, LoadError } from '@berth/inference';
import { parseLightgbm } from './booster.ts';
import { lightgbmFormat } from './format.ts';
import { lightgbmModel } from './model.ts';

const fixtures = join(import.meta.dirname, 'fixtures');

function read(file: string): Uint8Array {
  return readFileSync(join(fixtures, file));
}

function columns(cells: Record<string, number[]>): InferRequest {
  const inputs = Object.entries(cells).map(
    ([name, values]): Tensor => ({ name, datatype: 'FP64', shape: [values.length, 1], data: new Float64Array(values) }),
  );
  return { inputs, layout: 'columns', outputs: [] };
}

function assertClose(actual: ArrayLike<number>, expected: number[]): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) <= 1e-12 * Math.max(1, Math.abs(value)), `${actual[i]} ${value}`);
  });
}

describe('names of columns with blanks, = and umlauts', () => {
  const model = lightgbmModel(parseLightgbm(read('031-names.bst')), { flavour: 'kserve' });
  const expected = [-4.097251168806836, 1.951079938814056, -0.8801514502065987];
  const others = { 'x.y/z': [0.37, 0.183, 0.063], größe: [-0.176, 1.085, 0.19], 'a=b': [1.874, -1.561, 0.582] };
  const first = [-1.311, 0.579, -0.056];

  for (const name of ['abc def chi', 'abc_def_chi']) {
    it(`matches "${name}"`, () => {
      const response = model.infer(columns({ ...others, [name]: first })) as InferResponse;
      assertClose(response.outputs[0].data as Float64Array, expected);
    });
  }

  it('refuses both spellings at once', () => {
    assert.throws(
      () => model.infer(columns({ ...others, 'abc def chi': first, abc_def_chi: first })),
      (error) =>
        error instanceof InferenceError && /"abc def chi" and "abc_def_chi" are the same column/.test(error.message),
    );
  });

  it('takes an absent column for missing values and names an unknown one', () => {
    const { 'x.y/z': _, ...rest } = others;
    const response = model.infer(columns({ ...rest, abc_def_chi: first })) as InferResponse;
    assert.equal(response.outputs[0].data.length, 3);
    assert.throws(() => model.infer(columns({ ...others, abc: first })), /no column "abc"/);
  });
});

describe('cut and empty files', () => {
  const refused = (bytes: Uint8Array, text: RegExp) =>
    assert.throws(
      () => parseLightgbm(bytes),
      (error) => error instanceof LoadError && error.reason === 'CorruptModel' && text.test(error.message),
    );

  it('says that there is no tree, which tree is cut, or that nothing is there, and the size', () => {
    const lone = read('033-only-pandas-line.bst');
    refused(lone, new RegExp(`no tree at all \\(${lone.length} bytes\\)`));
    const cut = read('033-cut.bst');
    refused(cut, new RegExp(`cut inside or after tree \\d+: .* ${cut.length} bytes`));
    refused(new Uint8Array(0), /empty \(0 bytes\)/);
  });

  it('refuses a whole file that is cut at any place', () => {
    const whole = read('031-names.bst');
    const text = new TextDecoder().decode(whole);
    const end = text.indexOf('end of trees');
    for (let length = 0; length < end; length += 37) {
      assert.throws(() => parseLightgbm(text.slice(0, length)), LoadError, `cut after ${length} characters`);
    }
  });
});

describe('line ends of Windows', () => {
  it('gives the same numbers', () => {
    const text = new TextDecoder().decode(read('031-names.bst'));
    const dos = new TextEncoder().encode(text.replaceAll('\n', '\r\n'));
    assert.ok(lightgbmFormat.sniff(dos.subarray(0, 64), 'model.bst'));
    const rows = Float64Array.of(-1.311, 1.874, -0.176, 0.37, 0, NaN, 2, 1);
    assert.deepEqual(parseLightgbm(dos).predict(rows, 2), parseLightgbm(text).predict(rows, 2));
  });
});
