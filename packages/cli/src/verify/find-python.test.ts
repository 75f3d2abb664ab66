import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findPython } from './find-python.ts';

const work = mkdtempSync(join(tmpdir(), 'find-python-'));
after(() => rmSync(work, { recursive: true }));

function environment(...folder: string[]): string {
  const bin = join(work, ...folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'python'), '');
  return join(bin, 'python');
}

const inProject = environment('project', '.venv');
const besideModel = environment('models', '.venv');
const active = environment('active');
const places = { cwd: join(work, 'project'), modelPath: join(work, 'models', 'm.joblib'), env: {}, platform: 'linux' };

test('the working folder’s environment, then the model’s, the active one, the PATH', async () => {
  const env = { VIRTUAL_ENV: join(work, 'active') };
  assert.equal((await findPython({ ...places, env })).executable, inProject);
  assert.equal((await findPython({ ...places, cwd: work, env })).executable, besideModel);
  const elsewhere = { ...places, cwd: work, modelPath: join(work, 'm.joblib') };
  assert.equal((await findPython({ ...elsewhere, env })).executable, active);
  assert.equal((await findPython(elsewhere)).executable, 'python3');
  assert.equal((await findPython({ ...elsewhere, platform: 'win32' })).executable, 'python');
});

test('the one asked for: a file, the folder of an environment, a name', async () => {
  for (const asked of [active, join(work, 'active'), '../active', '../active/bin/python']) {
    assert.equal((await findPython({ ...places, asked })).executable, active);
  }
  assert.equal((await findPython({ ...places, asked: 'python3.11' })).executable, 'python3.11');
  await assert.rejects(findPython({ ...places, asked: './nowhere' }), /there is no Python .*nowhere/);
});
