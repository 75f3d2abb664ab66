import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { callRepository, readRepository } from './repository-call.ts';

let folder: string;
let path: string;
let server: Server;
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const signal = AbortSignal.timeout(60_000);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-call-'));
  path = join(folder, 's');
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('asking a replica', () => {
  test('loads and unloads by name, which stays one step of the path', async () => {
    answer = (_request, response) => response.end('{}');
    assert.equal(await callRepository({ path }, 'm1', 'load', signal), undefined);
    assert.equal(await callRepository({ path }, '../../x', 'unload', signal), undefined);
    assert.deepEqual(asked, ['POST /v2/repository/models/m1/load', 'POST /v2/repository/models/..%2F..%2Fx/unload']);
  });

  test('a refusal is told by its text, or by its number', async () => {
    answer = (_request, response) => response.writeHead(400).end('{"error": "cut off"}');
    assert.equal(await callRepository({ path }, 'm', 'load', signal), 'cut off');
    answer = (_request, response) => response.writeHead(502).end('<html>');
    assert.equal(await callRepository({ path }, 'm', 'load', signal), 'the replica answered 502');
  });

  for (const [what, way, text] of [
    ['breaks off', (response: ServerResponse) => response.destroy(), /hang up|reset/],
    [
      'breaks off in the middle',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('x', () => response.destroy());
      },
      /aborted|reset/,
    ],
    ['never stops', (response: ServerResponse) => response.end('x'.repeat(100_000)), /too long/],
  ] as const) {
    test(`a replica that ${what} is no success`, async () => {
      answer = (_request, response) => void way(response);
      assert.match((await callRepository({ path }, 'm', 'load', signal)) ?? '', text);
    });
  }

  test('who is not there, and a call that is called off', async () => {
    assert.match((await callRepository({ path: join(folder, 'none') }, 'm', 'load', signal)) ?? '', /ENOENT/);
    answer = () => undefined;
    const off = new AbortController();
    const call = callRepository({ path }, 'm', 'load', off.signal);
    off.abort();
    assert.match((await call) ?? '', /abort/);
  });

  test('a report is a list of models, and nothing else', async () => {
    const models = [{ name: 'm', state: 'READY', digest: 'd' }];
    answer = (_request, response) => response.end(JSON.stringify({ models }));
    assert.deepEqual(await readRepository({ path }, signal), models);
    for (const text of ['{}', 'null', '[', '{"models": 1}']) {
      answer = (_request, response) => response.end(text);
      assert.match(String(await readRepository({ path }, signal)), /no report/, text);
    }
  });
});
