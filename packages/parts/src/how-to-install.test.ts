import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { howToInstall } from './how-to-install.ts';
import { importPart, isMissing } from './import-part.ts';
import { readOrigin } from './origin.ts';

const root = mkdtempSync(join(tmpdir(), 'parts-'));
after(() => rmSync(root, { recursive: true }));

/** A package of a kind, as an installer lays it; answers what it is told to run for the engine. */
function installed(where: string, installedBy: 'npm' | 'pip', project?: string): string {
  const folder = join(root, where);
  mkdirSync(folder, { recursive: true });
  const berth = { installedBy, scope: '@somebody' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ version: '1.2.3', berth }));
  if (project !== undefined) writeFileSync(join(root, project, 'package.json'), '{}');
  return howToInstall('engine-onnxruntime', readOrigin(pathToFileURL(join(folder, 'package.json'))));
}

describe('the one command that brings a part', () => {
  test('of the repository', () => {
    assert.equal(howToInstall('engine-onnxruntime'), '"npm ci" in Berth\'s folder');
  });

  test('of a global install by npm', () => {
    const told = installed('usr/lib/node_modules/@somebody/cli', 'npm');
    assert.equal(told, '"npm install -g @somebody/engine-onnxruntime@1.2.3"');
  });

  test('of a project', () => {
    const told = installed('my project/node_modules/@somebody/cli', 'npm', 'my project');
    assert.equal(told, `"npm install @somebody/engine-onnxruntime@1.2.3" in ${join(root, 'my project')}`);
  });

  test("of npx's own folder", () => {
    const told = installed('.npm/_npx/0123abcd/node_modules/@somebody/cli', 'npm', '.npm/_npx/0123abcd');
    assert.equal(told, '"npx -p @somebody/cli -p @somebody/engine-onnxruntime@1.2.3 berth …"');
  });

  test('of the wheel', () => {
    const told = installed('lib/python3.11/site-packages/berth_serving/app', 'pip');
    assert.equal(told, `"pip install 'berth-serving[onnx]==1.2.3'"`);
    const origin = { installedBy: 'pip', scope: '@somebody', version: '1.2.3', folder: root } as const;
    assert.match(howToInstall('engine-onnxruntime', origin, 'win32'), /^"npm install -g @somebody\/cli@1\.2\.3 /);
  });
});

test('of the wheel, by what made its environment', () => {
  const wanted = "'berth-serving[onnx]==1.2.3'";
  for (const [where, command] of [
    ['.cache/uv/archive-v0/6icVVyN38D606t', `uvx --from ${wanted} berth …`],
    ['.local/share/uv/tools/berth-serving', `uv tool install ${wanted}`],
    ['.local/share/pipx/venvs/berth-serving', `pipx install --force ${wanted}`],
    ['project/.venv', `pip install ${wanted}`],
  ]) {
    const told = installed(`${where}/lib/python3.11/site-packages/berth_serving/app`, 'pip');
    assert.equal(told, `"${command}"`);
  }
});

test('a part that is not installed is told from one that is broken', async () => {
  const origin = { ...readOrigin(), scope: '@nobody' };
  await assert.rejects(importPart('cloud-s3', origin), isMissing);
  assert.equal(isMissing(new SyntaxError('broken')), false);
});
