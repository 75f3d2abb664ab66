import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { StartError } from '@berth/exposure';
import { startServer } from './start-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-socket-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const app = { module: new URL('../testing/worker-app.ts', import.meta.url).href, config: { models: ['pid'] } };
const start = (socketPath: string, options: object = {}) =>
  startServer({ app, socketPath, env: { BERTH_HOST: '0.0.0.0' }, ...options });

function get(socketPath: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, headers: { host: 'localhost' } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('a server on a Unix socket', () => {
  test('answers there, is closed to other users, and removes the file', async () => {
    const path = join(folder, 'a.sock');
    const server = await start(path);
    await server.ready;
    assert.equal(await get(path, '/v2/health/ready'), 200);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(server.urls, [`unix:${path}`]);
    assert.equal(server.grpcPort, undefined);
    await server.drain();
    assert.equal(existsSync(path), false);
  });

  test('replaces what a killed server left, but nothing else', async () => {
    const path = join(folder, 'b.sock');
    const server = await start(path);
    await assert.rejects(
      start(path),
      (error: Error) => error instanceof StartError && /another process/.test(error.message),
    );
    await server.close();
    // A socket file without a listener: closing the handle of a renamed file leaves it behind.
    const left = createServer().listen(`${path}.x`);
    await new Promise((resolve) => left.once('listening', resolve));
    renameSync(`${path}.x`, path);
    await new Promise((resolve) => left.close(resolve));
    assert.equal(existsSync(path), true);
    const again = await start(path);
    await again.close();
    writeFileSync(path, 'a file');
    await assert.rejects(start(path), /is no socket/);
  });

  test('refuses a path that is too long and several workers, and says what a closed folder is', async () => {
    await assert.rejects(start(join(folder, 'x'.repeat(120))), /at most 10[37] bytes/);
    await assert.rejects(start(join(folder, 'c.sock'), { workers: 2 }), /one process listens on a socket/);
    await assert.rejects(start(join(folder, 'none', 'c.sock')), /can not listen on the socket/);
  });
});
