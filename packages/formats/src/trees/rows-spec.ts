import type { CellCodes } from './category-codes.ts';

/** What a booster expects of a request. */
export interface RowsSpec {
  readonly numFeatures: number;
  /** Names of the columns: the file's, or those that the library gives to columns without. */
  readonly names: readonly string[];
  /** Whether the library made the names up: then a table whose names are all others is taken by position. */
  readonly namesInvented: boolean;
  /** Whether a named column that the request lacks counts as missing in all rows; else it is refused. */
  readonly absentIsMissing: boolean;
  /** Other spellings of a name, e.g. `abc def` for the file's `abc_def`. */
  readonly spelling?: (name: string) => string;
  /** How the cells of a categorical column turn into codes, by column. */
  readonly codes?: readonly (CellCodes | undefined)[];
}

/** The names that people know; undefined where the library made them up. */
export function knownNames(spec: RowsSpec): readonly string[] | undefined {
  return spec.namesInvented ? undefined : spec.names;
}

/** What to send, for error texts. */
export function describe(spec: RowsSpec): string {
  const shown = knownNames(spec)?.slice(0, 20).join(', ');
  const more = spec.names.length > 20 ? ', …' : '';
  return `rows of ${spec.numFeatures} numbers${shown === undefined ? '' : ` (${shown}${more})`}`;
}
