import { type FieldPath, formatPath, type IssueCollector } from '../issue.ts';
import { isQuantity } from '../meta/quantity.ts';
import { nearest } from '../nearest.ts';
import { type SchemaType, schemaType } from './crd-schema.ts';

/**
 * Compares a value with a type from the table and reports what does not fit: wrong types, values outside an enum, missing
 * required fields (errors), and fields that nothing reads. An unknown field that is a near-miss of one that is not set
 * is an error; another is a warning, or an error under strict validation. `null` counts as not set, as in Kubernetes.
 */
export function checkType(value: unknown, index: number, path: FieldPath, issues: IssueCollector): void {
  if (value === null || value === undefined || issues.isFull) return;
  const type = schemaType(index);
  switch (type.t) {
    case 'object':
      if (isObject(value)) checkObject(value, type, path, issues);
      else wrongType(value, 'an object', path, issues);
      return;
    case 'map':
      if (!isObject(value)) {
        wrongType(value, 'an object', path, issues);
        return;
      }
      for (const [key, item] of Object.entries(value)) checkType(item, type.of, [...path, key], issues);
      return;
    case 'list':
      if (!Array.isArray(value)) {
        wrongType(value, 'a list', path, issues);
        return;
      }
      if (value.length < (type.min ?? 0)) issues.error(path, `${formatPath(path)} needs at least ${type.min} item(s)`);
      for (const [position, item] of value.entries()) checkType(item, type.of, [...path, position], issues);
      return;
    default:
      checkScalar(value, type, path, issues);
  }
}

function checkScalar(value: unknown, type: SchemaType, path: FieldPath, issues: IssueCollector): void {
  switch (type.t) {
    case 'string':
      if (typeof value === 'string') checkString(value, type, path, issues);
      else wrongType(value, 'a string', path, issues);
      return;
    case 'integer':
    case 'number':
      if (typeof value !== 'number') {
        wrongType(value, 'a number', path, issues);
        return;
      }
      if (type.t === 'integer' && !Number.isInteger(value)) {
        wrongType(value, 'a whole number', path, issues);
        return;
      }
      if (value < (type.min ?? Number.NEGATIVE_INFINITY) || value > (type.max ?? Number.POSITIVE_INFINITY)) {
        issues.error(
          path,
          `${formatPath(path)} must be between ${type.min ?? '-∞'} and ${type.max ?? '∞'}, not ${value}`,
        );
      }
      return;
    case 'boolean':
      if (typeof value !== 'boolean') wrongType(value, 'true or false', path, issues);
      return;
    case 'intOrString':
      if (typeof value !== 'string' && !Number.isInteger(value)) {
        wrongType(value, 'a whole number or a string', path, issues);
      }
      return;
    case 'quantity':
      if (typeof value !== 'string' && typeof value !== 'number') {
        wrongType(value, 'a quantity', path, issues);
        return;
      }
      if (!isQuantity(String(value))) {
        issues.error(path, `${formatPath(path)}: "${String(value).slice(0, 100)}" is not a quantity`, {
          hint: 'write a number with an optional unit, e.g. 500m, 2, 1.5Gi or 100M',
        });
      }
      return;
    default:
  }
}

function checkString(
  value: string,
  type: Extract<SchemaType, { t: 'string' }>,
  path: FieldPath,
  issues: IssueCollector,
): void {
  if (type.enum !== undefined && !type.enum.includes(value)) {
    const close = nearest(value, type.enum);
    issues.error(path, `${formatPath(path)}: "${value.slice(0, 100)}" is not one of ${type.enum.join(', ')}`, {
      ...(close === undefined ? {} : { hint: `did you mean "${close}"?` }),
    });
  }
  if (value.length > (type.maxLength ?? Number.POSITIVE_INFINITY) || value.length < (type.minLength ?? 0)) {
    const bounds = `${type.minLength ?? 0} to ${type.maxLength ?? 'any number of'} characters`;
    issues.error(path, `${formatPath(path)} has ${value.length} characters; it takes ${bounds}`);
  } else if (type.pattern !== undefined && !new RegExp(type.pattern, 'u').test(value)) {
    issues.error(path, `${formatPath(path)}: "${value.slice(0, 100)}" does not match ${type.pattern}`);
  }
}

function checkObject(
  value: Record<string, unknown>,
  type: Extract<SchemaType, { t: 'object' }>,
  path: FieldPath,
  issues: IssueCollector,
): void {
  const excused = reportUnknownFields(value, Object.keys(type.fields), path, issues);
  for (const [name, item] of Object.entries(value)) {
    if (Object.hasOwn(type.fields, name)) checkType(item, type.fields[name] as number, [...path, name], issues);
  }
  for (const name of type.required ?? []) {
    const isSet = Object.hasOwn(value, name) && value[name] !== null;
    if (!isSet && !excused.has(name)) issues.error(path, `${formatPath([...path, name])} is required`, { at: 'key' });
  }
}

/**
 * Reports each field of `value` that is not in `known`. Returns the known fields that a near-miss stands for, so that they
 * are not called missing as well.
 */
export function reportUnknownFields(
  value: Record<string, unknown>,
  known: readonly string[],
  path: FieldPath,
  issues: IssueCollector,
  options: { readonly alwaysError?: boolean } = {},
): ReadonlySet<string> {
  const excused = new Set<string>();
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    if (issues.isFull) break;
    const close = nearest(name, known);
    const closeIsMissing = close !== undefined && !Object.hasOwn(value, close);
    const message = `unknown field "${formatPath([...path, name])}"`;
    const hint = close === undefined ? knownFieldsHint(known) : `did you mean "${close}"?`;
    const detail = { at: 'key' as const, ...(hint === undefined ? {} : { hint }) };
    if (closeIsMissing) excused.add(close);
    if (closeIsMissing || options.alwaysError === true) issues.error([...path, name], message, detail);
    else issues.unread([...path, name], `${message}; nothing reads it`, detail);
  }
  return excused;
}

function knownFieldsHint(known: readonly string[]): string | undefined {
  return known.length > 0 && known.length <= 12 ? `the fields here are: ${known.join(', ')}` : undefined;
}

function wrongType(value: unknown, wanted: string, path: FieldPath, issues: IssueCollector): void {
  const written = issues.locator.source(path);
  const name = path.at(-1);
  const label = typeof name === 'string' ? `${name}: ` : '';
  let hint: string | undefined;
  if (wanted === 'a string' && (typeof value === 'number' || typeof value === 'boolean')) {
    hint = `quote it: ${label}"${(written ?? String(value)).slice(0, 100)}"`;
  } else if (wanted === 'a list' && !Array.isArray(value) && typeof value !== 'object') {
    hint = `write it as a list: ${label}[${JSON.stringify(value).slice(0, 100)}]`;
  } else if (wanted === 'an object' && typeof value === 'string' && value !== '') {
    hint = objectHint(value.slice(0, 100), path);
  } else if (typeof value === 'string' && value !== '' && !Number.isNaN(Number(value)) && wanted.endsWith('number')) {
    hint = `leave the quotes away: ${label}${value.slice(0, 100)}`;
  } else if (typeof value === 'string' && (value === 'true' || value === 'false') && wanted === 'true or false') {
    hint = `leave the quotes away: ${label}${value}`;
  }
  issues.error(path, `${formatPath(path)} must be ${wanted}, not ${describe(value, written)}`, {
    ...(hint === undefined ? {} : { hint }),
  });
}

/** How a text that stands for an object is written out. */
function objectHint(value: string, path: FieldPath): string | undefined {
  if (path.at(-1) === 'modelFormat') return `write modelFormat: {name: ${value}}`;
  if (path.at(-2) !== 'env') return undefined;
  const [name, ...rest] = value.split('=');
  return `write - {name: ${name}, value: ${JSON.stringify(rest.join('='))}}`;
}

function describe(value: unknown, written: string | undefined): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return `the text "${value.slice(0, 100)}"`;
  return `the ${typeof value} ${(written ?? String(value)).slice(0, 100)}`;
}

/** Whether it is an object with fields (no list, not null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
