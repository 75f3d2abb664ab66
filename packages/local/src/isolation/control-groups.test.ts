import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type ControlGroups, findControlGroups } from './control-groups.ts';

/** A folder that stands for /sys/fs/cgroup: what is written is what counts. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const found = (): ControlGroups => findControlGroups('/state', root) ?? assert.fail('no groups can be made');
const text = (file: string) => readFileSync(file, 'utf8');

describe('control groups', () => {
  test('of version 2 are written as the kernel documents them', () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory');
    const [file = ''] = found().create('a', { cpu: 0.5, memoryBytes: 1_000_000.7 });
    const folder = join(file, '..');
    assert.match(folder, /berth-[0-9a-f]{12}\/a$/);
    assert.equal(text(join(folder, 'cpu.max')), '50000 100000');
    assert.equal(text(join(folder, 'memory.max')), '1000000');
    assert.equal(text(join(folder, 'memory.oom.group')), '1');
    assert.equal(text(join(folder, '..', 'cgroup.subtree_control')), '+cpu +memory');
    assert.equal(found().ranOutOfMemory('a'), false);
    writeFileSync(join(folder, 'memory.events'), 'low 0\nhigh 0\nmax 5\noom 1\noom_kill 1\n');
    assert.equal(found().ranOutOfMemory('a'), true);
  });

  test('of version 1 have a folder for each controller, and keep to the least quota', () => {
    mkdirSync(join(root, 'memory'));
    mkdirSync(join(root, 'cpu'));
    const files = found().create('a', { cpu: 0.000_1 });
    assert.deepEqual(
      files.map((file) => file.split('/').at(-4)),
      ['memory', 'cpu'],
    );
  });

  test('are not there where nothing can be written', () => {
    writeFileSync(join(root, 'memory'), 'a file');
    assert.equal(findControlGroups('/state', root), undefined);
  });

  test('go when they are empty', () => {
    mkdirSync(join(root, 'memory'));
    mkdirSync(join(root, 'cpu'));
    const groups = found();
    const [file = ''] = groups.create('a', {});
    groups.remove('a');
    assert.equal(existsSync(join(file, '..', '..')), false);
  });
});
