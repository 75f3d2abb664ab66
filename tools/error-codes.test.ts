/** The codes that the sources use are rows of the table of errors, and each row has its part of docs/errors.md. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERROR_GROUPS, errorEntry, errorPage } from '@berth/errors';

const ROOT = join(import.meta.dirname, '..');

/** CamelCase reasons that tell of no error: states on the way, Kubernetes' own words, and events. */
const NO_ERRORS: ReadonlySet<string> = new Set([
  'Stopped',
  'NotReady',
  'Loading',
  'Unloaded',
  'Tested',
  'Pending',
  'NotAcceptable',
  'Downloading',
  'ContainerCreating',
  // Kubernetes' reasons of a Status, which its clients know.
  'BadRequest',
  'FieldValueInvalid',
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueRequired',
  'FieldManagerConflict',
  'ResourceVersionTooLarge',
]);

test('each code stands once, says what happened and what to do, and has a part of the page', () => {
  const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
  const seen = new Set<string>();
  for (const { errors } of ERROR_GROUPS) {
    for (const [code, { what, todo }] of Object.entries(errors)) {
      assert.ok(!seen.has(code.toLowerCase()), `${code} stands twice`);
      seen.add(code.toLowerCase());
      assert.match(what, /^[A-Z].*\.$/, code);
      assert.match(todo, /\.$/, code);
      assert.ok(page.includes(`\n### ${code}\n`), `docs/errors.md has no part on ${code}`);
      assert.equal(errorEntry(code.toUpperCase())?.code, code);
      assert.equal(errorPage(code), `docs/errors.md#${code.toLowerCase()}`);
    }
  }
});

test('reasons that the sources give are in the table', () => {
  const files = globSync('packages/{control,local,api,cli,storage,server,formats}/src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !/\.test\.ts$|\/testing\/|\/golden\//.test(file),
  );
  assert.ok(files.length > 300);
  let found = 0;
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, reason] of text.matchAll(/(?:\breason: |new LaunchRefused\()'([A-Z][A-Za-z]+)'/g)) {
      found++;
      assert.ok(NO_ERRORS.has(reason as string) || errorEntry(reason as string) !== undefined, `${file}: ${reason}`);
    }
  }
  assert.ok(found > 50, String(found));
});
