/**
 * Compares Berth with what the libraries answered for a corpus that sklearn_corpus.py and boosting_corpus.py made:
 * `node tools/corpus/check.ts <folder> [name filter]` prints how many answers agree, how many models are refused by name,
 * and each kind of failure with some of its models. Exit code 1 where a number is wrong.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type InferRequest, LoadError, type Model, type Tensor } from '@berth/inference';
import type { LoadOptions, ModelFormat } from '../../packages/formats/src/format.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Case {
  readonly format: string;
  readonly file: string;
  readonly inputs: Json[];
  readonly answers?: Record<string, Json>;
  readonly expected?: Json;
  readonly expected_proba?: Json;
}

const OUTPUT_NAMES: Record<string, string> = { margin: 'decision_function' };
const [folder, filter = ''] = process.argv.slice(2);
const tally = new Map<string, string[]>();
let agreed = 0;

for (const name of readdirSync(folder).sort()) {
  const path = join(folder, name, 'case.json');
  if (!name.includes(filter) || !existsSync(path)) continue;
  await check(name, JSON.parse(readFileSync(path, 'utf8')) as Case);
}
const kinds = [...tally].sort((a, b) => b[1].length - a[1].length);
for (const [kind, names] of kinds)
  console.log(`${String(names.length).padStart(5)}  ${kind}\n         ${names.slice(0, 8).join(' ')}`);
console.log(
  `${agreed} answers agree; ${kinds.reduce((sum, [, names]) => sum + names.length, 0)} do not, of ${kinds.length} kinds`,
);
if (kinds.some(([kind]) => !kind.startsWith('refused'))) process.exitCode = 1;

function note(kind: string, name: string): void {
  const key = kind.replace(/-?\d+(\.\d+)?(e[-+]?\d+)?/g, '#').slice(0, 160);
  tally.set(key, [...(tally.get(key) ?? []), name]);
}

async function check(name: string, wanted: Case): Promise<void> {
  let model: Model;
  try {
    const options: LoadOptions = { flavour: 'kserve' };
    model = await (await formatOf(wanted.format)).load(join(folder, name, wanted.file), options);
  } catch (error) {
    note(error instanceof LoadError ? `refused ${error.reason}: ${error.message}` : `CRASH on load: ${error}`, name);
    return;
  }
  const answers = { ...wanted.answers };
  delete answers.refused;
  if (wanted.expected !== undefined) answers.predict = wanted.expected;
  if (wanted.expected_proba !== undefined) answers.predict_proba = wanted.expected_proba;
  for (const [method, expected] of Object.entries(answers)) {
    const output = OUTPUT_NAMES[method] ?? method;
    try {
      const response = await model.infer(request(wanted.inputs, output));
      const problem = compare(response.outputs, expected);
      if (problem === undefined) agreed++;
      else note(`WRONG ${method}: ${problem}`, name);
    } catch (error) {
      note(`FAILED ${method}: ${error instanceof Error ? error.message : error}`, name);
    }
  }
}

async function formatOf(name: string): Promise<ModelFormat> {
  if (name === 'sklearn') return (await import('../../packages/formats/src/sklearn/format.ts')).sklearnFormat;
  if (name === 'xgboost') return (await import('../../packages/formats/src/xgboost/format.ts')).xgboostFormat;
  return (await import('../../packages/formats/src/lightgbm/format.ts')).lightgbmFormat;
}

/** The instances as the v1 decoder hands them over. */
function request(inputs: Json[], output: string): InferRequest {
  const outputs = [output];
  const first = inputs[0];
  if (Array.isArray(first)) {
    const rows = inputs as Json[][];
    if (rows.some((row) => row.some((cell) => typeof cell === 'string' && !/^-?inf$/.test(cell)))) {
      return {
        layout: 'positional',
        outputs,
        inputs: first.map((_, i) =>
          column(
            String(i),
            rows.map((row) => row[i]),
          ),
        ),
      };
    }
    const data = Float64Array.from(rows.flat().map(number));
    const tensor: Tensor = { name: 'instances', datatype: 'FP64', shape: [rows.length, first.length], data };
    return { layout: 'tensors', outputs, inputs: [tensor] };
  }
  if (typeof first === 'object' && first !== null) {
    const rows = inputs as Record<string, Json>[];
    const single = (value: Json) => (Array.isArray(value) ? value[0] : value);
    return {
      layout: 'columns',
      outputs,
      inputs: Object.keys(first).map((key) =>
        column(
          key,
          rows.map((row) => single(row[key])),
        ),
      ),
    };
  }
  return { layout: 'tensors', outputs, inputs: [column('instances', inputs)] };
}

function column(name: string, cells: Json[]): Tensor {
  if (cells.some((cell) => typeof cell === 'string'))
    return { name, datatype: 'BYTES', shape: [cells.length], data: cells.map(String) };
  return { name, datatype: 'FP64', shape: [cells.length], data: Float64Array.from(cells.map(number)) };
}

function number(cell: Json): number {
  if (cell === null) return Number.NaN;
  if (cell === 'inf') return Number.POSITIVE_INFINITY;
  return cell === '-inf' ? Number.NEGATIVE_INFINITY : Number(cell);
}

function compare(outputs: readonly Tensor[], expected: Json): string | undefined {
  const wanted = flatten(expected);
  const got = outputs.flatMap((output) => Array.from(output.data as ArrayLike<unknown>));
  if (wanted.length !== got.length) return `${got.length} values, not ${wanted.length} (shape ${outputs[0]?.shape})`;
  const single = outputs.some((output) => output.datatype === 'FP32');
  let largest = 0;
  for (const value of wanted)
    if (typeof value === 'number' && Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  let worst = 0;
  for (const [i, value] of wanted.entries()) {
    const actual = got[i];
    if (typeof value === 'string' && !/^-?inf$/.test(value)) {
      if (String(actual) !== value) return 'a label differs';
    } else {
      const want = typeof value === 'boolean' ? Number(value) : number(value);
      const have = Number(actual);
      if (
        Object.is(want, have) ||
        (want === have && Number.isFinite(want)) ||
        (Number.isNaN(want) && Number.isNaN(have))
      )
        continue;
      const scale = Math.max(Math.abs(want), Math.abs(have), largest * 0.01, 1e-9);
      worst = Math.max(worst, Number.isNaN(want - have) ? Number.POSITIVE_INFINITY : Math.abs(want - have) / scale);
    }
  }
  // Looser than the golden cases: the scale of a sum's terms is not known here.
  const limit = single ? 2e-6 : 1e-9;
  if (worst <= limit) return undefined;
  return worst > 1e-3 ? 'far off' : worst > 1e-6 ? 'off by more than one in a million' : 'off in the last digits';
}

function flatten(value: Json): Json[] {
  return Array.isArray(value) ? value.flatMap(flatten) : [value];
}
