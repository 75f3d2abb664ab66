import type { IssueCollector } from '../issue.ts';
import { isObject } from '../schema/check.ts';

const CONTENT = ['data', 'binaryData', 'immutable'];

/**
 * What a change of a Secret or ConfigMap may not do, as in Kubernetes: anything to the content of one that says it is
 * immutable, and another type to a Secret. Both objects are sound for themselves.
 */
export function validateCoreChange(before: unknown, after: unknown, issues: IssueCollector): void {
  if (!isObject(before) || !isObject(after)) return;
  if (after.kind === 'Secret' && (before.type ?? 'Opaque') !== (after.type ?? 'Opaque')) {
    issues.error(['type'], 'the type of a Secret is immutable', { hint: 'delete it and make it again' });
  }
  if (before.immutable !== true) return;
  for (const field of CONTENT) {
    if (sameContent(before[field], field === 'data' ? dataOf(after) : after[field])) continue;
    issues.error([field], 'field is immutable when `immutable` is set', {
      hint: 'delete the object and make it again',
    });
  }
}

/** With what a Secret gives as plain text. */
function dataOf({ data, stringData }: Record<string, unknown>): unknown {
  if (!isObject(stringData)) return data;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')]);
  return { ...(isObject(data) ? data : {}), ...Object.fromEntries(encoded) };
}

/** Whether two fields hold the same, whatever the order of their keys. */
function sameContent(left: unknown, right: unknown): boolean {
  const shown = (value: unknown) =>
    isObject(value) ? JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : String(value ?? '');
  const isNothing = (value: unknown) =>
    value === undefined || value === null || (isObject(value) && shown(value) === '[]');
  return (isNothing(left) && isNothing(right)) || shown(left) === shown(right);
}
