import { isEqual } from '../store/equal.ts';

/** An operation of RFC 6902. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

const MAX_OPERATIONS = 200;

/** How one plain value became another, as a JSON patch; lists that differ are replaced as a whole. */
export function difference(before: unknown, after: unknown): PatchOperation[] {
  const operations: PatchOperation[] = [];
  compare(before, after, '', operations);
  return operations.slice(0, MAX_OPERATIONS);
}

function compare(before: unknown, after: unknown, path: string, operations: PatchOperation[]): void {
  if (operations.length > MAX_OPERATIONS || isEqual(before, after)) return;
  if (!isObject(before) || !isObject(after)) {
    if (after === undefined) operations.push({ op: 'remove', path });
    else operations.push({ op: before === undefined ? 'add' : 'replace', path, value: after });
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    compare(own(before, key), own(after, key), step, operations);
  }
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
