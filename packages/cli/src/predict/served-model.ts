import type { ModelColumns } from '../rows/fit-columns.ts';

/** A tensor as v2 metadata has it. */
export interface ServedTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** What `GET /v2/models/{name}` tells of a model, as far as a request is made from it. */
export interface ServedModel {
  readonly inputs: readonly ServedTensor[];
  readonly columns: ModelColumns;
}

/**
 * Reads v2 metadata; undefined where it is none. The columns' names stand in `properties` or `parameters`, as JSON, where
 * the server is Berth.
 */
export function readServedModel(text: string): ServedModel | undefined {
  let value: { inputs?: unknown; properties?: unknown; parameters?: unknown };
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== 'object' || !Array.isArray(value.inputs)) return undefined;
  const inputs = (value.inputs as unknown[]).filter(isTensor);
  const named = columnNames(value.properties) ?? columnNames(value.parameters);
  return { inputs, columns: { names: named ?? tensorNames(inputs), count: countOf(inputs) } };
}

function isTensor(value: unknown): value is ServedTensor {
  const { name, datatype, shape } = (value ?? {}) as Partial<Record<string, unknown>>;
  return typeof name === 'string' && typeof datatype === 'string' && Array.isArray(shape);
}

function columnNames(facts: unknown): readonly string[] | undefined {
  const { columns } = (facts ?? {}) as { columns?: unknown };
  if (typeof columns !== 'string') return undefined;
  try {
    const names: unknown = JSON.parse(columns);
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? (names as string[]) : undefined;
  } catch {
    return undefined;
  }
}

/** A tensor a column: the tensors' own names. */
function tensorNames(inputs: readonly ServedTensor[]): readonly string[] | undefined {
  return inputs.length > 1 ? inputs.map((input) => input.name) : undefined;
}

function countOf(inputs: readonly ServedTensor[]): number | undefined {
  if (inputs.length > 1) return inputs.length;
  const shape = inputs[0]?.shape;
  if (shape?.length === 1) return 1;
  const width = shape?.length === 2 ? shape[1] : undefined;
  return width !== undefined && width > 0 ? width : undefined;
}
