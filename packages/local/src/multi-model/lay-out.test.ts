import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { layOut } from './lay-out.ts';

test('several mounts lie below the parent they share, once, and a failed layout leaves nothing', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'berth-layout-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ['one', 'two']) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'model.joblib'), name);
  }
  writeFileSync(join(root, 'single.bst'), 'single');
  const folder = join(root, 'layouts');
  const mount = (mountPath: string, path: string) => ({ mountPath, path: join(root, path), readOnly: true });
  const mounts = [mount('/mnt/models/a', 'one'), mount('/mnt/models/b/c', 'two'), mount('/mnt/models/d', 'single.bst')];
  const laid = layOut(mounts, folder);
  assert.equal(laid.mountPath, '/mnt/models');
  assert.equal(readFileSync(join(laid.path, 'a', 'model.joblib'), 'utf8'), 'one');
  assert.equal(readFileSync(join(laid.path, 'b', 'c', 'model.joblib'), 'utf8'), 'two');
  assert.equal(readFileSync(join(laid.path, 'd', 'single.bst'), 'utf8'), 'single');
  assert.equal(layOut(mounts, folder).path, laid.path);
  // Two URIs at one place come together, as the storage initializer brings them.
  const merged = layOut([mount('/mnt/models', 'one'), mount('/mnt/models', 'single.bst')], folder);
  assert.deepEqual(readdirSync(merged.path).sort(), ['model.joblib', 'single.bst']);
  assert.throws(() => layOut([mount('/mnt/models/a', 'gone'), mount('/mnt/models/b', 'one')], folder), /ENOENT/);
  assert.equal(readdirSync(folder).length, 2);
});
