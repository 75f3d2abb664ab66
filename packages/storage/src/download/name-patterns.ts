import { StorageError } from '../storage-error.ts';

const MAX_PATTERNS = 1000;
const MAX_CHARACTERS = 1000;

/** Which files of a model are taken. */
export interface NamePatterns {
  readonly allow: readonly string[] | undefined;
  readonly ignore: readonly string[] | undefined;
}

/**
 * Reads STORAGE_ALLOW_PATTERNS or STORAGE_IGNORE_PATTERNS as KServe does: a JSON array, else a list with commas. Undefined
 * where nothing is said.
 * @throws StorageError InvalidStorageUri
 */
export function readPatterns(text: string | undefined): string[] | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return undefined;
  const found = (jsonList(trimmed) ?? trimmed.split(',')).map((one) => one.trim()).filter((one) => one !== '');
  if (found.length > MAX_PATTERNS || found.some((one) => one.length > MAX_CHARACTERS)) {
    throw new StorageError('InvalidStorageUri', 'there are too many, or too long, patterns of file names');
  }
  return found.length === 0 ? undefined : found;
}

/** Whether a file is taken: allowed by a pattern, where there are any, and ignored by none. */
export function isWanted(path: string, { allow, ignore }: NamePatterns): boolean {
  if (allow !== undefined && !allow.some((pattern) => matches(path, pattern))) return false;
  return ignore === undefined || !ignore.some((pattern) => matches(path, pattern));
}

/**
 * Whether a name fits a pattern as Python's `fnmatchcase` has it: `*` is any text, slashes too, `?` one character,
 * `[abc]`, `[a-z]` and `[!abc]` one of a set. A pattern that ends in a slash means all below that folder. Takes time in
 * proportion to both lengths.
 */
export function matches(name: string, pattern: string): boolean {
  const tokens = tokensOf(pattern.endsWith('/') ? `${pattern}*` : pattern);
  const characters = [...name];
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < characters.length) {
    const next = tokens[token];
    if (next === '*') {
      star = token++;
      starAt = at;
    } else if (next?.(characters[at] as string)) {
      token++;
      at++;
    } else if (star >= 0) {
      // The last star takes one character more.
      token = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token] === '*') token++;
  return token === tokens.length;
}

type Token = '*' | ((character: string) => boolean);

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '*') tokens.push('*');
    else if (character === '?') tokens.push(() => true);
    else if (character === '[') {
      const end = setEnd(characters, at + 1);
      if (end < 0) tokens.push((one) => one === '[');
      else {
        tokens.push(setOf(characters.slice(at + 1, end)));
        at = end;
      }
    } else tokens.push((one) => one === character);
  }
  return tokens;
}

/** Where a set ends: a bracket first in it is a member. */
function setEnd(characters: readonly string[], start: number): number {
  let at = start;
  if (characters[at] === '!') at++;
  if (characters[at] === ']') at++;
  return characters.indexOf(']', at);
}

function setOf(inside: readonly string[]): Token {
  const isNegated = inside[0] === '!';
  const members = isNegated ? inside.slice(1) : inside;
  const ranges: [number, number][] = [];
  for (let at = 0; at < members.length; at++) {
    const low = codeOf(members[at]);
    if (members[at + 1] === '-' && at + 2 < members.length) {
      ranges.push([low, codeOf(members[at + 2])]);
      at += 2;
    } else ranges.push([low, low]);
  }
  return (one) => ranges.some(([low, high]) => codeOf(one) >= low && codeOf(one) <= high) !== isNegated;
}

function codeOf(character: string | undefined): number {
  return character?.codePointAt(0) ?? -1;
}

function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed) && parsed.every((one) => typeof one === 'string')) return parsed;
  } catch {
    // `[ab]*.bin` is a pattern as well.
  }
  return undefined;
}
