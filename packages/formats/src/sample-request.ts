import {
  allocate,
  elementCount,
  InferenceError,
  type InferRequest,
  type Model,
  type ModelMetadata,
  type Tensor,
  type TensorSpec,
} from '@berth/inference';
import type { FeatureFacts } from './feature-facts.ts';

/** Bodies of requests that a model takes, ready for JSON. */
export interface SampleRequests {
  /** `{"instances": …}`; absent where v1 can not say it. */
  readonly v1?: unknown;
  /** `{"inputs": …}`; absent where v2 can not say it in JSON: columns of text without names, half floats. */
  readonly v2?: unknown;
}

/** Values of a sample; a longer one is none for people. */
const MAX_VALUES = 10_000;
const TABLES: ReadonlySet<string> = new Set(['sklearn', 'xgboost', 'lightgbm']);

type Value = number | string;

/**
 * One row that the model takes, as v1 and v2 bodies: values out of its training where the file tells them, else zeros.
 * Each candidate is tried on the model; undefined where none is taken, or where a row has too many values.
 */
export async function sampleRequests(
  model: Model,
  facts: readonly FeatureFacts[],
): Promise<SampleRequests | undefined> {
  const { metadata } = model;
  if (!TABLES.has(metadata.platform)) return tensorSamples(metadata);
  const [input] = metadata.inputs;
  if (input === undefined) return undefined;
  if (input.datatype === 'BYTES' && input.shape.length === 1) {
    const text = facts[0]?.words?.slice(0, 3).join(' ') || 'a few words';
    const data = [text];
    return { v1: { instances: data }, v2: { inputs: [{ name: input.name, shape: [1], datatype: 'BYTES', data }] } };
  }
  const row = await findRow(metadata, facts, (request) => takes(model, request));
  return row && bodies(row, input, metadata.columns);
}

/**
 * A request of one row that a table model takes: of {@link sampleRequests}' candidates the first that `takes` takes;
 * undefined where there is none.
 */
export async function sampleRow(
  metadata: ModelMetadata,
  facts: readonly FeatureFacts[],
  takes: (request: InferRequest) => Promise<boolean>,
): Promise<InferRequest | undefined> {
  if (!TABLES.has(metadata.platform)) return undefined;
  const row = await findRow(metadata, facts, takes);
  return row && requestOf(row, metadata.columns);
}

async function findRow(
  metadata: ModelMetadata,
  facts: readonly FeatureFacts[],
  takes: (request: InferRequest) => Promise<boolean>,
): Promise<readonly Value[] | undefined> {
  const width = sampleWidth(metadata);
  if (width > MAX_VALUES) return undefined;
  for (const row of candidates(width, facts)) {
    if (await takes(requestOf(row, metadata.columns))) return row;
  }
  return undefined;
}

/** Columns of a sample: a model that does not say how many it takes does not look at them. */
export function sampleWidth({ columns, inputs }: ModelMetadata): number {
  return Math.max(columns?.length ?? inputs[0]?.shape[1] ?? -1, 1);
}

/** The samples of a model of declared tensors, as far as its declaration tells; nothing is tried. */
export function tensorSamples(metadata: Pick<ModelMetadata, 'inputs'>): SampleRequests | undefined {
  const { inputs } = metadata;
  const filled = inputs.map((spec) => ({ spec, shape: spec.shape.map((dim) => (dim < 0 ? 1 : dim)) }));
  const values = filled.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (inputs.length === 0 || values > MAX_VALUES) return undefined;
  const tensors = filled.map(({ spec, shape }) => {
    const data = flat(spec, elementCount(shape));
    return { name: spec.name, shape, datatype: spec.datatype, data };
  });
  // Half floats are carried in binary alone (Open Inference Protocol).
  const isHalf = inputs.some(({ datatype }) => datatype === 'FP16' || datatype === 'BF16');
  const v2 = isHalf ? {} : { v2: { inputs: tensors } };
  const rows = tensors[0]?.shape[0];
  if (rows === undefined || tensors.some(({ shape }) => shape[0] !== rows)) return v2;
  const nestedOf = tensors.map(({ name, shape, data }) => ({ name, rows: nested(data, shape) as unknown[] }));
  const [only] = nestedOf;
  const instances =
    nestedOf.length === 1 && only !== undefined
      ? only.rows
      : Array.from({ length: rows }, (_, row) =>
          Object.fromEntries(nestedOf.map((one) => [one.name, one.rows[row]] as const)),
        );
  return { v1: { instances }, ...v2 };
}

function flat({ datatype }: TensorSpec, count: number): (number | string | boolean)[] {
  if (datatype === 'BYTES') return Array.from({ length: count }, () => 'text');
  if (datatype === 'BOOL') return Array.from({ length: count }, () => false);
  return Array.from(allocate(datatype, count) as ArrayLike<number | bigint>, Number);
}

function nested(data: readonly unknown[], shape: readonly number[]): unknown {
  const [length = 0, ...rest] = shape;
  if (rest.length === 0) return data;
  const step = elementCount(rest);
  return Array.from({ length }, (_, index) => nested(data.slice(index * step, (index + 1) * step), rest));
}

/** The most telling row first. */
function candidates(width: number, facts: readonly FeatureFacts[]): Value[][] {
  const told = Array.from({ length: width }, (_, column) => likely(facts[column]));
  const zeros = Array.from({ length: width }, () => 0);
  return [
    told,
    told.map((value) => (typeof value === 'string' ? value : 0)),
    zeros,
    zeros.map(() => '0'),
    zeros.map(() => 'a'),
  ];
}

function likely(facts: FeatureFacts | undefined): Value {
  if (facts === undefined) return 0;
  const category = facts.categories?.find((one) => one !== null && typeof one !== 'boolean' && !Number.isNaN(one));
  if (category !== undefined && category !== null && typeof category !== 'boolean') return category;
  if (facts.words !== undefined && facts.words.length > 0) return facts.words.slice(0, 3).join(' ');
  const number = facts.range?.center ?? facts.seen[0] ?? facts.thresholds[0] ?? 0;
  // Enough digits for a sample, and none that a float32 would not have.
  return Number(number.toPrecision(4));
}

/** What the server makes of the row: a tensor of numbers, or a tensor a column. */
function requestOf(row: readonly Value[], names: readonly string[] | undefined): InferRequest {
  if (row.every((value) => typeof value === 'number')) {
    const data = Float64Array.from(row as number[]);
    return { layout: 'tensors', outputs: [], inputs: [{ name: 'x', datatype: 'FP64', shape: [1, row.length], data }] };
  }
  const inputs = row.map((value, index): Tensor => {
    const name = names?.[index] ?? String(index);
    return typeof value === 'number'
      ? { name, datatype: 'FP64', shape: [1], data: Float64Array.of(value) }
      : { name, datatype: 'BYTES', shape: [1], data: [value] };
  });
  return { layout: names === undefined ? 'positional' : 'columns', outputs: [], inputs };
}

function bodies(row: readonly Value[], input: TensorSpec, names: readonly string[] | undefined): SampleRequests {
  const instance =
    names === undefined ? row : Object.fromEntries(names.map((name, index) => [name, row[index]] as const));
  const v1 = { instances: [instance] };
  if (row.every((value) => typeof value === 'number')) {
    const { name, datatype } = input;
    return { v1, v2: { inputs: [{ name, shape: [1, row.length], datatype, data: row }] } };
  }
  if (names === undefined) return { v1 };
  const inputs = row.map((value, index) => ({
    name: names[index],
    shape: [1, 1],
    datatype: typeof value === 'number' ? 'FP64' : 'BYTES',
    data: [value],
  }));
  return { v1, v2: { parameters: { content_type: 'pd' }, inputs } };
}

async function takes(model: Model, request: InferRequest): Promise<boolean> {
  try {
    await model.infer(request);
    return true;
  } catch (thrown) {
    if (InferenceError.from(thrown).code === 'INVALID_INPUT') return false;
    throw thrown;
  }
}
