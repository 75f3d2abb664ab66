import type { ApiObject } from '@berth/control';

/** What a cell may hold; null where the object says nothing. */
export type Cell = string | number | boolean | null;

/** A column of a table, as clients are told of it. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  /** `name` for the column that identifies the object. */
  readonly format?: string;
  readonly description: string;
  /** 0 is always shown; 1 only with `-o wide`. */
  readonly priority: 0 | 1;
  read(object: ApiObject, now: Date): Cell;
}

/** A column that is always shown. */
export function column(
  name: string,
  description: string,
  read: Column['read'],
  type: Column['type'] = 'string',
): Column {
  return { name, type, description, priority: 0, read };
}

/** A column for `-o wide`. */
export function wide(name: string, description: string, read: Column['read'], type: Column['type'] = 'string'): Column {
  return { ...column(name, description, read, type), priority: 1 };
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of fields; undefined where something on the way is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (!isFields(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

/** The list of objects at a path; empty where there is none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly Fields[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isFields) : [];
}

/** A value as a cell: objects and lists are none. */
export function cell(value: unknown): Cell {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** How many entries an object has, e.g. the data of a Secret. */
export function countAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return isFields(found) ? Object.keys(found).length : Array.isArray(found) ? found.length : 0;
}
