import assert from 'node:assert/strict';
import type { ClientHttp2Session } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { InferenceError, type InferRequest } from '@berth/inference';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelInferRequestSchema, ModelInferResponseSchema } from '../../../../gen/inference_pb.ts';
import { fakeService } from '../../../testing/fake-service.ts';
import { type GrpcTestServer, startGrpcTestServer } from '../../../testing/grpc-server.ts';
import { connectTo, http2Call } from '../../../testing/http2-call.ts';
import { frameOf } from './framing.ts';

const LIMIT = 1 << 20;
let server: GrpcTestServer;
let session: ClientHttp2Session;
let slowStarted: (signal: AbortSignal) => void = () => undefined;

before(async () => {
  const slow = async (request: InferRequest) => {
    slowStarted(request.signal as AbortSignal);
    await new Promise((resolve) => request.signal?.addEventListener('abort', resolve));
    throw new InferenceError('CANCELLED', 'the client has gone');
  };
  server = await startGrpcTestServer([fakeService([{ name: 'echo' }, { name: 'slow', infer: slow }])], {
    maxMessageBytes: LIMIT,
    authorize: (_path, headers) => {
      if (headers.authorization === 'bad') throw new InferenceError('UNAUTHENTICATED', 'no such key');
    },
  });
  session = await connectTo(server.port);
});
after(async () => {
  session.destroy();
  await server.close();
});

function message(rows: number, modelName = 'echo'): Uint8Array {
  const inputs = [
    { name: 'x', datatype: 'FP32', shape: [BigInt(rows)], contents: { fp32Contents: new Array(rows).fill(1) } },
  ];
  return toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, { modelName, inputs }));
}

const ONE = frameOf(message(1));

/** HTTP/2 itself refuses such a path where the scheme is http; another scheme lets it through. */
const SLASHLESS = { ':scheme': 'x', ':path': 'x' };

describe('what a path and the headers say', () => {
  const cases: [string, Record<string, string>, string, RegExp][] = [
    ['an unknown method', { ':path': '/inference.GRPCInferenceService/Nope' }, '12', /no method \/inference/],
    ['an unknown service', { ':path': '/x.Y/Z' }, '12', /no method/],
    [
      'a path without a slash',
      { ...SLASHLESS, ':path': 'inference.GRPCInferenceService/ModelInfer' },
      '12',
      /a path starts with/,
    ],
    ['an encoding nobody knows', { 'grpc-encoding': 'snappy' }, '12', /"snappy" is not known/],
    ['a timeout that is none', { 'grpc-timeout': 'soon' }, '3', /grpc-timeout/],
    ['a deadline of a nanosecond', { 'grpc-timeout': '1n' }, '4', /deadline/],
    ['a wrong key', { authorization: 'bad' }, '16', /no such key/],
    ['a wrong key with a path without a slash', { ...SLASHLESS, authorization: 'bad' }, '16', /no such key/],
  ];
  for (const [name, headers, code, text] of cases) {
    test(name, async () => {
      const result = await http2Call(session, { headers, body: ONE });
      assert.equal(result.status, 200);
      assert.equal(result.code, code);
      assert.match(result.message, text);
    });
  }

  test('a path without a slash under http is reset by the HTTP/2 layer', async () => {
    const { status, reset } = await http2Call(session, { headers: { ':path': 'x' }, body: ONE });
    assert.equal(status, 0);
    assert.notEqual(reset, 0);
  });

  test('the encodings that are known come with the refusal', async () => {
    const { headers } = await http2Call(session, { headers: { 'grpc-encoding': 'br' }, body: ONE });
    assert.equal(headers['grpc-accept-encoding'], 'identity,gzip,deflate');
  });

  test('another verb and another content type are answered as HTTP', async () => {
    assert.equal((await http2Call(session, { headers: { ':method': 'GET' } })).status, 405);
    assert.equal(
      (await http2Call(session, { headers: { 'content-type': 'application/grpc-web' }, body: ONE })).status,
      415,
    );
    assert.equal(
      (await http2Call(session, { headers: { 'content-type': 'application/grpc+proto' }, body: ONE })).code,
      '0',
    );
  });
});

describe('messages', () => {
  test('none, half of one, two', async () => {
    assert.equal((await http2Call(session, {})).code, '3');
    assert.equal((await http2Call(session, { body: ONE.subarray(0, ONE.length - 1) })).code, '3');
    assert.equal((await http2Call(session, { body: ONE.subarray(0, 3) })).code, '3');
    assert.equal((await http2Call(session, { body: Buffer.concat([ONE, ONE]) })).code, '13');
  });

  test('over the limit, seen by the head before the body is there', async () => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(LIMIT + 1, 1);
    const { code, message: text } = await http2Call(session, { body: head, open: true });
    assert.equal(code, '8');
    assert.match(text, /1048577 bytes.*--max-body-size/);
  });

  test('just below the limit', async () => {
    const rows = Math.floor((LIMIT - 100) / 4);
    const { code, body } = await http2Call(session, { body: frameOf(message(rows)) });
    assert.equal(code, '0');
    assert.equal(
      fromBinary(ModelInferResponseSchema, body.subarray(5)).outputs[0]?.contents?.fp32Contents.length,
      rows,
    );
  });

  test('no protobuf at all', async () => {
    const { code, message: text } = await http2Call(session, { body: frameOf(Buffer.alloc(20, 0xff)) });
    assert.equal(code, '3');
    assert.match(text, /not valid protobuf/);
  });
});

describe('compression', () => {
  test('gzip and deflate in; out only where the client sent and accepts it and it is worth it', async () => {
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ] as const) {
      const headers = { 'grpc-encoding': encoding, 'grpc-accept-encoding': 'identity, gzip' };
      const {
        code,
        body,
        headers: seen,
      } = await http2Call(session, { headers, body: frameOf(compress(message(5_000)), true) });
      assert.equal(code, '0');
      assert.equal(body[0], encoding === 'gzip' ? 1 : 0);
      assert.equal(seen['grpc-encoding'], encoding === 'gzip' ? 'gzip' : undefined);
      const plain = body[0] === 1 ? gunzipSync(body.subarray(5)) : body.subarray(5);
      assert.equal(fromBinary(ModelInferResponseSchema, plain).outputs[0]?.contents?.fp32Contents.length, 5_000);
    }
    const small = await http2Call(session, {
      headers: { 'grpc-encoding': 'gzip', 'grpc-accept-encoding': 'gzip' },
      body: frameOf(gzipSync(message(1)), true),
    });
    assert.equal(small.body[0], 0);
  });

  test('a bomb', async () => {
    const { code } = await http2Call(session, {
      headers: { 'grpc-encoding': 'gzip' },
      body: frameOf(gzipSync(Buffer.alloc(64 << 20)), true),
    });
    assert.equal(code, '8');
  });

  test('damaged, cut, and with bytes after its end', async () => {
    const good = gzipSync(message(100));
    const damaged = Buffer.from(good);
    damaged[good.length >> 1] = (damaged[good.length >> 1] as number) ^ 0xff;
    for (const bytes of [
      damaged,
      good.subarray(0, good.length - 4),
      Buffer.concat([good, Buffer.from('garbage')]),
      Buffer.from('plain'),
    ]) {
      const { code, message: text } = await http2Call(session, {
        headers: { 'grpc-encoding': 'gzip' },
        body: frameOf(bytes, true),
      });
      assert.equal(code, '3', text);
    }
  });

  test('flagged as compressed where no encoding was named', async () => {
    assert.equal((await http2Call(session, { body: frameOf(gzipSync(message(1)), true) })).code, '13');
  });
});

describe('calls that end early', () => {
  test('a deadline ends the call and aborts the model', async () => {
    const started = new Promise<AbortSignal>((resolve) => {
      slowStarted = resolve;
    });
    const result = http2Call(session, { headers: { 'grpc-timeout': '100m' }, body: frameOf(message(1, 'slow')) });
    const signal = await started;
    assert.equal((await result).code, '4');
    assert.equal(signal.aborted, true);
  });

  test('a client that cancels aborts the model', async () => {
    const started = new Promise<AbortSignal>((resolve) => {
      slowStarted = resolve;
    });
    const stream = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      'content-type': 'application/grpc',
    });
    stream.on('error', () => undefined);
    stream.end(frameOf(message(1, 'slow')));
    const signal = await started;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    stream.close(8);
    await aborted;
    await until(() => server.transport.active === 0);
  });

  test('a client whose connection breaks aborts the model', async () => {
    const other = await connectTo(server.port);
    const started = new Promise<AbortSignal>((resolve) => {
      slowStarted = resolve;
    });
    void http2Call(other, { body: frameOf(message(1, 'slow')) });
    const signal = await started;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    other.destroy();
    await aborted;
    await until(() => server.transport.active === 0);
  });
});

test('nothing is held once calls have ended', async () => {
  await until(() => server.transport.active === 0);
  assert.equal(server.transport.budget.usedBytes, 0);
});

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !check(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(check());
}
