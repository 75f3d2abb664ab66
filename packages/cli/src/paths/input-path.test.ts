import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CommandError } from '../terminal/exit-codes.ts';
import { type Expected, inputPath, isSameFile } from './input-path.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-paths-'));
after(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'model.joblib'), 'x');
mkdirSync(join(folder, 'models'));
mkdirSync(join(folder, 'empty'));
symlinkSync('loop', join(folder, 'loop'));

/** `code: message (hint)` of the refusal, or the path. */
async function told(shown: string, expected: Expected = 'file or folder'): Promise<string> {
  try {
    return await inputPath(shown, folder, expected);
  } catch (thrown) {
    assert.ok(thrown instanceof CommandError);
    return `${thrown.code}: ${thrown.message} (${thrown.hint ?? ''})`;
  }
}

describe('a path that a command is to read', () => {
  it('is absolute where it is there', async () => {
    assert.equal(await told('model.joblib', 'file'), join(folder, 'model.joblib'));
    assert.equal(await told('models'), join(folder, 'models'));
  });

  it('that is not there names the one that was meant, or what is there', async () => {
    const missing = 'FileNotFound: there is no file or folder';
    assert.equal(await told('modle.joblib'), `${missing} modle.joblib (did you mean model.joblib?)`);
    assert.equal(await told('none/modle.joblib'), `${missing} none/modle.joblib (there is no folder ${folder}/none)`);
    assert.equal(await told('empty/a'), `${missing} empty/a (${folder}/empty holds nothing)`);
    assert.match(await told('wholly-different.onnx'), /holds empty, loop, model\.joblib, models/);
    assert.match(await told('model.joblib/x'), /FileNotFound/);
  });

  it('that can not be read by position says why', async () => {
    assert.match(await told('models', 'file'), /FileUnreadable: models is a folder; name a file in it/);
    assert.match(await told('loop'), /FileUnreadable: loop is a link that leads back to itself/);
    assert.match(await told('/dev/null'), /FileUnreadable: \/dev\/null is a device/);
    assert.match(await told(''), /UsageError/);
  });

  it('that is a pipe is told at once', { skip: process.platform === 'win32' }, async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    assert.match(await told('pipe'), /FileUnreadable: pipe is a pipe, not a file/);
  });
});

it('two names of one file are the same file', () => {
  symlinkSync('model.joblib', join(folder, 'link'));
  linkSync(join(folder, 'model.joblib'), join(folder, 'hard'));
  const path = join(folder, 'model.joblib');
  assert.equal(isSameFile(path, join(folder, 'link')), true);
  assert.equal(isSameFile(path, join(folder, 'hard')), true);
  assert.equal(isSameFile(path, join(folder, 'models')), false);
  assert.equal(isSameFile(path, join(folder, 'not-there')), false);
});
