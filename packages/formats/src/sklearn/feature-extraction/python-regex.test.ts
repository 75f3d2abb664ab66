import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { translatePattern, UntranslatablePattern } from './python-regex.ts';

const { texts, cases } = JSON.parse(readFileSync(new URL('./fixtures/patterns.json', import.meta.url), 'utf8')) as {
  texts: string[];
  cases: { pattern: string; found: string[][] }[];
};

function findAll(pattern: string, text: string): string[] {
  const { regex, groups } = translatePattern(pattern);
  return Array.from(text.matchAll(regex), (match) => (groups === 0 ? match[0] : (match[1] ?? '')));
}

for (const { pattern, found } of cases) {
  test(`finds what Python finds: ${pattern}`, () => {
    assert.deepEqual(
      texts.map((text) => findAll(pattern, text)),
      found,
    );
  });
}

for (const pattern of [
  '(a)\\1',
  '(?x)a b',
  '(?a)\\w',
  '(?>a)b',
  'a++',
  '(?(1)a|b)',
  '\\N{DIGIT ONE}',
  '(?P=w)',
  '[a',
  '(',
  'a'.repeat(10_001),
]) {
  test(`refuses ${pattern.slice(0, 20)}`, () => {
    assert.throws(() => translatePattern(pattern), UntranslatablePattern);
  });
}
