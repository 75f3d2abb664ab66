import { CommandError, EXIT } from '../terminal/exit-codes.ts';

/** Which of a file's columns go to the model. */
export interface ChosenColumns {
  /** In the model's order, as the file calls them. */
  readonly columns: readonly string[];
  /** The same as the model calls them. */
  readonly names: readonly string[];
  /** Columns of the model that the file lacks. */
  readonly missing: readonly string[];
  /** Columns of the file that the model does not take. */
  readonly unused: readonly string[];
}

/** What is known of both sides. */
export interface ColumnFacts {
  /** The file's header, or the positions "0", "1", … */
  readonly inFile: readonly string[];
  readonly hasHeader: boolean;
  /** `--columns`. */
  readonly asked: readonly string[] | undefined;
  readonly names: readonly string[] | undefined;
  readonly width: number | undefined;
}

/**
 * Columns by name where both sides have names, else by position.
 * @throws CommandError (usage) that says which columns are missing or too many
 */
export function chooseColumns(facts: ColumnFacts): ChosenColumns {
  const { inFile, hasHeader, asked, names, width } = facts;
  for (const name of asked ?? []) {
    if (!inFile.includes(name)) throw usage(`--columns: the file has no column "${name}"; it has ${list(inFile)}`);
  }
  const offered = asked ?? inFile;
  const unusedOf = (used: readonly string[]) => inFile.filter((name) => !used.includes(name));
  if (names !== undefined && hasHeader && asked === undefined) {
    // LightGBM writes the blanks of a name as underscores.
    const plain = new Map(offered.map((name) => [name.replaceAll(/\s/g, '_'), name]));
    const found = names.map((name) => (offered.includes(name) ? name : plain.get(name)));
    const columns = found.filter((name) => name !== undefined);
    if (columns.length > 0) {
      return {
        columns,
        names: names.filter((_, j) => found[j] !== undefined),
        missing: names.filter((_, j) => found[j] === undefined),
        unused: unusedOf(columns),
      };
    }
  }
  if (width !== undefined && offered.length !== width) {
    const wants = names === undefined ? `${width} and knows no names for them` : `${width}: ${list(names)}`;
    throw usage(`the file has ${offered.length} columns (${list(offered)}); the model takes ${wants}`);
  }
  return {
    columns: offered,
    names: names?.length === offered.length ? names : offered,
    missing: [],
    unused: unusedOf(offered),
  };
}

function usage(message: string): CommandError {
  return new CommandError(message, {
    exitCode: EXIT.usage,
    hint: "name the model's columns in its order: --columns a,b,c",
  });
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => name.slice(0, 40));
  return names.length > 10 ? `${shown.join(', ')}, … ${names.length - 10} more` : shown.join(', ');
}
