import { nearest } from '@berth/api';
import { CommandError } from '../terminal/exit-codes.ts';

/** The columns of a table file. */
export interface TableShape {
  /** Undefined where the file has no header. */
  readonly columns: readonly string[] | undefined;
  readonly width: number;
}

/** What a model says of the columns it takes. */
export interface ModelColumns {
  /** In training order, where the model knows them. */
  readonly names: readonly string[] | undefined;
  /** How many, where that is fixed. */
  readonly count: number | undefined;
}

/** Which columns of a table are the model's, in the model's order. */
export interface ColumnFit {
  /** Positions in the table. */
  readonly positions: readonly number[];
  /** The model's names of them; undefined where it knows none. */
  readonly names: readonly string[] | undefined;
  /** Names (or positions) of columns that the model does not take. */
  readonly unused: readonly string[];
  /** What to say where the model does need the columns that are not there; undefined where all are. */
  readonly lacking?: CommandError;
}

const SHOWN = 10;

/**
 * Finds the model's columns in a table: by name where both have names, whatever the order; else by position where their
 * number fits. A pipeline may not need every column that it was trained with: some may be missing.
 * @throws CommandError InvalidTable that names what is missing or too much
 */
export function fitColumns(table: TableShape, model: ModelColumns): ColumnFit {
  if (model.names !== undefined && table.columns !== undefined) return byName(table.columns, model.names);
  const count = model.names?.length ?? model.count ?? table.width;
  if (table.width === count) {
    return { positions: Array.from({ length: count }, (_, index) => index), names: model.names, unused: [] };
  }
  const what = table.columns === undefined ? `${table.width}` : `${table.width} (${shorten(table.columns)})`;
  const known =
    model.names === undefined ? 'and knows no names' : `(${shorten(model.names)}), and the file has no header`;
  throw new CommandError(`the model takes ${count} columns ${known}; the file has ${what}`, {
    code: 'InvalidTable',
    hint:
      table.width > count
        ? 'name the columns to send: --columns a,b,c'
        : 'the file may lack columns, or have another separator',
  });
}

function byName(columns: readonly string[], names: readonly string[]): ColumnFit {
  const positionOf = new Map(columns.map((name, index) => [name, index]));
  const missing = names.filter((name) => !positionOf.has(name));
  const lacking = missing.length === 0 ? undefined : lackingColumns(missing, columns, names);
  if (lacking !== undefined && missing.length === names.length) throw lacking;
  const found = names.filter((name) => positionOf.has(name));
  const twice = names.find((name) => columns.indexOf(name) !== columns.lastIndexOf(name));
  if (twice !== undefined) {
    throw new CommandError(`the file has two columns "${shorten([twice])}", and the model takes one`, {
      code: 'InvalidTable',
      hint: 'rename one of them',
    });
  }
  return {
    positions: found.map((name) => positionOf.get(name) as number),
    names: found,
    unused: columns.filter((name) => !names.includes(name)),
    ...(lacking === undefined ? {} : { lacking }),
  };
}

function lackingColumns(
  missing: readonly string[],
  columns: readonly string[],
  names: readonly string[],
): CommandError {
  const unused = columns.filter((name) => !names.includes(name));
  const close = nearest(missing[0] as string, unused);
  const hint =
    close !== undefined
      ? `the file has "${close}"; rename it`
      : missing.length === names.length && columns.length === names.length
        ? `its first row (${shorten(columns)}) is taken as names; --no-header where it is data`
        : `the file has: ${shorten(columns)}`;
  const text = missing.length === 1 ? 'the column' : `${missing.length} columns`;
  return new CommandError(`the file lacks ${text} that the model was trained with: ${shorten(missing)}`, {
    code: 'InvalidTable',
    hint,
  });
}

/** What to tell where a first row of texts is taken as names though it may be data; undefined where nothing is open. */
export function headerNote(
  columns: readonly string[] | undefined,
  header: 'auto' | 'yes' | 'no' | undefined,
  holdsText: boolean,
): string | undefined {
  if (columns === undefined || !holdsText || (header ?? 'auto') !== 'auto') return undefined;
  // As pandas names what has no names.
  if (columns.every((name, index) => name === String(index))) return undefined;
  return `the first row is taken as names of columns: ${shorten(columns)}; --no-header where it is data`;
}

/** The first names of a list. */
export function shorten(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown}, … (${names.length})` : shown;
}
