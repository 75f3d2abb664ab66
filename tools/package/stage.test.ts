import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { licenceText } from './licences.ts';
import { filesBelow, machinePathsIn } from './machine-paths.ts';
import { outsideDependencies, PARTS } from './names.ts';
import { stageCli, stagePart } from './stage.ts';

const root = mkdtempSync(join(tmpdir(), 'stage-'));
after(() => rmSync(root, { recursive: true }));

function manifest(folder: string): Record<string, Record<string, string>> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
}

describe('what is published', () => {
  test('the command needs nothing but Node from npm, and names its parts without installing them', async () => {
    const folder = join(root, 'cli');
    await stageCli(folder, 'npm');
    const told = manifest(folder);
    assert.equal(told.dependencies, undefined);
    assert.ok(Object.keys(told.optionalDependencies).every((name) => /^node-/.test(name)));
    for (const name of Object.keys(told.peerDependencies)) {
      assert.deepEqual(told.peerDependenciesMeta[name], { optional: true });
    }
    assert.equal(Object.keys(told.peerDependencies).length, PARTS.length);
    assert.ok(!filesBelow(folder).some((file) => file.endsWith('.ts')));
    assert.deepEqual(machinePathsIn(folder), []);
  });

  test('every file that a process or thread is started with is there under the name that it is started by', async () => {
    const folder = join(root, 'urls');
    await stageCli(folder, 'npm');
    const files = new Set(filesBelow(folder));
    let found = 0;
    for (const file of files) {
      if (!file.startsWith('dist/')) continue;
      const source = readFileSync(join(folder, file), 'utf8');
      assert.doesNotMatch(
        source,
        /import\.meta\.(?:dirname|filename)/,
        `${file}: all lies in one folder here; use new URL`,
      );
      for (const [, target] of source.matchAll(/new URL\("(\.[^"$]+)",import\.meta\.url\)/g)) {
        found++;
        const path = new URL(target, `file:///dist/${file.slice(5)}`).pathname.slice(1);
        assert.ok(files.has(path), `${file} starts ${target}`);
      }
    }
    assert.ok(found >= 6, `${found} URLs`);
  });

  for (const part of PARTS) {
    test(`${part.name} names the packages that it needs, none of them ours`, async () => {
      const folder = join(root, part.name);
      await stagePart(part, folder, 'npm');
      const { dependencies } = manifest(folder);
      assert.deepEqual(dependencies, outsideDependencies(part));
      const loaded = readFileSync(join(folder, 'dist', 'index.js'), 'utf8');
      for (const [, name] of loaded.matchAll(/from"([^".][^"]*)"/g)) {
        const wanted = name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0];
        assert.ok(name.startsWith('node:') || wanted in dependencies, name);
      }
      assert.ok(!loaded.includes('@berth/'));
    });
  }
});

test('a path of the machine is found', () => {
  const folder = join(root, 'traces');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  writeFileSync(join(folder, 'deep', 'a.js'), 'const at = "/home/somebody/clone/x.ts"');
  writeFileSync(join(folder, 'b.js'), 'const at = "./x.ts"');
  assert.deepEqual(machinePathsIn(folder, ['/home/somebody']), ['deep/a.js: /home/somebody']);
});

test('code without a licence is not passed on', () => {
  const folder = join(root, 'node_modules', 'bare');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name": "bare", "version": "1.0.0"}');
  assert.throws(() => licenceText([folder]), /names no licence/);
  writeFileSync(join(folder, 'package.json'), '{"name": "bare", "version": "1.0.0", "license": "MIT"}');
  writeFileSync(join(folder, 'LICENSE'), 'Permission is hereby granted');
  assert.match(licenceText([folder]), /bare 1\.0\.0 \(MIT\)[\s\S]*Permission is hereby granted/);
});
