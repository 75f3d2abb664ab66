import { type InferRequest, invalidInput, type Tensor } from '@berth/inference';
import { describe, type RowsSpec } from './rows-spec.ts';

/**
 * The tensor of each of the model's columns; undefined for one that is missing.
 * @throws InferenceError INVALID_INPUT that names the columns that are unknown, missing or there twice.
 */
export function matchColumns(
  inputs: readonly Tensor[],
  layout: InferRequest['layout'],
  spec: RowsSpec,
): readonly (Tensor | undefined)[] {
  if (layout === 'positional') return byPosition(inputs, spec);
  const known = !spec.namesInvented || inputs.some((input) => spec.names.includes(input.name));
  if (known) return byName(inputs, spec.names, spec);
  if (layout === 'columns') return byPosition(inputs, spec);
  throw invalidInput(
    `this model knows no column names, so ${inputs.length} tensors can not be told apart: send one tensor of shape [n, ${spec.numFeatures}], or content type "pd" with the columns in the order of training`,
  );
}

function byPosition(inputs: readonly Tensor[], spec: RowsSpec): readonly Tensor[] {
  if (inputs.length !== spec.numFeatures) {
    throw invalidInput(`the rows have ${inputs.length} values; this model takes ${describe(spec)}`);
  }
  return inputs;
}

function byName(inputs: readonly Tensor[], names: readonly string[], spec: RowsSpec): (Tensor | undefined)[] {
  const spelling = spec.spelling ?? ((name: string) => name);
  const positions = new Map(names.map((name, column) => [name, column] as const));
  const columns = new Array<Tensor | undefined>(names.length).fill(undefined);
  for (const tensor of inputs) {
    const column = positions.get(tensor.name) ?? positions.get(spelling(tensor.name));
    if (column === undefined) throw invalidInput(unknownColumn(tensor.name, names));
    const other = columns[column];
    if (other !== undefined) {
      throw invalidInput(
        `the columns "${other.name}" and "${tensor.name}" are the same column of the model; send one of them`,
      );
    }
    columns[column] = tensor;
  }
  const absent = names.filter((_, column) => columns[column] === undefined);
  if (absent.length > 0 && !spec.absentIsMissing) {
    throw invalidInput(
      `the request lacks ${absent.length === 1 ? 'the column' : 'the columns'} ${list(absent)}; send null for a missing value`,
    );
  }
  return columns;
}

function unknownColumn(name: string, names: readonly string[]): string {
  return `the model has no column "${name}"; its columns are ${list(names)}`;
}

function list(names: readonly string[]): string {
  const shown = names
    .slice(0, 20)
    .map((name) => `"${name}"`)
    .join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
