import type { IssueCollector } from '../issue.ts';
import { isObject } from '../schema/check.ts';

/** Bytes that the values of a Secret or ConfigMap may have together, as in Kubernetes. */
const MAX_BYTES = 1024 * 1024;

/** Keys that a Secret of a type must have: one of each list (k8s.io/api core/v1, SecretType). */
const KEYS: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['kubernetes.io/tls', [['tls.crt'], ['tls.key']]],
  ['kubernetes.io/dockerconfigjson', [['.dockerconfigjson']]],
  ['kubernetes.io/dockercfg', [['.dockercfg']]],
  ['kubernetes.io/basic-auth', [['username', 'password']]],
  ['kubernetes.io/ssh-auth', [['ssh-privatekey']]],
]);

/** What the values of a Secret or ConfigMap must be together: not too large, no key twice, and all that its type needs. */
export function checkContent(object: Record<string, unknown>, kind: string, issues: IssueCollector): void {
  const { data, binaryData, stringData, type } = object;
  const maps = [data, binaryData, stringData].map((value) => (isObject(value) ? value : {}));
  // Of base64 what it holds.
  const [plain, encoded] = kind === 'Secret' ? [stringData, data] : [data, binaryData];
  const size = lengthOf(plain) + Math.floor((lengthOf(encoded) * 3) / 4);
  if (size > MAX_BYTES) issues.error(['data'], `the values have ${size} bytes together; ${MAX_BYTES} are allowed`);
  if (isObject(data) && isObject(binaryData)) {
    for (const key of Object.keys(data)) {
      if (Object.hasOwn(binaryData, key))
        issues.error(['data', key], `"${key.slice(0, 100)}" stands in binaryData, too`);
    }
  }
  if (kind !== 'Secret' || typeof type !== 'string') return;
  for (const keys of KEYS.get(type) ?? []) {
    if (maps.some((map) => keys.some((key) => Object.hasOwn(map, key)))) continue;
    issues.error(['data'], `a Secret of type ${type} needs the key ${keys.join(' or ')}`);
  }
}

function lengthOf(map: unknown): number {
  const values = isObject(map) ? Object.values(map) : [];
  return values.reduce((sum: number, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value) : 0), 0);
}
