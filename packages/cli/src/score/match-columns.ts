import { nearest } from '@berth/api';
import type { ModelMetadata } from '@berth/inference';
import { positionNames } from '@berth/tables';
import { CommandError } from '../terminal/exit-codes.ts';

/** A column of the file that the model takes. */
export interface MatchedColumn {
  /** Its name in the file. */
  readonly column: string;
  /** Its place in the file's rows. */
  readonly index: number;
  /** What the model calls it. */
  readonly feature: string;
}

/** What a file offers. */
export interface OfferedColumns {
  /** Undefined where the file has no header. */
  readonly names: readonly string[] | undefined;
  readonly width: number;
  /** Columns that are no features where the model knows no names: ids, and what the user drops. */
  readonly others: ReadonlySet<string>;
}

/** The model's columns in the file, and what of them the file lacks. */
export interface Matching {
  readonly columns: readonly MatchedColumn[];
  /** Features that the file has no column for. */
  readonly missing: readonly string[];
  /** Columns that nothing uses. */
  readonly unused: readonly string[];
}

/**
 * Finds the model's features in the file: by name in any order where both have names, else by position.
 * @throws CommandError InvalidTable where neither can be
 */
export function matchColumns(features: FeatureNames, offered: OfferedColumns): Matching {
  const names = offered.names ?? positionNames(offered.width);
  const known = features.names ?? inventedNames(features.count, offered.names);
  if (known !== undefined && offered.names !== undefined) return byName(known, names, offered.others);
  return byPosition(known ?? features.count, names, offered);
}

/** What a model calls its inputs; without names their number, where it is known. */
export interface FeatureNames {
  readonly names: readonly string[] | undefined;
  readonly count: number | undefined;
}

/** The features that the metadata tells of. */
export function featuresOf(metadata: ModelMetadata): FeatureNames {
  const [input] = metadata.inputs;
  const last = input?.shape.length === 1 ? 1 : input?.shape[1];
  return { names: metadata.columns, count: last === undefined || last < 0 ? undefined : last };
}

/** Libraries make up names where training had none; a header that has them all means them. */
function inventedNames(count: number | undefined, names: readonly string[] | undefined): string[] | undefined {
  if (count === undefined || names === undefined) return undefined;
  const offered = new Set(names);
  const makers = [(i: number) => `f${i}`, (i: number) => `Column_${i}`, (i: number) => `x${i}`];
  for (const make of makers) {
    const made = Array.from({ length: count }, (_, i) => make(i));
    if (made.every((name) => offered.has(name))) return made;
  }
  return undefined;
}

function byName(features: readonly string[], names: readonly string[], others: ReadonlySet<string>): Matching {
  const places = new Map<string, number>();
  // LightGBM writes the blanks of a name as underscores: such a spelling counts where the exact one is not there.
  names.forEach((name, i) => void places.set(name.replaceAll(/\s/g, '_'), i));
  names.forEach((name, i) => void places.set(name, i));
  const columns: MatchedColumn[] = [];
  const missing: string[] = [];
  for (const feature of features) {
    const index = places.get(feature);
    if (index === undefined) missing.push(feature);
    else if (names.indexOf(names[index]) !== names.lastIndexOf(names[index])) throw twice(names[index]);
    else columns.push({ column: names[index], index, feature });
  }
  const used = new Set(columns.map((one) => one.column));
  return { columns, missing, unused: names.filter((name) => !used.has(name) && !others.has(name)) };
}

function byPosition(
  wanted: readonly string[] | number | undefined,
  names: readonly string[],
  offered: OfferedColumns,
): Matching {
  const candidates = names
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => !offered.others.has(column));
  const count = typeof wanted === 'number' ? wanted : (wanted?.length ?? candidates.length);
  if (candidates.length !== count) {
    const has = offered.others.size === 0 ? `${names.length}` : `${candidates.length} besides the ones set apart`;
    throw new CommandError(`the model takes ${count} columns by position; the file has ${has}`, {
      code: 'InvalidTable',
      hint: 'set the others apart: --id for what the output keeps, --drop for the rest',
    });
  }
  const named = typeof wanted === 'object' ? wanted : undefined;
  return {
    columns: candidates.map((one, i) => ({ ...one, feature: named?.[i] ?? String(i) })),
    missing: [],
    unused: [],
  };
}

/** The error for features that the file lacks, with the column that each may be. */
export function missingColumns({ columns, missing, unused }: Matching): CommandError {
  const shown = missing.slice(0, 10).map((name) => `"${name.slice(0, 80)}"`);
  const more = missing.length > 10 ? ` and ${missing.length - 10} more` : '';
  const guesses = missing.slice(0, 5).flatMap((name) => {
    const close = nearest(name, unused);
    return close === undefined ? [] : [`"${close.slice(0, 80)}" for "${name.slice(0, 80)}"`];
  });
  const others = unused.slice(0, 20).map((name) => name.slice(0, 80));
  const hint =
    guesses.length > 0
      ? `did you mean ${guesses.join(', ')}?`
      : others.length === 0
        ? 'the file has no other column'
        : columns.length === 0 && unused.length === missing.length
          ? `its first row (${others.join(', ')}) is taken as names; --no-header where it is data`
          : `the file's other columns are ${others.join(', ')}`;
  return new CommandError(
    `the file lacks ${missing.length === 1 ? 'the column' : 'the columns'} ${shown.join(', ')}${more}`,
    {
      code: 'InvalidTable',
      hint,
    },
  );
}

function twice(name: string): CommandError {
  return new CommandError(`the file has two columns "${name.slice(0, 100)}", and the model takes one`, {
    code: 'InvalidTable',
    hint: 'rename one of them',
  });
}
