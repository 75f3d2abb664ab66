import type { SecretSource } from './credentials.ts';

/** A Secret's values as text; one final newline is cut, which `kubectl create secret --from-file` often brings along. */
export function secretValues(secret: SecretSource): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [key, encoded] of Object.entries(secret.data ?? {})) {
    if (typeof encoded === 'string') values.set(key, decode(key, encoded));
  }
  for (const [key, text] of Object.entries(secret.stringData ?? {})) {
    if (typeof text === 'string') values.set(key, text);
  }
  return values;
}

/** Keys whose values KServe's SDK writes; all of them are printable. */
const SDK_KEYS: ReadonlySet<string> = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_TENANT_ID',
]);

/**
 * KServe's Python SDK (`set_credentials`) writes keys of S3 and Azure into `data` without encoding them. Most of them
 * look like base64 and decode to noise, which no such key is: then the text itself is meant.
 */
function decode(key: string, encoded: string): string {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return SDK_KEYS.has(key) && !/^[\x20-\x7e\r\n]*$/.test(text) ? encoded : text;
}

/** A value that stands in one line, such as a key or a token. */
export function lineValue(values: ReadonlyMap<string, string>, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = values.get(key)?.replace(/\r?\n$/, '');
    if (value !== undefined) return value;
  }
  return undefined;
}
