import { isObject } from '../schema/check.ts';

/** Where a Secret's name stands when a pod uses the Secret itself, so that its keys are the user's own. */
const REFERENCES: readonly (readonly [string, string])[] = [
  ['secretKeyRef', 'name'],
  ['secretRef', 'name'],
  ['secret', 'secretName'],
  ['secret', 'name'],
];

/** Names of the Secrets that containers, volumes or image pulls of these objects use. */
export function referencedSecrets(objects: readonly unknown[]): ReadonlySet<string> {
  const names = new Set<string>();
  const pending: unknown[] = [...objects];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (Array.isArray(value)) {
      for (const item of value) if (item !== null && item !== undefined) pending.push(item);
      continue;
    }
    if (!isObject(value)) continue;
    for (const [field, nameField] of REFERENCES) {
      const reference = Object.hasOwn(value, field) ? value[field] : undefined;
      if (isObject(reference) && typeof reference[nameField] === 'string') names.add(reference[nameField]);
    }
    const pulls = Object.hasOwn(value, 'imagePullSecrets') ? value.imagePullSecrets : undefined;
    if (Array.isArray(pulls)) for (const pull of pulls) if (isObject(pull)) names.add(String(pull.name));
    for (const item of Object.values(value)) if (item !== null && item !== undefined) pending.push(item);
  }
  return names;
}
