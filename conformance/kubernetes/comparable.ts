import type { Answer } from './servers.ts';

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

type Json = Record<string, unknown>;

/**
 * Makes the answers of one server comparable to another's: identities, times and versions become names (a version of an
 * object the how many-eth it is), owners stand in the order of their names, and of an error stay its status and reason:
 * messages differ on purpose, and so does the status of what Kubernetes answers with a 500.
 */
export class Comparable {
  readonly #versions = new Map<string, string[]>();

  of({ status, body }: Answer): unknown {
    const { reason, details } = isObject(body) ? body : ({} as Json);
    if (status === 422 || status === 500) return { status: 'invalid' };
    if (status === 409) return { status, reason, causes: fieldsOf(details) };
    if (status >= 400) return { status, reason };
    return { status, body: this.#plain(body) };
  }

  #plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#plain(one));
    if (typeof value === 'string') return value.replace(UID, '<uid>').replace(TIME, '<time>');
    if (!isObject(value)) return value;
    const out: Json = {};
    for (const [key, field] of Object.entries(value).sort(byKey)) {
      if (key === 'resourceVersion' && typeof field === 'string') out[key] = this.#version(value.uid, field);
      else if (key === 'managedFields' && Array.isArray(field))
        out[key] = field.toSorted(byOwner).map((one) => this.#plain(one));
      else out[key] = this.#plain(field);
    }
    return out;
  }

  #version(uid: unknown, version: string): string {
    const known = this.#versions.get(String(uid)) ?? [];
    this.#versions.set(String(uid), known);
    if (!known.includes(version)) known.push(version);
    return `<version ${known.indexOf(version)}>`;
  }
}

/** The lines in which two values differ. */
export function differences(left: unknown, right: unknown, path = ''): string[] {
  if (isObject(left) && isObject(right)) {
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keys.flatMap((key) => differences(left[key], right[key], `${path}.${key}`));
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    return left.flatMap((one, index) => differences(one, right[index], `${path}[${index}]`));
  }
  const [a, b] = [left, right].map((value) => JSON.stringify(value)?.slice(0, 300) ?? 'nothing');
  return a === b ? [] : [`${path}: Kubernetes ${a}, Berth ${b}`];
}

function fieldsOf(details: unknown): string[] {
  const { causes } = (isObject(details) ? details : {}) as { causes?: readonly { field: string; message: string }[] };
  return (causes ?? []).map(({ field, message }) => `${field} ${message}`).sort();
}

function byOwner(left: Json, right: Json): number {
  const name = ({ manager, operation, subresource }: Json) => JSON.stringify([manager, operation, subresource]);
  return name(left) < name(right) ? -1 : 1;
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
