import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { StorageError } from '../storage-error.ts';
import { layOut, layOutOne } from './layout.ts';

const of = (keys: Readonly<Record<string, number>>) => Object.entries(keys).map(([key, size]) => ({ key, size }));
const paths = (keys: Readonly<Record<string, number>>, folder: string) =>
  layOut(of(keys), folder).map((object) => object.path);

describe('layOut', () => {
  test('keeps what lies below, whatever it is called', () => {
    assert.deepEqual(paths({ 'a/model/model': 1, 'a/model.d/x': 1, 'a/x': 0 }, 'a/'), [
      'model/model',
      'model.d/x',
      'x',
    ]);
    assert.deepEqual(paths({ 'a/b': 1, c: 1 }, ''), ['a/b', 'c']);
    assert.deepEqual(paths({ 'a//b': 1, 'a/c//d': 1 }, 'a/'), ['b', 'c/d']);
  });

  test('leaves out marks of folders', () => {
    const keys = { 'a/': 0, 'a/b': 0, 'a/b/c': 1, 'a/d_$folder$': 0, 'a/e/': 5 };
    assert.deepEqual(paths(keys, 'a/'), ['b/c']);
    assert.deepEqual(layOut([{ key: 'a/b', size: 0, isFolder: true }], 'a/'), []);
  });

  for (const [why, keys] of [
    ['a file and a folder at once', { 'a/b': 1, 'a/b/c': 1 }],
    ['two for one place', { 'a/b': 1, 'a//b': 1 }],
    ['a step up', { 'a/../b': 1 }],
    ['a dot', { 'a/./b': 1 }],
    ['a backslash', { 'a/b\\c': 1 }],
    ['a zero byte', { 'a/b\0c': 1 }],
    ['a name too long', { [`a/${'x'.repeat(256)}`]: 1 }],
  ] as const) {
    test(`refuses ${why}`, () => {
      assert.throws(() => layOut(of(keys), 'a/'), StorageError);
    });
  }

  test('no keys lead out of the folder or onto each other', () => {
    const part = fc.constantFrom('a', 'b', '..', '.', '', 'c\\d', 'model', '\0');
    const key = fc.array(part, { maxLength: 5 }).map((parts) => parts.join('/'));
    const objects = fc.array(fc.record({ key, size: fc.nat(2) }), { maxLength: 12 });
    fc.assert(
      fc.property(objects, (listed) => {
        let placed: ReturnType<typeof layOut>;
        try {
          placed = layOut(listed, '');
        } catch (thrown) {
          assert.ok(thrown instanceof StorageError);
          return;
        }
        const found = placed.map((object) => object.path as string);
        assert.equal(new Set(found).size, found.length);
        for (const path of found) {
          assert.ok(path.split('/').every((one) => one !== '' && one !== '.' && one !== '..' && !/[\0\\]/.test(one)));
          assert.ok(!found.some((other) => other.startsWith(`${path}/`)), 'a file with files below it');
        }
      }),
    );
  });
});

test('layOutOne gives the file under its own name', () => {
  assert.equal(layOutOne({ key: 'a/b/model.pkl', size: 1 }).path, 'model.pkl');
  assert.equal(layOutOne({ key: 'model.pkl', size: 1 }).path, 'model.pkl');
  assert.throws(() => layOutOne({ key: 'a/..', size: 1 }), StorageError);
});
