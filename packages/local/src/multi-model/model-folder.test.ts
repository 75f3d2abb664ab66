import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type FolderModel, ModelFolder } from './model-folder.ts';

let root: string;
let folder: ModelFolder;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-folder-'));
  folder = new ModelFolder(join(root, 'cache'), 'owner', 'default', 'service');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const model = (path: string, digest = 'd', memory = 5): FolderModel => ({ path, digest, memory });
const of = (models: Record<string, FolderModel>) => new Map(Object.entries(models));
const catalog = () => JSON.parse(readFileSync(join(folder.path, '.catalog.json'), 'utf8'));

describe('the folder of a multi-model predictor', () => {
  test('has a link and a row for each model, in their order, and no others', () => {
    folder.set(of({ b: model('/cache/b'), a: model('/cache/a') }), 100);
    assert.equal(readlinkSync(join(folder.path, 'a')), '/cache/a');
    assert.deepEqual(catalog(), {
      memory: 100,
      models: [
        { name: 'b', digest: 'd', memory: 5 },
        { name: 'a', digest: 'd', memory: 5 },
      ],
    });
    folder.set(of({ a: model('/cache/a2', 'e') }));
    assert.equal(readlinkSync(join(folder.path, 'a')), '/cache/a2');
    assert.deepEqual(readdirSync(folder.path).sort(), ['.catalog.json', 'a']);
    assert.deepEqual(catalog(), { models: [{ name: 'a', digest: 'e', memory: 5 }] });
  });

  test('is there before the first model, and again after it was removed', () => {
    folder.ensure();
    assert.deepEqual(catalog(), { models: [] });
    folder.set(of({ a: model('/cache/a') }));
    folder.ensure();
    assert.equal(catalog().models.length, 1);
    folder.remove();
    assert.deepEqual(folder.names(), []);
    folder.set(of({ a: model('/cache/a') }));
    assert.deepEqual(folder.names(), ['a']);
  });

  test('what an ended platform left half made is in nobody’s way', () => {
    folder.ensure();
    writeFileSync(join(folder.path, '.draft'), 'half');
    folder.set(of({ a: model('/cache/a') }));
    assert.deepEqual(readdirSync(folder.path).sort(), ['.catalog.json', 'a']);
  });

  for (const name of [
    'x/../../../../victim',
    '../x',
    '..',
    '.',
    '',
    '.catalog.json',
    '/etc/x',
    'a/b',
    'a\0b',
    'a..b',
  ]) {
    test(`the name ${JSON.stringify(name)} reaches no file`, () => {
      writeFileSync(join(root, 'victim'), 'precious');
      folder.set(of({ a: model('/cache/a') }));
      assert.throws(() => folder.set(of({ [name]: model('/cache/bytes') })), /can not be the name of a model/);
      assert.ok(!lstatSync(join(root, 'victim')).isSymbolicLink());
      assert.deepEqual(folder.names(), ['a']);
      assert.ok(existsSync(join(folder.path, '.catalog.json')));
    });
  }

  test('the longest name has room', () => {
    const name = 'a'.repeat(253);
    folder.set(of({ [name]: model('/cache/a') }));
    assert.deepEqual(folder.names(), [name]);
  });
});
