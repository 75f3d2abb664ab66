import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { InferenceError, type InferRequest, type InferResponse, type Tensor } from '@berth/inference';
import { sklearnFormat } from './format.ts';

// Two models of the same four columns, one trained on a DataFrame (field case 007).
const NAMED = fileURLToPath(new URL('./fixtures/named-columns/named.joblib', import.meta.url));
const UNNAMED = fileURLToPath(new URL('./fixtures/named-columns/unnamed.joblib', import.meta.url));
// A text classifier (field case 012).
const TEXTS = fileURLToPath(new URL('./fixtures/texts.joblib', import.meta.url));
const NAMES = ['sepal_l', 'sepal_w', 'petal_l', 'petal_w'];
const COLUMNS = new Map([
  ['sepal_l', [5.1, 6.3]],
  ['sepal_w', [3.5, 3.3]],
  ['petal_l', [1.4, 6.0]],
  ['petal_w', [0.2, 2.5]],
]);

function fp64(name: string, shape: number[], data: number[]): Tensor {
  return { name, datatype: 'FP64', shape, data: Float64Array.from(data) };
}

function columns(names: readonly string[]): Tensor[] {
  return names.map((name) => fp64(name, [2], COLUMNS.get(name) ?? [0, 0]));
}

function request(inputs: Tensor[], rest: Partial<InferRequest> = {}): InferRequest {
  return { inputs, layout: 'tensors', outputs: [], ...rest };
}

const load = (path: string, predictProba = false) => sklearnFormat.load(path, { flavour: 'kserve', predictProba });

async function predict(path: string, body: InferRequest): Promise<number[]> {
  const model = await load(path);
  const { outputs } = (await model.infer(body)) as InferResponse;
  return Array.from(outputs[0].data as BigInt64Array, Number);
}

async function refusal(path: string, body: InferRequest): Promise<string> {
  const model = await load(path);
  try {
    await model.infer(body);
  } catch (error) {
    assert.ok(error instanceof InferenceError);
    assert.equal(error.code, 'INVALID_INPUT');
    return error.message;
  }
  return assert.fail('the request was answered');
}

test('one tensor a feature, in any order, where the model knows its columns', async () => {
  assert.deepEqual(await predict(NAMED, request(columns(NAMES))), [0, 2]);
  assert.deepEqual(await predict(NAMED, request(columns(NAMES.toReversed()))), [0, 2]);
});

test('one tensor a feature without column names says what to send', async () => {
  const text = await refusal(UNNAMED, request(columns(NAMES)));
  assert.match(text, /\[n, 4\]/);
  assert.match(text, /pd/);
});

test('columns go in the order sent where the model has no names', async () => {
  assert.deepEqual(await predict(UNNAMED, request(columns(NAMES), { layout: 'columns' })), [0, 2]);
});

test('missing and unknown columns are named', async () => {
  const text = await refusal(
    NAMED,
    request(columns(['sepal_l', 'sepal_w', 'petal_l', 'petal_x']), { layout: 'columns' }),
  );
  assert.match(text, /missing "petal_w"/);
  assert.match(text, /unknown "petal_x"/);
});

test('a flat row, a wide row and words are refused with what the model takes', async () => {
  const flat = await refusal(NAMED, request([fp64('instances', [4], [5.1, 3.5, 1.4, 0.2])]));
  assert.match(flat, /4/);
  assert.match(flat, /\[\[/);
  assert.doesNotMatch(flat, /reshape|array\.|Traceback/);
  const wide = await refusal(NAMED, request([fp64('x', [1, 5], [5.1, 3.5, 1.4, 0.2, 9])]));
  assert.match(wide, /5.*4/);
  const words: Tensor[] = [
    fp64('0', [1], [5.1]),
    fp64('1', [1], [3.5]),
    { name: '2', datatype: 'BYTES', shape: [1], data: ['long'] },
    fp64('3', [1], [0.2]),
  ];
  assert.match(await refusal(UNNAMED, request(words, { layout: 'positional' })), /row 0, column 2/);
  assert.match(await refusal(NAMED, request(words, { layout: 'positional' })), /row 0, column 2/);
});

test('a text model takes one text a row, and says what else it was sent', async () => {
  const texts = ['refund — naïve café order', 'loved the actors'];
  const bytes = texts.map((one) => new Uint8Array(Buffer.from(one)));
  const tensor = (shape: number[], data: Tensor['data']): Tensor => ({ name: 'text', datatype: 'BYTES', shape, data });
  const model = await load(TEXTS);
  assert.deepEqual(model.metadata.inputs, [{ name: 'predict', datatype: 'BYTES', shape: [-1] }]);
  for (const body of [
    request([tensor([2], texts)]),
    request([tensor([2], bytes)]),
    request([tensor([2, 1], texts)]),
    request([tensor([2], texts)], { layout: 'columns' }),
    request([tensor([2], texts)], { layout: 'positional' }),
  ]) {
    const { outputs } = (await model.infer(body)) as InferResponse;
    assert.deepEqual(outputs[0], { name: 'predict', datatype: 'BYTES', shape: [2], data: ['billing', 'film'] });
  }
  assert.match(await refusal(TEXTS, request([tensor([1], [Uint8Array.of(255, 254, 0)])])), /"text", row 0.*UTF-8/);
  assert.match(await refusal(TEXTS, request([fp64('text', [1], [1])])), /takes texts; input "text" is FP64/);
  assert.match(await refusal(TEXTS, request([tensor([1, 2], texts)])), /"text" has shape \[1, 2\]/);
});

test('NaN is refused with its row and column', async () => {
  const text = await refusal(NAMED, request([fp64('x', [2, 4], [1, 2, 3, 4, 5, 6, Number.NaN, 8])]));
  assert.match(text, /NaN.*row 1, column 2/);
});

test('every datatype is a number', async () => {
  for (const [datatype, data] of [
    ['FP32', Float32Array.from([5.1, 3.5, 1.4, 0.2])],
    ['INT64', BigInt64Array.from([5n, 3n, 1n, 0n])],
    ['INT8', Int8Array.from([5, 3, 1, 0])],
    ['FP16', Uint16Array.from([0x4519, 0x4300, 0x3d9a, 0x3266])],
    ['BF16', Uint16Array.from([0x40a3, 0x4060, 0x3fb3, 0x3e4d])],
  ] as const) {
    const tensor = { name: 'x', datatype, shape: [1, 4], data } as Tensor;
    assert.deepEqual(await predict(UNNAMED, request([tensor])), [0], datatype);
  }
});

test('numbers in quotes are no numbers in rows; in named columns they are, as in pandas object columns', async () => {
  const quoted: Tensor = { name: 'x', datatype: 'BYTES', shape: [1, 4], data: ['5.1', '3.5', '1.4', '0.2'] };
  assert.match(await refusal(UNNAMED, request([quoted])), /row 0, column 0 holds the text "5.1"; write 5.1 without/);
  const cells = ['5.1', '3.5', '1.4', '0.2'].map((one, j): Tensor => {
    return { name: NAMES[j], datatype: 'BYTES', shape: [1], data: [one] };
  });
  assert.match(await refusal(UNNAMED, request(cells, { layout: 'positional' })), /holds the text "5.1"/);
  assert.deepEqual(await predict(NAMED, request(cells)), [0]);
});

test('outputs are the methods; another name lists them', async () => {
  const model = await load(UNNAMED);
  const x = fp64('x', [1, 4], [5.1, 3.5, 1.4, 0.2]);
  const { outputs } = (await model.infer(
    request([x], { outputs: ['predict_proba', 'predict', 'predict_log_proba', 'decision_function'] }),
  )) as InferResponse;
  assert.deepEqual(
    outputs.map(({ name, shape, datatype }) => [name, shape, datatype]),
    [
      ['predict_proba', [1, 3], 'FP64'],
      ['predict', [1], 'INT64'],
      ['predict_log_proba', [1, 3], 'FP64'],
      ['decision_function', [1, 3], 'FP64'],
    ],
  );
  const text = await refusal(UNNAMED, request([x], { outputs: ['transform'] }));
  assert.match(text, /"transform".*predict, predict_proba, predict_log_proba, decision_function/);
});

test('predictProba makes the probabilities the default', async () => {
  const model = await load(UNNAMED, true);
  assert.deepEqual(model.metadata.defaultOutputs, ['predict_proba']);
  const { outputs } = (await model.infer(request([fp64('x', [1, 4], [5.1, 3.5, 1.4, 0.2])]))) as InferResponse;
  assert.equal(outputs[0].name, 'predict_proba');
});

test('the metadata says inputs, outputs, classes and version', async () => {
  const { metadata } = await load(NAMED);
  assert.equal(metadata.platform, 'sklearn');
  assert.deepEqual(metadata.inputs[0].shape, [-1, 4]);
  assert.deepEqual(metadata.columns, NAMES);
  assert.deepEqual(metadata.classes, ['0', '1', '2']);
  assert.match(metadata.properties.get('scikit-learn') ?? '', /^\d+\.\d+/);
});

test('an absent file is unreadable, an empty one corrupt', async () => {
  await assert.rejects(load('/nonexistent/model.joblib'), { name: 'LoadError', reason: 'ModelUnreadable' });
  await assert.rejects(load('/dev/null'), { name: 'LoadError', reason: 'CorruptModel' });
});
