import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runYaml, send } from '../test/field-case.ts';
import { launch } from '../test/live-server.ts';

const FIELD = join(import.meta.dirname, '..', 'fixtures', 'field');
const IRIS = join(FIELD, '005-v2-body-on-v1-path', 'model', 'model.joblib');
const ROW = '{"instances": [[6.8, 2.8, 4.8, 1.4]]}';

async function withFiles(
  listener: RequestListener,
  work: (url: string, cache: string) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cache = await mkdtemp(join(tmpdir(), 'berth-cli-'));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, cache);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(cache, { recursive: true, force: true });
  }
}

/** A tar archive of one file. */
function tarOfOne(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  header.write('ustar\u000000', 257, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc(512 - (content.length % 512)), Buffer.alloc(1024)]);
}

const yaml = (uri: string) =>
  `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: iris}\nspec: {predictor: {sklearn: {storageUri: "${uri}"}}}\n`;

test('berth run serves a model from http, as a file and as an archive', async () => {
  const file = await readFile(IRIS);
  const archive = gzipSync(tarOfOne('model.joblib', file));
  await withFiles(
    (request, response) => response.end(request.url?.endsWith('.tar.gz') ? archive : file),
    async (url, cache) => {
      for (const name of ['model.joblib', 'iris.tar.gz']) {
        await using run = await runYaml(yaml(`${url}/${name}`), ['--cache-dir', cache]);
        await run.assertReady('iris');
        const answer = await run.post('iris', '/v1/models/iris:predict', ROW);
        assert.deepEqual(answer.json, { predictions: [1] }, answer.text);
      }
    },
  );
});

test('berth serve takes a URL and names the model after it', async () => {
  const file = await readFile(IRIS);
  await withFiles(
    (_request, response) => response.end(file),
    async (url, cache) => {
      await using server = await launch({
        args: ['serve', `${url}/flowers.joblib?x=1`, '--cache-dir', cache],
        until: (_out, err) => /^(not )?ready: /m.test(err),
      });
      const answer = await send(server.httpPort, 'GET', '/v1/models/flowers', undefined);
      assert.equal(answer.status, 200, server.err());
    },
  );
});

test('a download that fails says so in the status and to every request, while the port is open', async () => {
  await withFiles(
    (_request, response) => response.writeHead(404).end(),
    async (url, cache) => {
      await using run = await runYaml(yaml(`${url}/gone.joblib`), ['--cache-dir', cache]);
      const ready = await run.ready('iris');
      assert.deepEqual([ready.status, ready.reason], ['False', 'NotFound']);
      assert.match(ready.message ?? '', /gone\.joblib answers 404/);
      const answer = await run.post('iris', '/v1/models/iris:predict', ROW);
      assert.equal(answer.status, 503);
      assert.match(answer.error, /404/);
    },
  );
});

test('addresses of metadata services are never asked, and private ones not with --strict-egress', async () => {
  await using run = await runYaml(yaml('http://169.254.169.254/latest/model.pkl'));
  assert.equal((await run.ready('iris')).reason, 'UrlNotAllowed');
  await using strict = await runYaml(yaml('http://127.0.0.1:9/model.pkl'), ['--strict-egress']);
  assert.equal((await strict.ready('iris')).reason, 'UrlNotAllowed');
});
