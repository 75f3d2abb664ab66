/** Pages that are made from the code say what the code says now. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PAGES } from './pages.ts';

for (const [name, make] of PAGES) {
  test(`docs/${name} is up to date`, async () => {
    const text = await readFile(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
    assert.equal(text, await make(), `docs/${name} is stale: npm run docs`);
  });
}
