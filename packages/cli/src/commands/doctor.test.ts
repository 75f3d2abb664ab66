import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { command } from './doctor.ts';

let state: string;
let held: Server;
let port: number;
beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'berth-doctor-'));
  held = createServer();
  await new Promise<void>((resolve) => held.listen(0, '127.0.0.1', () => resolve()));
  ({ port } = held.address() as AddressInfo);
});
afterEach(() => {
  held.close();
  rmSync(state, { recursive: true, force: true });
});

interface Finding {
  readonly name: string;
  readonly level: string;
  readonly message: string;
}

async function portFindings(args: readonly string[]): Promise<string[]> {
  let text = '';
  const io = {
    env: { PATH: process.env.PATH },
    cwd: state,
    out: (words: string) => (text += words),
    err: () => undefined,
  };
  const folders = ['--state-dir', state, '--cache-dir', join(state, 'cache'), '-o', 'json'];
  await command.run([...args, ...folders], io as never);
  const { findings } = JSON.parse(text) as { findings: Finding[] };
  return findings
    .filter(({ name }) => name.startsWith('port '))
    .map(({ name, level, message }) => `${name} ${level} ${message}`);
}

test('a port that another program holds is a problem', async () => {
  const found = await portFindings(['--http-port', `${port}`]);
  assert.equal(found[0], `port ${port} problem in use by another program`);
});

test('the ports of the running platform are its own, and no others', async () => {
  const record = {
    pid: process.pid,
    startedAt: new Date(0).toISOString(),
    version: '0',
    gatewayUrls: ['http://127.0.0.1:18431', 'http://[::1]:18431'],
    apiUrl: 'https://127.0.0.1:18432',
    cacheFolder: state,
  };
  writeFileSync(join(state, 'platform.json'), JSON.stringify(record));
  assert.deepEqual(await portFindings([]), [
    'port 18431 ok held by the running platform',
    'port 18432 ok held by the running platform',
  ]);
  const other = await portFindings(['--http-port', `${port}`]);
  assert.equal(other[0], `port ${port} problem in use by another program`);
});
