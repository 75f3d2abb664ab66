import { createHash } from 'node:crypto';

/** SHA-256 over a value's canonical JSON (keys sorted), lower-case hex. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** JSON with sorted keys; what is undefined is left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A short word of letters and digits that stands for a text, as Kubernetes' generated names have. */
export function shortWord(text: string, length: number): string {
  const bytes = createHash('sha256').update(text).digest();
  let word = '';
  for (let index = 0; index < length; index++) word += ALPHABET[(bytes[index] as number) % ALPHABET.length];
  return word;
}
