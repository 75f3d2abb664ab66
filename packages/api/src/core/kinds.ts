import type { IssueCollector } from '../issue.ts';
import { SECRET_KEYS } from '../meta/known-keys.ts';
import { nearest } from '../nearest.ts';
import { isObject, reportUnknownFields } from '../schema/check.ts';
import { checkContent } from './content.ts';

/** Kubernetes' own kinds that may stand beside an InferenceService, with their fields; `null`: not looked into. */
const CORE_KINDS: ReadonlyMap<string, { apiVersion: string; fields: readonly string[] | null }> = new Map([
  ['Secret', { apiVersion: 'v1', fields: ['type', 'data', 'stringData', 'immutable'] }],
  ['ServiceAccount', { apiVersion: 'v1', fields: ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'] }],
  ['ConfigMap', { apiVersion: 'v1', fields: ['data', 'binaryData', 'immutable'] }],
  ['Namespace', { apiVersion: 'v1', fields: ['spec', 'status'] }],
  ['PersistentVolume', { apiVersion: 'v1', fields: null }],
  ['PersistentVolumeClaim', { apiVersion: 'v1', fields: null }],
  ['Service', { apiVersion: 'v1', fields: null }],
  ['Deployment', { apiVersion: 'apps/v1', fields: null }],
  ['HorizontalPodAutoscaler', { apiVersion: 'autoscaling/v2', fields: null }],
  ['Role', { apiVersion: 'rbac.authorization.k8s.io/v1', fields: null }],
  ['RoleBinding', { apiVersion: 'rbac.authorization.k8s.io/v1', fields: null }],
  ['NetworkPolicy', { apiVersion: 'networking.k8s.io/v1', fields: null }],
]);

/** The apiVersion of a core kind; undefined where Berth does not know the kind. */
export function coreApiVersion(kind: string): string | undefined {
  return CORE_KINDS.get(kind)?.apiVersion;
}

/** The names of the core kinds. */
export function coreKinds(): readonly string[] {
  return [...CORE_KINDS.keys()];
}

/** Checks the fields of a core kind, as far as Berth reads it. */
export function checkCoreKind(
  object: Record<string, unknown>,
  kind: string,
  issues: IssueCollector,
  isSecretUsedElsewhere: boolean,
): void {
  const fields = CORE_KINDS.get(kind)?.fields;
  if (fields === undefined || fields === null) return;
  reportUnknownFields(object, ['apiVersion', 'kind', 'metadata', ...fields], [], issues);
  for (const field of ['immutable', 'automountServiceAccountToken']) {
    const value = fields.includes(field) ? object[field] : undefined;
    if (value !== undefined && value !== null && typeof value !== 'boolean') {
      issues.error([field], `${field} must be true or false`);
    }
  }
  if (kind === 'Secret' || kind === 'ConfigMap') {
    checkTexts(object, kind, issues);
    checkContent(object, kind, issues);
  }
  if (kind === 'Secret' && !isSecretUsedElsewhere) warnOfSecretKeys(object, issues);
  if (kind === 'Secret' && object.type !== undefined && object.type !== null && typeof object.type !== 'string') {
    issues.error(['type'], 'type must be a string');
  }
  if (kind === 'ServiceAccount') checkReferences(object.secrets, issues);
}

function checkTexts(object: Record<string, unknown>, kind: string, issues: IssueCollector): void {
  for (const field of ['data', 'stringData', 'binaryData']) {
    const entries = object[field];
    if (entries === undefined || entries === null) continue;
    if (!isObject(entries)) {
      issues.error([field], `${field} must be an object`);
      continue;
    }
    const isBase64 = field === 'binaryData' || (field === 'data' && kind === 'Secret');
    for (const [key, value] of Object.entries(entries)) {
      if (issues.isFull) return;
      const path = [field, key];
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key))
        issues.error(path, `"${key.slice(0, 100)}" is no valid key`, { at: 'key' });
      // The value of a Secret never goes into a message.
      if (typeof value !== 'string' && value !== null) issues.error(path, `${field}.${key} must be a string; quote it`);
      else if (isBase64 && typeof value === 'string' && !isBase64Text(value)) {
        issues.error(path, `${field}.${key} must be base64`, { hint: 'plain text goes under stringData' });
      }
    }
  }
}

function isBase64Text(text: string): boolean {
  const packed = text.replace(/\s/g, '');
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}

function warnOfSecretKeys(object: Record<string, unknown>, issues: IssueCollector): void {
  const type = object.type;
  if (typeof type === 'string' && type.startsWith('kubernetes.io/')) return;
  if (isObject(object.metadata) && object.metadata.name === 'storage-config') return;
  for (const field of ['data', 'stringData']) {
    const entries = object[field];
    if (!isObject(entries)) continue;
    for (const key of Object.keys(entries)) {
      if (SECRET_KEYS.includes(key)) continue;
      if (issues.isFull) return;
      const close = nearest(key, SECRET_KEYS);
      const message = `Secret key "${key.slice(0, 100)}" is not read by any storage`;
      const closeIsMissing = close !== undefined && !hasKey(object, close);
      const detail = { at: 'key' as const, ...(close === undefined ? {} : { hint: `did you mean "${close}"?` }) };
      if (closeIsMissing) issues.error([field, key], message, detail);
      else issues.unread([field, key], message, detail);
    }
  }
}

function hasKey(object: Record<string, unknown>, key: string): boolean {
  return ['data', 'stringData'].some((field) => isObject(object[field]) && Object.hasOwn(object[field], key));
}

function checkReferences(secrets: unknown, issues: IssueCollector): void {
  if (secrets === undefined || secrets === null) return;
  if (!Array.isArray(secrets)) {
    issues.error(['secrets'], 'secrets must be a list of objects with a name');
    return;
  }
  for (const [index, secret] of secrets.entries()) {
    if (!isObject(secret) || typeof secret.name !== 'string') {
      const hint = typeof secret === 'string' ? { hint: `write: - name: ${secret}` } : {};
      issues.error(['secrets', index], `secrets[${index}] must be an object with a name`, hint);
    }
  }
}
