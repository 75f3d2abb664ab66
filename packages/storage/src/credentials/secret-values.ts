import type { SecretSource } from './credentials.ts';

/** A Secret's values as text; one final newline is cut, which `kubectl create secret --from-file` often brings along. */
export function secretValues(secret: SecretSource): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [key, encoded] of Object.entries(secret.data ?? {})) {
    if (typeof encoded === 'string') values.set(key, Buffer.from(encoded, 'base64').toString('utf8'));
  }
  for (const [key, text] of Object.entries(secret.stringData ?? {})) {
    if (typeof text === 'string') values.set(key, text);
  }
  return values;
}

/** A value that stands in one line, such as a key or a token. */
export function lineValue(values: ReadonlyMap<string, string>, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = values.get(key)?.replace(/\r?\n$/, '');
    if (value !== undefined) return value;
  }
  return undefined;
}
