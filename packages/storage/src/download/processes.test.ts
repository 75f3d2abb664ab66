import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type HttpFixture, serveHttp } from '../../test/http-fixture.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { fetchModel } from '../fetch-model.ts';

const CHILD = fileURLToPath(new URL('../../test/fetch-child.ts', import.meta.url));
const BODY = Buffer.alloc(6 * 1024 * 1024, 'a model of several parts ');

/** A server of one large file; while it is slow it sends the first part of each answer and then nothing more. */
interface LargeFile extends HttpFixture {
  isSlow: boolean;
  sentBytes: number;
}

async function serveLarge(isSlow: boolean): Promise<LargeFile> {
  const server = await serveHttp((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(first ?? 0);
    const end = last === undefined || last === '' ? BODY.length : Number(last) + 1;
    response.writeHead(first === undefined ? 200 : 206, {
      etag: '"large"',
      'accept-ranges': 'bytes',
      'content-length': end - start,
      ...(first === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${BODY.length}` }),
    });
    // The first parts come whole, so that there is something to go on with.
    if (large.isSlow && start >= 2 * 1024 * 1024) response.write(BODY.subarray(start, start + 10));
    else {
      if (first !== undefined) large.sentBytes += end - start;
      response.end(BODY.subarray(start, end));
    }
  });
  const large: LargeFile = Object.assign(server, { isSlow, sentBytes: 0 });
  return large;
}

function fetchInChild(
  uri: string,
  cache: string,
): { child: ChildProcess; output: () => string; seen: (text: RegExp) => Promise<void> } {
  const child = spawn(process.execPath, [CHILD, uri, cache], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const seen = async (text: RegExp) => {
    while (!text.test(output)) await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  };
  return { child, output: () => output, seen };
}

describe('two processes and one cache', () => {
  test('download once, and both have it', async () => {
    await using server = await serveLarge(false);
    await using folder = await temporaryFolder();
    const uri = `${server.url}/model.bin`;
    const children = [fetchInChild(uri, folder.path), fetchInChild(uri, folder.path)];
    await Promise.all(children.map(({ child }) => once(child, 'exit')));
    const paths = children.map(({ output }) => /ready (.*)/.exec(output())?.[1]);
    assert.equal(paths[0], paths[1]);
    assert.deepEqual(await readFile(paths[0] ?? ''), BODY);
    assert.equal(server.sentBytes, BODY.length);
  });

  test('the one that is killed leaves its place and its bytes to the other', async () => {
    await using server = await serveLarge(true);
    await using folder = await temporaryFolder();
    const uri = `${server.url}/model.bin`;
    const holder = fetchInChild(uri, folder.path);
    await holder.seen(/downloading 2\d{6}/);
    const gone = once(holder.child, 'exit');
    holder.child.kill('SIGKILL');
    await gone;
    assert.deepEqual(await readdir(join(folder.path, 'trees')).catch(() => []), []);
    server.isSlow = false;
    server.sentBytes = 0;
    const { path } = await fetchModel(uri, { cacheFolder: folder.path, partsFromBytes: 1024 * 1024 });
    assert.deepEqual(await readFile(path), BODY);
    assert.deepEqual(await readdir(join(folder.path, 'locks')), []);
  });
});
