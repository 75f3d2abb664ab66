import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { nativeProbes } from './readiness.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-probes-'));
after(() => rmSync(folder, { recursive: true }));

const livenessAt = (path: string) => {
  const { liveness } = nativeProbes(
    { path },
    false,
    () => undefined,
    () => undefined,
  );
  assert.ok(liveness !== undefined);
  return liveness.run;
};

describe('liveness of Berth’s own server', () => {
  test('gives a start five minutes, and no more', async () => {
    const run = livenessAt(join(folder, 'nothing'));
    for (let probe = 0; probe < 30; probe++) assert.equal((await run()).isOk, true, `probe ${probe}`);
    assert.equal((await run()).isOk, false);
    assert.equal((await run()).isOk, false);
  });
  test('fails at once when what answered is gone', async () => {
    const path = join(folder, 's');
    const server = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(path, () => resolve()));
    const run = livenessAt(path);
    assert.equal((await run()).isOk, true);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    assert.equal((await run()).isOk, false);
  });
});
