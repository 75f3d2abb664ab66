import { CommandError } from '../terminal/exit-codes.ts';
import type { Rows } from './rows-request.ts';
import type { ServedModel } from './served-model.ts';

/** Columns that are made up at most. */
const MAX_COLUMNS = 100_000;

/**
 * Made-up rows for a model: numbers from 0 to 10 with two digits, and `text` for text.
 * @throws CommandError where the model does not say how many columns it takes
 */
export function randomRows({ inputs, columns }: ServedModel, count: number, random: () => number): Rows {
  const width = columns.count ?? columns.names?.length;
  if (width === undefined || width > MAX_COLUMNS) {
    throw new CommandError('the model does not say how many columns it takes, so no rows can be made up', {
      code: 'InvalidRequest',
      hint: 'send a file',
    });
  }
  const isText = (index: number) => (inputs.length > 1 ? inputs[index] : inputs[0])?.datatype === 'BYTES';
  const made = Array.from({ length: width }, (_, index) =>
    isText(index)
      ? Array.from({ length: count }, () => 'text')
      : Float64Array.from({ length: count }, () => Math.round(random() * 1000) / 100),
  );
  return { count, columns: made, names: columns.names };
}
