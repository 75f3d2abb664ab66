/** `--terse-errors`: what a client is told of a refusal quotes nothing of the model; the log has it all. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { JSON_BODY, send } from '../test/field-case.ts';
import { modelInfer, textRequest } from '../test/grpc-infer.ts';
import { launch } from '../test/live-server.ts';

const IRIS = join(import.meta.dirname, '..', 'fixtures', 'field', '005-v2-body-on-v1-path', 'model', 'model.joblib');
const SECRET = 'tax-number-4711';

/** Requests that the model can not take, each with something of the client's or of the model's in the usual message. */
const REFUSED: readonly [string, object][] = [
  ['/v2/models/iris/infer', { inputs: [{ name: SECRET, shape: [1, 3], datatype: 'FP64', data: [1, 2, 3] }] }],
  ['/v2/models/iris/infer', { inputs: [{ name: 'x', shape: [1, 4], datatype: 'BYTES', data: [SECRET, '', '', ''] }] }],
  ['/v1/models/iris:predict', { instances: [[1, 2, SECRET, 4]] }],
  ['/v2/models/iris/infer', { inputs: [], outputs: [{ name: SECRET }] }],
];

/** A server whose model is ready. */
const serveIris = (...options: string[]) =>
  launch({ args: ['serve', IRIS, '--name', 'iris', ...options], until: (_out, err) => err.includes('ready: iris') });

describe('terse errors', () => {
  test('hide schema and values from clients over HTTP, and keep them in the log', async () => {
    await using server = await serveIris('--terse-errors');
    for (const [path, body] of REFUSED) {
      const answer = await send(server.httpPort, 'POST', path, JSON.stringify(body), JSON_BODY);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.text, '{"error":"the request does not fit the protocol or the model (INVALID_INPUT)"}');
      assert.equal(answer.headers['berth-error-code'], 'INVALID_INPUT');
    }
    const other = await send(server.httpPort, 'POST', `/v2/models/${SECRET}/infer`, '{"inputs": []}', JSON_BODY);
    assert.equal(other.status, 404);
    assert.ok(!other.text.includes('iris') && !other.text.includes(SECRET), other.text);
    const logged = server
      .err()
      .split('\n')
      .filter((line) => line.includes('request refused'));
    assert.equal(logged.length, REFUSED.length + 1, server.err());
    assert.ok(logged.some((line) => line.includes(SECRET)));
    assert.ok(logged.every((line) => /"requestId":"[^"]+"/.test(line)));
  });

  test('the same over gRPC', async () => {
    await using server = await serveIris('--terse-errors');
    const message = textRequest('iris', SECRET, [Buffer.from(SECRET)], false);
    const refused = await modelInfer(server.grpcPort, `127.0.0.1:${server.grpcPort}`, message);
    assert.equal(refused.code, 3);
    assert.equal(refused.message, 'the request does not fit the protocol or the model (INVALID_INPUT)');
    assert.ok(server.err().includes('call refused'), server.err());
  });

  test('are off by default, and the code is sent all the same', async () => {
    await using server = await serveIris();
    const [path, body] = REFUSED[0] as [string, object];
    const answer = await send(server.httpPort, 'POST', path, JSON.stringify(body), JSON_BODY);
    assert.match(answer.text, /4/);
    assert.equal(answer.headers['berth-error-code'], 'INVALID_INPUT');
    assert.ok(!server.err().includes('refused'));
  });
});
