import type { FeatureFacts } from '@berth/formats';
import type { ModelMetadata } from '@berth/inference';

/** Request bodies of one row that a model takes, as JSON; each undefined where the model's file does not tell enough. */
export interface SampleRequest {
  readonly v1: string | undefined;
  readonly v2: string | undefined;
}

/** A request of more columns is no line that anybody reads. */
const MAX_COLUMNS = 10_000;
const DIGITS = 3;

type Cell = number | string;

/**
 * One row made from what a model tells of itself: centres and categories of the training data where its file has them.
 * @param facts one a column in the model's order, or none (`exploreModel`)
 */
export function sampleRequest(metadata: ModelMetadata, facts: readonly FeatureFacts[]): SampleRequest {
  const { inputs, columns } = metadata;
  const [only] = inputs;
  if (only === undefined || inputs.length > MAX_COLUMNS) return { v1: undefined, v2: undefined };
  if (inputs.length > 1 || only.shape.length > 2 || (only.datatype === 'BYTES' && only.shape.length !== 1)) {
    return ofTensors(metadata, facts);
  }
  if (only.datatype === 'BYTES') {
    const text = words(facts[0]);
    return { v1: say({ instances: [text] }), v2: say({ inputs: [tensor(only.name, 'BYTES', [1], [text])] }) };
  }
  const declared = columns?.length ?? (only.shape.length === 1 ? 1 : (only.shape[1] ?? -1));
  // A model that takes any number of columns takes one.
  const width = declared < 0 ? 1 : declared;
  if (width === 0 || width > MAX_COLUMNS) return { v1: undefined, v2: undefined };
  const isWhole = !/^(FP|BF)/.test(only.datatype);
  const row = Array.from({ length: width }, (_, index) => cell(facts[index], isWhole));
  const isNumeric = row.every((one) => typeof one === 'number');
  if (isNumeric) {
    const shape = only.shape.length === 1 ? [1] : [1, width];
    return {
      v1: say({ instances: [only.shape.length === 1 ? row[0] : row] }),
      v2: say({ inputs: [tensor(only.name, only.datatype, shape, row)] }),
    };
  }
  if (columns === undefined) return { v1: say({ instances: [row] }), v2: undefined };
  const named = row.map((one, index) =>
    tensor(columns[index] as string, typeof one === 'string' ? 'BYTES' : only.datatype, [1, 1], [one]),
  );
  return {
    v1: say({ instances: [Object.fromEntries(columns.map((name, index) => [name, row[index]]))] }),
    v2: say({ parameters: { content_type: 'pd' }, inputs: named }),
  };
}

/** Models that take several tensors, or tensors of more dimensions: free sizes are 1. */
function ofTensors({ inputs }: ModelMetadata, facts: readonly FeatureFacts[]): SampleRequest {
  const sizes = inputs.map(({ shape }) => shape.map((size) => (size < 0 ? 1 : size)));
  const counts = sizes.map((shape) => shape.reduce((product, size) => product * size, 1));
  if (counts.reduce((sum, count) => sum + count, 0) > MAX_COLUMNS) return { v1: undefined, v2: undefined };
  const made = inputs.map(({ name, datatype }, index) => {
    const isWhole = !/^(FP|BF)/.test(datatype);
    const one = datatype === 'BYTES' ? words(facts[index]) : datatype === 'BOOL' ? true : cell(facts[index], isWhole);
    return tensor(
      name,
      datatype,
      sizes[index] as number[],
      Array.from({ length: counts[index] as number }, () => one),
    );
  });
  return { v1: undefined, v2: say({ inputs: made }) };
}

function tensor(name: string, datatype: string, shape: readonly number[], data: readonly unknown[]) {
  return { name, shape, datatype, data };
}

/** An ordinary value of a column: a category, the middle of what was seen, or 1. */
function cell(facts: FeatureFacts | undefined, isWhole: boolean): Cell {
  if (facts === undefined) return 1;
  const category = facts.categories?.find((one): one is Cell => typeof one === 'string' || typeof one === 'number');
  if (category !== undefined && !Number.isNaN(category as number)) return category;
  if (facts.words !== undefined) return words(facts);
  const typical = facts.range?.center ?? middle(facts.seen) ?? middle(facts.thresholds) ?? 1;
  return isWhole ? Math.round(typical) : Number(typical.toPrecision(DIGITS));
}

function words(facts: FeatureFacts | undefined): string {
  return facts?.words?.slice(0, 3).join(' ') ?? 'some text';
}

function middle(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : [...values].sort((left, right) => left - right)[values.length >> 1];
}

function say(body: unknown): string {
  return JSON.stringify(body);
}
