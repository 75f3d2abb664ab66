import { invalidInput } from '@berth/inference';
import type { JsonValue } from '../../json/lossless.ts';

export type JsonObject = { readonly [key: string]: JsonValue };

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Rows that are objects, in the shapes that people send them in (KServe's lightgbm requests): an object a row; an object
 * whose values are lists, which is a block of rows; an object whose values are objects of cells by row, which is how
 * pandas' `to_dict` writes a frame; a list of objects of one key each, which is one row.
 * Undefined where the instances are no objects.
 */
export function asRecords(instances: readonly JsonValue[]): JsonObject[] | undefined {
  if (!isRecordLike(instances[0])) return undefined;
  const records: JsonObject[] = [];
  for (let row = 0; row < instances.length; row++) {
    const instance = instances[row];
    if (isObject(instance)) addBlock(records, instance, row);
    else if (isRecordLike(instance)) addList(records, instance as JsonObject[], row);
    else throw invalidInput(`row ${row} is not an object, but row 0 is: write all rows the same way`);
  }
  return records;
}

function isRecordLike(instance: JsonValue): boolean {
  return isObject(instance) || (Array.isArray(instance) && instance.length > 0 && instance.every(isObject));
}

function addBlock(records: JsonObject[], block: JsonObject, row: number): void {
  const names = Object.keys(block);
  if (names.length === 0) throw invalidInput(`row ${row} is an object without keys`);
  if (names.some((name) => isObject(block[name]))) {
    addFrame(records, block, names, row);
    return;
  }
  const lists = names.filter((name) => Array.isArray(block[name]));
  if (lists.length === 0) {
    records.push(block);
    return;
  }
  const length = (block[lists[0]] as JsonValue[]).length;
  for (const name of names) {
    const list = block[name];
    if (!Array.isArray(list) || list.length !== length) {
      throw invalidInput(`row ${row}: "${name}" must be a list of ${length} values, as "${lists[0]}" is`);
    }
  }
  for (let index = 0; index < length; index++) {
    records.push(Object.fromEntries(names.map((name) => [name, (block[name] as JsonValue[])[index]])));
  }
}

/** Whole numbers, which an object of JavaScript sorts whatever order they were sent in. */
const WHOLE = /^(0|[1-9]\d*)$/;

/**
 * A frame as pandas' `to_dict` writes it, `{"age": {"0": 20, "1": 30}, "city": {"0": "a", "1": "b"}}`: a row for each key,
 * in the order of the keys, each of which stands in every column.
 */
function addFrame(records: JsonObject[], frame: JsonObject, names: readonly string[], row: number): void {
  const index = isObject(frame[names[0]]) ? Object.keys(frame[names[0]] as JsonObject) : [];
  for (const name of names) {
    const cells = frame[name];
    if (!isObject(cells) || Object.keys(cells).length !== index.length) throw otherCells(name, index.length, row);
    for (const key of index) if (!Object.hasOwn(cells, key)) throw otherCells(name, index.length, row);
  }
  if (index.length > 1 && index.some((key) => WHOLE.test(key)) && index.some((key, each) => key !== String(each))) {
    throw invalidInput(
      `row ${row}: cells that are numbered are numbered 0, 1, 2, …, else the order of the rows is unknown; ` +
        `send a list for each column, {"${names[0].slice(0, 60)}": [...]}, or an object for each row`,
    );
  }
  for (const key of index) {
    records.push(Object.fromEntries(names.map((name) => [name, (frame[name] as JsonObject)[key]])));
  }
}

function otherCells(name: string, count: number, row: number): Error {
  return invalidInput(
    `row ${row}: "${name.slice(0, 100)}" must be an object of ${count} cells under the same keys as the other columns`,
  );
}

function addList(records: JsonObject[], list: readonly JsonObject[], row: number): void {
  const single = list.every((each) => Object.keys(each).length === 1);
  if (!single) {
    for (const each of list) addBlock(records, each, row);
    return;
  }
  const merged = new Map<string, JsonValue>();
  for (const each of list) {
    const [name] = Object.keys(each);
    if (merged.has(name)) throw invalidInput(`row ${row} has the column "${name}" twice`);
    merged.set(name, each[name]);
  }
  records.push(Object.fromEntries(merged));
}

/** The names of the records' columns, in the order in which they first stand. */
export function columnNames(records: readonly JsonObject[]): string[] {
  const names = new Set<string>();
  for (const record of records) for (const name of Object.keys(record)) names.add(name);
  return [...names];
}
