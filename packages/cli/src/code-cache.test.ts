/** The launcher's folder for compiled code: what somebody else can write there would be run as this user. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

const { codeCacheFolder } = (await import(new URL('../bin/code-cache.js', import.meta.url).href)) as {
  codeCacheFolder(env: Record<string, string>, platform?: string): string | undefined;
};
const root = mkdtempSync(join(tmpdir(), 'code-cache-'));
after(() => rmSync(root, { recursive: true }));

/** A home of its own. */
function home(): string {
  return mkdtempSync(join(root, 'home-'));
}

describe('the folder for compiled code', () => {
  test("lies in the user's own cache, for the user alone", () => {
    const HOME = home();
    const folder = codeCacheFolder({ HOME }, 'linux') as string;
    assert.equal(folder, join(HOME, '.cache', 'berth', 'code'));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(codeCacheFolder({ HOME }, 'linux'), folder, 'and is taken again');
  });

  test('follows the habits of each system', () => {
    const HOME = home();
    const XDG_CACHE_HOME = join(home(), 'cache of mine');
    assert.equal(codeCacheFolder({ HOME, XDG_CACHE_HOME }, 'linux'), join(XDG_CACHE_HOME, 'berth', 'code'));
    assert.equal(codeCacheFolder({ HOME, XDG_CACHE_HOME: 'here' }, 'linux'), join(HOME, '.cache', 'berth', 'code'));
    assert.equal(codeCacheFolder({ HOME }, 'darwin'), join(HOME, 'Library', 'Caches', 'berth', 'code'));
    assert.equal(codeCacheFolder({ LOCALAPPDATA: HOME }, 'win32'), join(HOME, 'berth', 'code'));
  });

  test('is none where others can write', () => {
    for (const open of ['.cache', '.cache/berth', '.cache/berth/code']) {
      const HOME = home();
      mkdirSync(join(HOME, open), { recursive: true });
      chmodSync(join(HOME, open), 0o777);
      assert.equal(codeCacheFolder({ HOME }, 'linux'), undefined, open);
    }
  });

  test('is none where it is a link', () => {
    const HOME = home();
    mkdirSync(join(HOME, '.cache', 'berth'), { recursive: true });
    symlinkSync(home(), join(HOME, '.cache', 'berth', 'code'));
    // A link's own bits are open to all on Linux; where they are not, the link is the user's own.
    if (process.platform === 'linux') assert.equal(codeCacheFolder({ HOME }, 'linux'), undefined);
  });

  test('is none where it is of another user', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
    const HOME = home();
    const folder = join(HOME, '.cache', 'berth', 'code');
    mkdirSync(folder, { recursive: true });
    chownSync(folder, 12_345, 12_345);
    assert.equal(codeCacheFolder({ HOME }, 'linux'), undefined);
  });

  test('is none where nothing can be made', () => {
    const HOME = join(home(), 'file');
    writeFileSync(HOME, '');
    assert.equal(codeCacheFolder({ HOME }, 'linux'), undefined);
  });
});
