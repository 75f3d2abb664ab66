import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { removeOldLogs, removeRunFolders } from './left-overs.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-left-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('what was left over', () => {
  test('of runs goes, but nothing that is in use or of others', () => {
    const run = join(folder, 'run');
    for (const name of ['0123456789', 'abcdefabcd', 'code', 'ABCDEF0123'])
      mkdirSync(join(run, name), { recursive: true });
    writeFileSync(join(run, '1111111111'), 'a file');
    removeRunFolders(run, new Set([join(run, '0123456789')]));
    assert.deepEqual(readdirSync(run).sort(), ['0123456789', '1111111111', 'ABCDEF0123', 'code']);
  });

  test('of logs goes after a day, and beyond two hundred, unless the replica is there', () => {
    const logs = join(folder, 'logs');
    const now = Date.now();
    const put = (pod: string, ageHours: number) => {
      const path = join(logs, 'default', pod);
      mkdirSync(path, { recursive: true });
      utimesSync(path, new Date(), new Date(now - ageHours * 3_600_000));
    };
    put('old', 25);
    put('old-but-running', 25);
    for (let index = 0; index < 205; index++) put(`pod-${index}`, 1 + index / 100);
    writeFileSync(join(logs, 'control.log'), '');
    removeOldLogs(logs, (_namespace, pod) => pod === 'old-but-running', now);
    const left = readdirSync(join(logs, 'default'));
    assert.equal(left.length, 201);
    assert.ok(
      left.includes('old-but-running') && left.includes('pod-0') && !left.includes('pod-204') && !left.includes('old'),
    );
    assert.ok(readdirSync(logs).includes('control.log'));
  });
});
