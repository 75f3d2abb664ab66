import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { InferRequest, InferResponse, Tensor } from '@berth/inference';
import { InferenceError } from '@berth/inference';
import { parseXgboost } from './booster.ts';
import { xgboostFormat } from './format.ts';
import { xgboostModel } from './model.ts';

const fixtures = join(import.meta.dirname, 'fixtures');

function load(file: string) {
  return xgboostModel(parseXgboost(readFileSync(join(fixtures, file))), { flavour: 'kserve' });
}

function matrix(rows: number[][], datatype: 'FP64' | 'FP32' | 'INT64' = 'FP64'): InferRequest {
  const flat = rows.flat();
  const data =
    datatype === 'INT64'
      ? BigInt64Array.from(flat, BigInt)
      : datatype === 'FP32'
        ? new Float32Array(flat)
        : new Float64Array(flat);
  return {
    inputs: [{ name: 'x', datatype, shape: [rows.length, rows[0].length], data }],
    layout: 'tensors',
    outputs: [],
  };
}

function columns(cells: Record<string, number[]>, layout: InferRequest['layout'] = 'columns'): InferRequest {
  const inputs = Object.entries(cells).map(
    ([name, values]): Tensor => ({ name, datatype: 'FP64', shape: [values.length], data: new Float64Array(values) }),
  );
  return { inputs, layout, outputs: [] };
}

function predict(file: string, request: InferRequest): number[] {
  const response = load(file).infer(request) as InferResponse;
  return Array.from(response.outputs[0].data as Float32Array);
}

function assertClose(actual: number[], expected: number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(
      Math.abs(value - expected[i]) <= 1e-6 * Math.max(Math.abs(value), Math.abs(expected[i])),
      `${value} ${expected[i]}`,
    );
  });
}

describe('base scores in brackets (XGBoost 3.1 and newer)', () => {
  const request = matrix([
    [0.10000000149011612, -0.4000000059604645, 1.2000000476837158],
    [2.0, 0.30000001192092896, -1.0],
  ]);
  const expected: [string, number[]][] = [
    ['023-binary', [0.1113794818520546, 0.8215914368629456]],
    ['023-squared', [6.5977277755737305, 7.2419114112854]],
    ['023-two-targets', [2.7235894203186035, -2.3943402767181396, 3.7810018062591553, -1.8330910205841064]],
  ];
  for (const [name, values] of expected) {
    for (const ext of ['json', 'ubj']) {
      it(`${name}.${ext}`, () => assertClose(predict(`${name}.${ext}`, request), values));
    }
  }

  it('gives two targets the shape [n, 2]', () => {
    const response = load('023-two-targets.json').infer(request) as InferResponse;
    assert.deepEqual(response.outputs[0].shape, [2, 2]);
  });
});

describe('an old binary file under the name of another format', () => {
  it('is told by content and answers', () => {
    const bytes = readFileSync(join(fixtures, '025-old-binary.ubj'));
    assert.ok(xgboostFormat.sniff(bytes.subarray(0, 256), 'model.ubj'));
    assert.equal(load('025-old-binary.ubj').metadata.properties.get('format'), 'XGBoost binary');
    const rows = [
      [0.3540396988391876, -0.004965368192642927, -0.5315980315208435, -2.276566505432129],
      [0.018715377897024155, 0.9273688197135925, 1.043334722518921, -0.536198079586029],
      [2.2293639183044434, 1.9436919689178467, -0.22822615504264832, -0.1551811397075653],
    ];
    assertClose(
      predict('025-old-binary.ubj', matrix(rows)),
      [0.16749009490013123, 0.939085841178894, 0.937485933303833],
    );
  });
});

describe('columns by name', () => {
  const expected = [2.4917361736297607, -3.253324508666992];

  it('takes a matrix by position', () => {
    assertClose(
      predict(
        '028-churn.json',
        matrix([
          [1, 0, 9],
          [-1, 0.5, -9],
        ]),
      ),
      expected,
    );
  });

  it('takes named columns in any order, as a table and as one tensor each', () => {
    const cells = { calls: [9, -9], tenure: [1, -1], usage_gb: [0, 0.5] };
    assertClose(predict('028-churn.json', columns(cells)), expected);
    assertClose(predict('028-churn.json', columns(cells, 'tensors')), expected);
  });

  it('names a missing column, an unknown one, one that is there twice, and rows of another width', () => {
    assertRefused(columns({ tenure: [1], calls: [9] }), /lacks the column "usage_gb"/);
    assertRefused(columns({ tenure: [1], usage_gb: [0], calls: [9], row_id: [77] }), /no column "row_id".*"usage_gb"/);
    assertRefused(matrix([[1, 0]]), /rows of 2 values.*rows of 3 numbers \(tenure, usage_gb, calls\)/);
    assertRefused(columns({ tenure: [1, 2], usage_gb: [0], calls: [9] }), /"usage_gb" has 1 rows.*"tenure" has 2/);
  });

  it('shows the columns in the metadata', () => {
    assert.deepEqual(load('028-churn.json').metadata.columns, ['tenure', 'usage_gb', 'calls']);
  });
});

function assertRefused(request: InferRequest, text: RegExp): void {
  assert.throws(
    () => load('028-churn.json').infer(request),
    (error) => error instanceof InferenceError && error.code === 'INVALID_INPUT' && text.test(error.message),
  );
}

describe('dates as numbers', () => {
  const dates = [20180129, 20180130, 20180131, 20180132, 20180133, 20180134, 20180135].map((date) => [date]);
  const [out, inside] = [0.8921608924865723, 0.14754825830459595];
  const expected = [out, out, inside, inside, inside, out, out];

  for (const datatype of ['FP64', 'INT64', 'FP32'] as const) {
    it(`rounds ${datatype} to float32 before it compares`, () => {
      assertClose(predict('030-dates.json', matrix(dates, datatype)), expected);
    });
  }
});
