import { isEqual } from '../../store/equal.ts';
import { ApiFailure } from '../failure.ts';

const MAX_OPERATIONS = 10_000;

/**
 * Applies RFC 6902 to a plain value; gives a new one. As the API server reads it: `replace` may set a field that is not
 * there yet, and `test` for null passes where there is none.
 * @throws ApiFailure 400 for what is no list, 422 for what is no operation and where it does not fit the value
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch) || patch.length > MAX_OPERATIONS) {
    throw new ApiFailure(400, 'BadRequest', 'a JSON patch is a list of operations');
  }
  let value: unknown = structuredClone(target);
  for (const [index, operation] of patch.entries()) {
    const { op, path, from } = (operation ?? {}) as { op?: unknown; path?: unknown; from?: unknown };
    const at = `operation ${index} (${String(op).slice(0, 20)} ${String(path).slice(0, 200)})`;
    const steps = pointer(path, at);
    switch (op) {
      case 'add':
        value = set(value, steps, valueIn(operation, at), at, 'add');
        break;
      case 'replace':
        value = set(value, steps, valueIn(operation, at), at, 'replace');
        break;
      case 'remove':
        value = remove(value, steps, at);
        break;
      case 'move': {
        const source = pointer(from, at);
        const moved = get(value, source, at);
        value = set(remove(value, source, at), steps, moved, at, 'add');
        break;
      }
      case 'copy':
        value = set(value, steps, structuredClone(get(value, pointer(from, at), at)), at, 'add');
        break;
      case 'test':
        if (!isEqual(getOrNull(value, steps, at), valueIn(operation, at))) throw unfit(`${at}: the value is another`);
        break;
      default:
        throw unfit(`${at}: there is no such operation`);
    }
  }
  return value;
}

function pointer(path: unknown, at: string): string[] {
  if (path === '') return [];
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw unfit(`${at}: a path starts with "/"`);
  }
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueIn(operation: unknown, at: string): unknown {
  if (!Object.hasOwn(operation as object, 'value')) throw unfit(`${at}: value is missing`);
  return structuredClone((operation as { value: unknown }).value);
}

function get(root: unknown, steps: readonly string[], at: string): unknown {
  let value = root;
  for (const step of steps) {
    if (Array.isArray(value)) value = value[indexOf(value, step, false, at)];
    else if (typeof value === 'object' && value !== null && Object.hasOwn(value, step)) {
      value = (value as Record<string, unknown>)[step];
    } else throw unfit(`${at}: there is nothing at that path`);
  }
  return value;
}

/** A field that is not there is null; what it would lie in must be there. */
function getOrNull(root: unknown, steps: readonly string[], at: string): unknown {
  const last = steps.at(-1);
  const parent = last === undefined ? undefined : get(root, steps.slice(0, -1), at);
  const isMissing =
    typeof parent === 'object' && parent !== null && !Array.isArray(parent) && !Object.hasOwn(parent, last as string);
  return isMissing ? null : get(root, steps, at);
}

function set(root: unknown, steps: readonly string[], added: unknown, at: string, how: 'add' | 'replace'): unknown {
  const last = steps.at(-1);
  if (last === undefined) return added;
  const parent = get(root, steps.slice(0, -1), at);
  if (Array.isArray(parent)) {
    if (how === 'add') parent.splice(indexOf(parent, last, true, at), 0, added);
    else parent[indexOf(parent, last, false, at)] = added;
  } else if (typeof parent === 'object' && parent !== null) {
    define(parent, last, added);
  } else throw unfit(`${at}: there is nothing to put it into`);
  return root;
}

function remove(root: unknown, steps: readonly string[], at: string): unknown {
  const last = steps.at(-1);
  if (last === undefined) return null;
  get(root, steps, at);
  const parent = get(root, steps.slice(0, -1), at);
  if (Array.isArray(parent)) parent.splice(indexOf(parent, last, false, at), 1);
  else delete (parent as Record<string, unknown>)[last];
  return root;
}

function indexOf(list: readonly unknown[], step: string, isAdd: boolean, at: string): number {
  if (isAdd && step === '-') return list.length;
  const index = /^(0|[1-9]\d{0,9})$/.test(step) ? Number(step) : Number.NaN;
  if (!(index < list.length + (isAdd ? 1 : 0))) throw unfit(`${at}: there is no item ${step.slice(0, 20)}`);
  return index;
}

/** Never the setter of `__proto__`. */
export function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function unfit(message: string): ApiFailure {
  return new ApiFailure(422, 'Invalid', `the patch does not fit: ${message}`);
}
