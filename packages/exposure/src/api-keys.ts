import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Keys that may call the server. A key file has one key a line, `name:hash`: the hash is the SHA-256 of the key in hex.
 * Keys are long random texts (see `makeApiKey`), so that a fast hash keeps them. Empty lines and lines that start with
 * `#` do not count.
 */
export interface ApiKeys {
  /** The name of the key that `token` is; undefined for no key of this server. Takes equally long for every wrong one. */
  nameOf(token: string): string | undefined;
  readonly size: number;
}

const LINE = /^([A-Za-z0-9][-A-Za-z0-9_.@]{0,127}):([0-9a-fA-F]{64})$/;
const MAX_KEYS = 10_000;

/** @throws KeyFileError that names the line, never its content: that may be a key in clear. */
export function parseApiKeys(text: string): ApiKeys {
  const keys: { name: string; hash: Buffer }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const match = LINE.exec(content);
    if (match === null) {
      throw new KeyFileError(
        `line ${index + 1} is not "name:hash" with the key's SHA-256 in 64 hex digits; \`printf %s "$KEY" | sha256sum\` makes one`,
      );
    }
    keys.push({ name: match[1] as string, hash: Buffer.from(match[2] as string, 'hex') });
    if (keys.length > MAX_KEYS) throw new KeyFileError(`it has more than ${MAX_KEYS} keys`);
  }
  if (keys.length === 0) throw new KeyFileError('it has no keys, so nobody could call the server');
  return {
    size: keys.length,
    nameOf(token) {
      const hash = sha256(token);
      let found: string | undefined;
      for (const key of keys) if (timingSafeEqual(key.hash, hash)) found = key.name;
      return found;
    },
  };
}

/** What is wrong with a key file. */
export class KeyFileError extends Error {}

/** A new key and the line for the key file. The key itself is kept nowhere. */
export function makeApiKey(name: string): { readonly key: string; readonly line: string } {
  const key = `berth_${randomBytes(32).toString('base64url')}`;
  return { key, line: `${name}:${sha256(key).toString('hex')}` };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
