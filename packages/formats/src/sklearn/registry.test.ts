import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf } from '../pickle/data-world.ts';
import { classesOf, everyClass, FAMILIES } from './registry.ts';

test('a family is asked for by every package that holds one of its classes, and by no other', async () => {
  for (const family of FAMILIES) {
    const packages = new Set((await family.load()).flatMap((entry) => entry.modules.map(packageOf)));
    assert.deepEqual([...family.packages].sort(), [...packages].sort());
  }
});

test('no two families have the same class', async () => {
  let entries = 0;
  for (const family of FAMILIES) for (const entry of await family.load()) entries += entry.modules.length;
  assert.equal((await everyClass()).size, entries);
});

test('the classes of a package are those that every class has there', async () => {
  const all = [...(await everyClass()).keys()].filter((path) => packageOf(path) === 'sklearn.svm');
  const some = await classesOf(new Set(['sklearn.svm']));
  assert.ok(all.length > 5);
  for (const path of all) assert.ok(some.has(path), path);
});
