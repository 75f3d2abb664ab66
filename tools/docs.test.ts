/** The documents speak of commands and options that exist: each `berth …` line is held against the command's own help. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const BERTH = join(ROOT, 'packages', 'cli', 'bin', 'berth.js');
const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.md'),
);
const documents = ['README.md', ...pages.map((name) => join('docs', name))];
const helpOf = new Map<string, string>();

function help(command: string): string {
  const known = helpOf.get(command);
  if (known !== undefined) return known;
  const text = execFileSync(process.execPath, [BERTH, 'help', command], { encoding: 'utf8' });
  helpOf.set(command, text);
  return text;
}

for (const document of documents) {
  test(`${document} names commands and options that exist, and links to files that exist`, () => {
    const text = readFileSync(join(ROOT, document), 'utf8');
    for (const [, command, rest] of text.matchAll(
      /\bberth (serve|run|predict|inspect|verify|score|check|new|up|apply|get|rollout|cache)\b([^`\n]*)/g,
    )) {
      for (const [option] of rest
        .replace(/\s[#|;&].*/, '')
        .replace(/;.*/, '')
        .matchAll(/(?<=\s)--?[a-z][-a-z]*/g)) {
        assert.match(help(command), new RegExp(`(^|[\\s,])${option}\\b`, 'm'), `berth ${command} has no ${option}`);
      }
    }
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      const path = join(ROOT, document, '..', target);
      assert.doesNotThrow(() => readdirSync(join(path, '..')), `${document} links to ${target}`);
      assert.ok(target.endsWith('/') || readFileSync(path).length > 0, `${document} links to ${target}`);
    }
  });
}

test('npm scripts that the documents name exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const all = ['README.md', 'CONTRIBUTING.md'].map((name) => readFileSync(join(ROOT, name), 'utf8')).join('\n');
  const named = [...all.matchAll(/npm (?:run )?(quickstart|test|bench|conformance|check|[a-z]+:[a-z]+)\b/g)].map(
    (match) => match[1],
  );
  assert.ok(named.length > 4);
  for (const name of named) assert.ok(name in scripts, `npm run ${name}`);
});
