import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { killGroup } from '../processes/process-group.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';
import { endOrphans, ProcessTable } from './process-table.ts';

const needsProc = { skip: process.platform !== 'linux' };
let folder: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-table-'));
  path = join(folder, 'processes.json');
});
afterEach(() => {
  for (const child of children.splice(0)) killGroup(child.pid as number, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function orphan(script = 'sleep 600'): Promise<number> {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' });
  children.push(child);
  await new Promise((resolve) => child.once('spawn', resolve));
  return child.pid as number;
}

function table(entries: Record<string, number>): ProcessTable {
  const made = new ProcessTable(path);
  for (const [id, pid] of Object.entries(entries)) made.add(id, pid);
  made.flush();
  return made;
}

describe('the table of processes', needsProc, () => {
  test('leads to what a killed keeper left, and to that alone', async () => {
    const [left, ended, other] = [await orphan(), await orphan(), await orphan()];
    table({ left, ended }).remove(ended);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(endOrphans(path), ['left']);
    await waitUntil('it has ended', () => !isAlive(left));
    assert.ok(isAlive(ended) && isAlive(other));
    await waitUntil('nothing of it is left', () => endOrphans(path).length === 0);
  });

  test('leads to the children of a process that has ended itself', async () => {
    const leader = await orphan(`sleep 600 & echo $! > ${join(folder, 'pid')}; sleep 600`);
    const child = await waitUntil('the child runs', () => {
      try {
        return Number(readFileSync(join(folder, 'pid'), 'utf8')) || undefined;
      } catch {
        return undefined;
      }
    });
    table({ leader });
    process.kill(leader, 'SIGKILL');
    await waitUntil('the leader has ended', () => !isAlive(leader));
    assert.ok(isAlive(child));
    endOrphans(path);
    await waitUntil('the child has ended', () => !isAlive(child));
  });

  test('spares a process that has the id of an ended one, and all of another boot', async () => {
    const pid = await orphan();
    table({ pid });
    const file = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...file, processes: [{ id: 'x', pid, startTicks: 1 }] }));
    assert.deepEqual(endOrphans(path), []);
    writeFileSync(path, JSON.stringify({ ...file, boot: 'another' }));
    assert.deepEqual(endOrphans(path), []);
    for (const text of ['', '{', '[]', 'null', '{"boot":1,"processes":[{"pid":1},{"pid":-1},{}]}']) {
      writeFileSync(path, text);
      assert.deepEqual(endOrphans(path), []);
    }
    assert.ok(isAlive(pid));
  });

  test('holds no secret', () => {
    table({ a: process.pid });
    assert.deepEqual(Object.keys(JSON.parse(readFileSync(path, 'utf8')).processes[0]).sort(), [
      'id',
      'pid',
      'startTicks',
    ]);
  });
});
