import { NdArray } from '../../numpy/ndarray.ts';
import type { PyValue } from '../../pickle/values.ts';
import type { Attributes } from '../attributes.ts';
import { LegacyRandom } from '../legacy-random.ts';
import { asList, asNumber } from '../renamed.ts';
import { argmaxRows } from '../results.ts';

/** What a DummyClassifier answers for any number of rows: per output, class indices by row and probabilities. */
export interface Strategy {
  choices(rows: number): readonly Int32Array[];
  /** `[rows, classes]` each. */
  probabilities(rows: number): readonly Float64Array[];
}

/** A fitted output: its labels, their shares in training, and the constant to answer. */
export interface DummyOutput {
  readonly classes: NdArray;
  readonly prior: Float64Array;
  readonly constant: PyValue;
}

/**
 * The strategy of a DummyClassifier (sklearn `dummy.py`). `stratified` and `uniform` draw their answers anew at each call;
 * with an integer `random_state` they draw the same ones, without they can not be told and are refused by name.
 * @throws LoadError.
 */
export function readStrategy(name: string, outputs: readonly DummyOutput[], attributes: Attributes): Strategy {
  switch (name) {
    case 'prior':
      return fixed(outputs.map(({ prior }) => ({ probabilities: prior, choice: first(prior) })));
    case 'most_frequent':
      return fixed(outputs.map(({ prior }) => certain(first(prior), prior.length)));
    case 'constant':
      return fixed(
        outputs.map(({ classes, constant }) => {
          const choice = indexOf(classes, constant);
          if (choice < 0) throw attributes.corrupt('constant', 'is not one of classes_');
          return certain(choice, classes.size);
        }),
      );
    case 'stratified':
      return stratified(outputs, seedOf(name, attributes));
    case 'uniform':
      return uniform(outputs, seedOf(name, attributes));
    default:
      throw attributes.unsupported(`strategy=${JSON.stringify(name)}`);
  }
}

interface Fixed {
  readonly probabilities: Float64Array;
  readonly choice: number;
}

function fixed(outputs: readonly Fixed[]): Strategy {
  return {
    choices: (rows) => outputs.map(({ choice }) => new Int32Array(rows).fill(choice)),
    probabilities: (rows) => outputs.map(({ probabilities }) => repeatRow(probabilities, rows)),
  };
}

function certain(choice: number, count: number): Fixed {
  const probabilities = new Float64Array(count);
  probabilities[choice] = 1;
  return { probabilities, choice };
}

function stratified(outputs: readonly DummyOutput[], seed: number): Strategy {
  const choices = (rows: number) => {
    const random = new LegacyRandom(seed);
    return outputs.map(({ prior }) => Int32Array.from({ length: rows }, () => random.nextChoice(prior)));
  };
  return {
    choices,
    probabilities: (rows) =>
      choices(rows).map((chosen, k) => {
        const count = outputs[k].prior.length;
        const out = new Float64Array(rows * count);
        for (let row = 0; row < rows; row++) out[row * count + chosen[row]] = 1;
        return out;
      }),
  };
}

function uniform(outputs: readonly DummyOutput[], seed: number): Strategy {
  return {
    choices(rows) {
      const random = new LegacyRandom(seed);
      return outputs.map(({ prior }) => Int32Array.from({ length: rows }, () => random.nextBelow(prior.length)));
    },
    probabilities: (rows) => outputs.map(({ prior }) => new Float64Array(rows * prior.length).fill(1 / prior.length)),
  };
}

function seedOf(strategy: string, attributes: Attributes): number {
  const seed = asNumber(attributes.object.get('random_state'));
  if (seed !== undefined && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw attributes.unsupported(
    `strategy=${JSON.stringify(strategy)} and no whole random_state, so that it answers at random,`,
  );
}

function first(prior: Float64Array): number {
  return argmaxRows(prior, 1, prior.length)[0];
}

function repeatRow(row: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(row.length * rows);
  for (let at = 0; at < rows; at++) out.set(row, at * row.length);
  return out;
}

/** Where `wanted` (maybe wrapped in arrays or lists of one) stands among the labels; -1 where it does not. */
function indexOf(labels: NdArray, wanted: PyValue): number {
  let value: unknown = wanted;
  while (value instanceof NdArray || (Array.isArray(value) && value.length === 1)) {
    value = value instanceof NdArray ? value.data[0] : value[0];
  }
  const plain = (item: unknown) => (typeof item === 'bigint' || typeof item === 'boolean' ? Number(item) : item);
  return Array.from(labels.data as ArrayLike<unknown>, plain).indexOf(plain(value));
}

/** The numbers of an array or a list. */
export function toFloats(value: PyValue | undefined): Float64Array {
  if (value instanceof NdArray) return value.toFloat64();
  return Float64Array.from(asList(value) ?? [], (item) => asNumber(item) ?? Number.NaN);
}
