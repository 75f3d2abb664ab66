import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type InferRequest, invalidInput, type Tensor } from '@berth/inference';
import fc from 'fast-check';
import { fakeModel } from '../wire/models.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const V2 = '{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[6.8,2.8,4.8,1.4]}]}';
const V1 = '{"instances":[[6.8,2.8,4.8,1.4],[6.0,3.4,4.5,1.6]]}';

/** A table model of four columns that answers 1 for each row. */
export function ones() {
  const inputs = [{ name: 'input-0', datatype: 'FP64' as const, shape: [-1, 4] }];
  const outputs = [{ name: 'predict', datatype: 'INT64' as const, shape: [-1] }];
  return fakeModel({ platform: 'sklearn', inputs, outputs, defaultOutputs: ['predict'] }, (request: InferRequest) => {
    const [input] = request.inputs;
    if (input.shape.length !== 2 || input.shape[1] !== 4) throw invalidInput('the model wants rows of 4 numbers');
    const rows = input.shape[0];
    const answer: Tensor = {
      name: 'predict',
      datatype: 'INT64',
      shape: [rows],
      data: new BigInt64Array(rows).fill(1n),
    };
    return [answer];
  });
}

describe('the request surface', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer([{ name: 'iris', model: ones() }], {
      handler: { limits: { maxBodyBytes: 100_000 } },
    });
  });
  after(() => server.stop());

  /** The server is whole after whatever was sent. */
  async function assertServes(): Promise<void> {
    const answer = await server.request('POST', '/v1/models/iris:predict', V1);
    assert.equal(answer.text, '{"predictions":[1,1]}');
    assert.deepEqual(Object.keys(Object.prototype), []);
  }

  for (const type of [
    undefined,
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json; charset=utf-8',
  ]) {
    it(`reads a body of type ${type} as JSON, v1 and v2`, async () => {
      const headers = type === undefined ? {} : { 'content-type': type };
      assert.equal(
        (await server.request('POST', '/v1/models/iris:predict', V1, headers)).text,
        '{"predictions":[1,1]}',
      );
      assert.equal((await server.request('POST', '/v2/models/iris/infer', V2, headers)).status, 200);
    });
  }

  for (const type of [
    'image/png',
    'multipart/form-data; boundary=x',
    'application/vnd.bentoml+pickle',
    'application/x-python-pickle',
    'application/\tjson',
  ]) {
    it(`refuses a body of type ${JSON.stringify(type)} and names the header to send`, async () => {
      for (const path of ['/v1/models/iris:predict', '/v2/models/iris/infer']) {
        const answer = await server.request('POST', path, V1, { 'content-type': type });
        assert.equal(answer.status, 415, answer.text);
        assert.match(answer.text, /application\/json/);
      }
    });
  }

  const bad: readonly (readonly [string, string | Buffer])[] = [
    ['malformed JSON', '{"inputs":'],
    ['nothing', ''],
    ['a byte order mark', Buffer.from(`\ufeff${V2}`)],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ['a lone surrogate', '{"id":"\\ud800","inputs":[]}'],
    ['a key twice', '{"inputs":[],"inputs":[]}'],
    ['an escaped key twice', '{"inputs":[],"\\u0069nputs":[]}'],
    ['__proto__', `{"__proto__":{"a":1},${V2.slice(1)}`],
    [
      'deep nesting',
      `{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":${'['.repeat(5000)}${']'.repeat(5000)}}]}`,
    ],
    ['1e999', V2.replace('6.8', '1e999')],
    ['a shape of -1', V2.replace('[1,4]', '[-1,4]')],
    ['a shape of 1.5', V2.replace('[1,4]', '[1.5]')],
    ['a shape of text', V2.replace('[1,4]', '["1"]')],
    ['a shape of 2^53', V2.replace('[1,4]', '[9007199254740992]')],
    ['a huge shape', V2.replace('[1,4]', '[65536,65536,65536]')],
    ['a shape of very many dimensions', V2.replace('[1,4]', `[${Array(20000).fill(1)}]`)],
    ['a shape that does not fit', V2.replace('[1,4]', '[2,4]')],
    ['ragged data', V2.replace('[6.8,2.8,4.8,1.4]', '[[6.8,2.8],[4.8]]').replace('[1,4]', '[2,2]')],
    ['text in numbers', V2.replace('6.8', '"6.8"')],
    ['INT8 of 300', V2.replace('FP32', 'INT8').replace('[6.8,2.8,4.8,1.4]', '[300,1,1,1]')],
    ['UINT8 of -1', V2.replace('FP32', 'UINT8').replace('[6.8,2.8,4.8,1.4]', '[-1,1,1,1]')],
    ['BOOL of 2', V2.replace('FP32', 'BOOL').replace('[6.8,2.8,4.8,1.4]', '[2,1,1,1]')],
    ['INT64 of 2^63', V2.replace('FP32', 'INT64').replace('[6.8,2.8,4.8,1.4]', '[9223372036854775808,1,1,1]')],
    ['null in INT32', V2.replace('FP32', 'INT32').replace('[6.8,2.8,4.8,1.4]', '[null,1,1,1]')],
    ['NaN in INT32', V2.replace('FP32', 'INT32').replace('[6.8,2.8,4.8,1.4]', '[NaN,1,1,1]')],
    ['an unknown datatype', V2.replace('FP32', 'FLOAT')],
    ['two inputs of one name', V2.replace('[{', '[{"name":"x","shape":[1],"datatype":"FP32","data":[1]},{')],
    ['an unknown output', V2.replace('{"inputs"', '{"outputs":[{"name":"nope"}],"inputs"')],
    ['an output twice', V2.replace('{"inputs"', '{"outputs":[{"name":"predict"},{"name":"predict"}],"inputs"')],
    ['no inputs', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
  ];
  for (const [what, body] of bad) {
    it(`answers 400 to ${what} and goes on serving`, async () => {
      const answer = await server.request('POST', '/v2/models/iris/infer', body);
      assert.equal(answer.status, 400, answer.text.slice(0, 300));
      assert.equal(typeof JSON.parse(answer.text).error, 'string');
      await assertServes();
    });
  }

  it('refuses a body beyond the limit at once and closes the connection', async () => {
    const answer = await server.raw(
      'POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n{"inp',
    );
    assert.match(answer, /^HTTP\/1.1 413 /);
    assert.match(answer, /connection: close/i);
    assert.match(answer, /--max-body-size/);
    await assertServes();
  });

  it('counts the bytes of a chunked body', async () => {
    const chunk = `${(20_000).toString(16)}\r\n${' '.repeat(20_000)}\r\n`;
    const answer = await server.raw(
      `POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(6)}0\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1.1 413 /);
    await assertServes();
  });

  it('takes a body of very many one-byte chunks', async () => {
    const chunks = [...V2].map((letter) => `1\r\n${letter}\r\n`).join('');
    const spaces = '1\r\n \r\n'.repeat(50_000);
    const answer = await server.raw(
      `POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}${spaces}0\r\n\r\n`,
      10_000,
    );
    assert.match(answer, /^HTTP\/1.1 200 /);
  });

  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
  ] as const) {
    it(`decompresses ${encoding} within the limit`, async () => {
      const headers = { 'content-encoding': encoding };
      const good = await server.request('POST', '/v2/models/iris/infer', compress(V2), headers);
      assert.equal(good.status, 200, good.text);
      const bomb = await server.request('POST', '/v2/models/iris/infer', compress(Buffer.alloc(5_000_000)), headers);
      assert.equal(bomb.status, 413, bomb.text);
      const cut = await server.request('POST', '/v2/models/iris/infer', compress(V2).subarray(0, 20), headers);
      assert.equal(cut.status, 400, cut.text);
      await assertServes();
    });
  }

  for (const encoding of ['gzip, gzip', 'zstd', 'compress', 'x'.repeat(1000)]) {
    it(`refuses Content-Encoding ${encoding.slice(0, 20)} and names those it takes`, async () => {
      const answer = await server.request('POST', '/v2/models/iris/infer', V2, { 'content-encoding': encoding });
      assert.equal(answer.status, 415);
      assert.equal(answer.headers['accept-encoding'], 'gzip, deflate, br');
    });
  }

  it('refuses gzip with rubbish after it', async () => {
    const body = Buffer.concat([gzipSync(V2), Buffer.from('rubbish')]);
    const answer = await server.request('POST', '/v2/models/iris/infer', body, { 'content-encoding': 'gzip' });
    assert.equal(answer.status, 400, answer.text);
  });

  for (const name of [
    '..%2f..%2fetc',
    '%2e%2e',
    'a%00b',
    'a%0d%0aX-Evil:1',
    'a%2fb',
    'C:%5cx',
    '%20',
    'a%20b',
    'x'.repeat(254),
    'a..b',
    '-a',
    '%252e%252e',
  ]) {
    it(`refuses the model name ${name.slice(0, 30)}`, async () => {
      for (const [method, path] of [
        ['GET', `/v2/models/${name}`],
        ['GET', `/v2/models/${name}/ready`],
        ['GET', `/v2/models/${name}/config`],
        ['GET', `/v2/models/${name}/stats`],
        ['POST', `/v2/models/${name}/infer`],
        ['GET', `/v1/models/${name}`],
        ['POST', `/v1/models/${name}:predict`],
        ['POST', `/v2/repository/models/${name}/load`],
        ['POST', `/v2/repository/models/${name}/unload`],
      ]) {
        const answer = await server.request(method, path, method === 'POST' ? V2 : '');
        assert.ok(answer.status === 400 || answer.status === 404, `${path}: ${answer.status} ${answer.text}`);
        assert.equal(answer.headers['x-evil'], undefined);
      }
    });
  }

  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    it(`knows no model ${name}`, async () => {
      const answer = await server.request('GET', `/v2/models/${name}`);
      assert.ok(answer.status === 404 || (name === '__proto__' && answer.status === 400), answer.text);
    });
  }

  for (const path of [
    '//v2//models',
    '/v2/models/x/../y',
    '/v2/models/./iris',
    'http://evil/v2/models',
    '*',
    '/v2;a',
  ]) {
    it(`leads nowhere: ${path}`, async () => {
      const answer = await server.raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1.1 (404|400) /);
    });
  }

  it('takes a model name of 253 characters', async () => {
    assert.equal((await server.request('GET', `/v2/models/${'x'.repeat(253)}`)).status, 404);
  });

  for (const method of ['TRACE', 'DELETE', 'PUT', 'PATCH', 'PROPFIND']) {
    it(`answers 405 to ${method} and never echoes`, async () => {
      const answer = await server.raw(
        `${method} /v2/models/iris HTTP/1.1\r\nHost: x\r\nX-Secret: 42\r\nConnection: close\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1.1 405 /);
      assert.match(answer, /\r\nallow: /i);
      assert.doesNotMatch(answer, /X-Secret/);
    });
  }

  it('refuses two Host headers', async () => {
    const answer = await server.raw('GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n');
    assert.match(answer, /^HTTP\/1.1 400 /);
  });

  const framing = [
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'Content-Length: 5\r\nContent-Length: 6',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunked, identity',
    'Content-Length : 5',
  ];
  for (const headers of framing) {
    it(`refuses the framing ${headers.replaceAll('\r\n', ' + ')}`, async () => {
      const answer = await server.raw(`POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n{}{}{}`);
      assert.match(answer, /^HTTP\/1.1 400 /);
      await assertServes();
    });
  }

  it('refuses a header block beyond the limit', async () => {
    const answer = await server.raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1.1 431 /);
    await assertServes();
  });

  for (const count of [120, 1501]) {
    it(`refuses ${count} headers`, async () => {
      const headers = 'a:1\r\n'.repeat(count);
      const answer = await server.raw(`GET / HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1.1 431 /);
    });
  }

  for (const headers of [{ origin: 'http://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      it(`refuses ${method} from another site's page: ${JSON.stringify(headers)}`, async () => {
        for (const path of [
          '/v2/models/iris/infer',
          '/v1/models/iris:predict',
          '/v2/repository/models/iris/unload',
          '/x',
        ]) {
          const answer = await server.request(method, path, V2, headers);
          assert.equal(answer.status, 403, `${path}: ${answer.text}`);
          assert.equal(answer.headers['access-control-allow-origin'], undefined);
        }
        await assertServes();
      });
    }
  }

  it('takes a page of its own', async () => {
    const origin = `http://127.0.0.1:${server.port}`;
    assert.equal((await server.request('POST', '/v1/models/iris:predict', V1, { origin })).status, 200);
  });

  it('sends a clean x-request-id back and drops one that could break a header', async () => {
    const kept = await server.request('GET', '/', '', { 'x-request-id': 'abc-1' });
    assert.equal(kept.headers['x-request-id'], 'abc-1');
    const made = await server.raw('GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\tb\r\nConnection: close\r\n\r\n');
    assert.match(made, /x-request-id: [0-9a-f-]{36}/);
  });

  it('continues a valid trace and drops an invalid one', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await server.request('GET', '/', '', { traceparent });
    assert.match(String(answer.headers.traceparent), /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    assert.notEqual(answer.headers.traceparent, traceparent);
    const dropped = await server.request('GET', '/', '', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` });
    assert.equal(dropped.headers.traceparent, undefined);
  });

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    it(`refuses a load of type ${type}`, async () => {
      const answer = await server.request('POST', '/v2/repository/models/iris/load', '{}', { 'content-type': type });
      assert.equal(answer.status, 415, answer.text);
    });
  }

  it('answers any method, path, headers and body without a fault of its own', async () => {
    const part = fc.constantFrom(
      'v1',
      'v2',
      'models',
      'iris',
      'iris:predict',
      'iris:explain',
      'infer',
      'ready',
      'versions',
      '1',
      'repository',
      'index',
      'load',
      'unload',
      'stats',
      'config',
      'health',
      'live',
      'serving',
      'default',
      'test',
      'docs',
      'metrics',
      'openapi.json',
      '..',
      '%2e',
      '%',
      '%00',
      '',
      'é'.repeat(3),
      ':',
      '__proto__',
      'constructor',
      'trace',
      'generate',
    );
    const body = fc.constantFrom(
      '',
      '{}',
      V1,
      V2,
      '[]',
      '{',
      '"',
      'null',
      '{"inputs":1}',
      '{"instances":{}}',
      '\u0000',
    );
    const header = fc.constantFrom(
      ['content-type', 'application/octet-stream'],
      ['content-type', 'application/cloudevents+json'],
      ['content-encoding', 'gzip'],
      ['inference-header-content-length', '0'],
      ['inference-header-content-length', '2'],
      ['accept-encoding', 'gzip;q=1'],
      ['ce-id', '1'],
      ['origin', 'null'],
      ['x-request-id', ' '],
      ['traceparent', '00'],
    );
    const method = fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS');
    await fc.assert(
      fc.asyncProperty(
        method,
        fc.array(part, { maxLength: 6 }),
        body,
        fc.array(header, { maxLength: 3 }),
        async (verb, parts, content, headers) => {
          const path = encodeURI(`/${parts.join('/')}`).replaceAll('%25', '%');
          const answer = await server.request(verb, path, content, Object.fromEntries(headers));
          assert.ok(answer.status < 500 || answer.status === 501, `${verb} ${path}: ${answer.status} ${answer.text}`);
          if (answer.status >= 400 && verb !== 'HEAD') assert.equal(typeof JSON.parse(answer.text).error, 'string');
        },
      ),
      { numRuns: 1000 },
    );
    if (server.repository.find('iris')?.versions[0].state !== 'READY') await server.repository.load('iris');
    await assertServes();
  });

  for (const parameters of ['{"url":"http://evil"}', '{"config":"{}"}', '{"file:1/model.onnx":"eA=="}']) {
    it(`refuses a load with ${parameters}`, async () => {
      const body = `{"parameters":${parameters}}`;
      const answer = await server.request('POST', '/v2/repository/models/iris/load', body);
      assert.equal(answer.status, 400, answer.text);
    });
  }
});

describe('the binary tensor extension', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer([{ name: 'iris', model: ones() }]);
  });
  after(() => server.stop());

  const header = JSON.stringify({
    inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', parameters: { binary_data_size: 16 } }],
  });
  const tensor = Buffer.from(new Float32Array([1, 2, 3, 4]).buffer);
  const send = (length: string | undefined, body: Buffer) =>
    server.request('POST', '/v2/models/iris/infer', body, {
      'content-type': 'application/octet-stream',
      ...(length === undefined ? {} : { 'inference-header-content-length': length }),
    });

  it('reads tensors after the JSON', async () => {
    const answer = await send(String(header.length), Buffer.concat([Buffer.from(header), tensor]));
    assert.equal(answer.status, 200, answer.text);
  });

  for (const length of ['-1', '99999', '1e3', 'abc', undefined, `${header.length}, ${header.length}`, ' ', '0x10']) {
    it(`answers 400 to Inference-Header-Content-Length ${length}`, async () => {
      const answer = await send(length, Buffer.concat([Buffer.from(header), tensor]));
      assert.equal(answer.status, 400, answer.text);
    });
  }

  for (const [what, bytes] of [
    ['too few bytes', tensor.subarray(0, 12)],
    ['too many bytes', Buffer.concat([tensor, tensor])],
    ['none', Buffer.alloc(0)],
  ] as const) {
    it(`answers 400 to ${what}`, async () => {
      const answer = await send(String(header.length), Buffer.concat([Buffer.from(header), bytes]));
      assert.equal(answer.status, 400, answer.text);
    });
  }

  for (const [what, bytes] of [
    ['a length beyond the end', Buffer.from([0xff, 0xff, 0xff, 0xff, 65])],
    ['a length that is cut', Buffer.from([1, 0, 0])],
    ['more elements than its shape', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0])],
  ] as const) {
    it(`answers 400 to a BYTES tensor with ${what}`, async () => {
      const json = JSON.stringify({
        inputs: [{ name: 'x', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: bytes.length } }],
      });
      const answer = await send(String(json.length), Buffer.concat([Buffer.from(json), bytes]));
      assert.equal(answer.status, 400, answer.text);
    });
  }
});
