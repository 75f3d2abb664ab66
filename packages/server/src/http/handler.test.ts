import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { InferenceError, type InferRequest, type InferResponse, invalidInput, type Model } from '@berth/inference';
import { renderPrometheus } from '@berth/telemetry';
import { fakeModel } from '../wire/models.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts';

const V1 = '{"instances":[[6.8,2.8,4.8,1.4],[6.0,3.4,4.5,1.6]]}';
const V2 = '{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[6.8,2.8,4.8,1.4]}]}';

/** A table model that answers the first value of each row as FP64. */
function firstValues(name = 'predict'): Model {
  const outputs = ['predict', 'predict_proba'].map((each) => ({ name: each, datatype: 'FP64' as const, shape: [-1] }));
  const inputs = [{ name: 'input-0', datatype: 'FP64' as const, shape: [-1, 4] }];
  return fakeModel({ platform: 'sklearn', inputs, outputs, defaultOutputs: ['predict'] }, ({ inputs, outputs }) => {
    if (inputs[0].shape[1] !== 4) throw invalidInput('the model wants rows of 4 numbers');
    const rows = inputs[0].shape[0];
    const data = Float64Array.from({ length: rows }, (_, row) => (inputs[0].data as Float64Array)[4 * row]);
    return [{ name: outputs[0] ?? name, datatype: 'FP64', shape: [rows], data }];
  });
}

async function withServer(
  models: Parameters<typeof startTestServer>[0],
  options: TestServerOptions,
  test: (server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startTestServer(models, options);
  try {
    await test(server);
  } finally {
    await server.stop();
  }
}

const IRIS = [{ name: 'iris', model: firstValues() }];

describe('field case 003: a path without its verb', () => {
  it('says that a prediction is a POST to :predict, and names a close model', () =>
    withServer([{ name: 'email-sendout', model: firstValues() }], {}, async (server) => {
      const bare = await server.request('POST', '/v1/models/email-sendout', V1);
      assert.equal(bare.status, 405);
      assert.match(bare.text, /:predict/);
      const verb = await server.request('POST', '/v1/models/email-sendout:prediction', V1);
      assert.equal(verb.status, 404);
      assert.match(verb.text, /:predict/);
      const name = await server.request('POST', '/v1/models/email-sendot:predict', V1);
      assert.equal(name.status, 404);
      assert.match(name.text, /email-sendout/);
      const metadataPath = await server.request('POST', '/v2/models/email-sendout', V2);
      assert.match(metadataPath.text, /\/infer/);
      const explain = await server.request('POST', '/v1/models/email-sendout:explain', V1);
      assert.equal(explain.status, 501);
      assert.match(explain.text, /no explainer/);
    }));
});

describe('field case 005: the body of the other protocol', () => {
  it('is told by its shape, and the answer names the right path', () =>
    withServer(IRIS, {}, async (server) => {
      const v2OnV1 = await server.request('POST', '/v1/models/iris:predict', V2);
      assert.equal(v2OnV1.status, 400);
      assert.match(v2OnV1.text, /\/v2\/models\/iris\/infer/);
      const v1OnV2 = await server.request('POST', '/v2/models/iris/infer', V1);
      assert.equal(v1OnV2.status, 400);
      assert.match(v1OnV2.text, /instances/);
      assert.match(v1OnV2.text, /\/v1\/models\/iris:predict/);
    }));
});

describe('field case 019: the model has another name than the service', () => {
  it("answers to the service's name under every route, and lists the models otherwise", () =>
    withServer([{ name: 'double', model: firstValues() }], { alias: 'price-service' }, async (server) => {
      const answer = await server.request('POST', '/v2/models/price-service/infer', V2);
      assert.equal(JSON.parse(answer.text).model_name, 'double');
      assert.equal((await server.request('GET', '/v2/models/price-service/ready')).status, 200);
      assert.equal((await server.request('POST', '/v1/models/price-service:predict', V1)).status, 200);
      assert.match((await server.request('GET', '/v2/models/other')).text, /double/);
    }));
});

describe('field case 068: counting by model', () => {
  for (const flavour of ['kserve', 'mlserver'] as const) {
    it(`counts each request once, failures too, and no unknown names: ${flavour}`, () =>
      withServer([...IRIS, { name: 'b', model: firstValues() }], { flavour }, async (server) => {
        for (let count = 0; count < 3; count++) await server.request('POST', '/v1/models/iris:predict', V1);
        for (let count = 0; count < 2; count++) await server.request('POST', '/v2/models/b/infer', V2);
        await server.request('POST', '/v1/models/iris:predict', '{"instances":"no"}');
        for (const name of ['u1', 'u2', 'u3', 'u4', 'u5']) {
          await server.request('POST', `/v1/models/${name}:predict`, V1);
        }
        const { text } = await server.request('GET', '/metrics');
        assert.match(text, /^request_predict_seconds_count\{model_name="iris"\} 3$/m);
        assert.match(text, /^request_predict_seconds_count\{model_name="b"\} 2$/m);
        assert.match(text, /^request_preprocess_seconds_count\{model_name="iris"\} 3$/m);
        assert.match(text, /^berth_inference_success_total\{model="b",version="",protocol="v2"\} 2$/m);
        const failures = text.match(/^berth_inference_failure_total\{model="iris".*$/gm);
        assert.deepEqual(failures, [
          'berth_inference_failure_total{model="iris",version="",protocol="v1",code="INVALID_INPUT"} 1',
        ]);
        assert.doesNotMatch(text, /u[1-5]"/);
        assert.match(text, /^berth_http_responses_total\{route="v1 predict",status="404"\} 5$/m);
        if (flavour === 'mlserver') {
          assert.match(text, /^model_infer_request_success_total\{model="iris",version="None"\} 3$/m);
          assert.match(text, /^model_infer_request_failure_total\{model="iris",version="None"\} 1$/m);
        }
      }));
  }
});

describe('CloudEvents', () => {
  const event = { specversion: '1.0', id: '1', source: 's', type: 't', data: JSON.parse(V1) };

  it('come and go structured, without the optional time too', () =>
    withServer(IRIS, {}, async (server) => {
      const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
      const answer = await server.request('POST', '/v1/models/iris:predict', JSON.stringify(event), headers);
      assert.equal(answer.headers['content-type'], 'application/cloudevents+json');
      const { specversion, source, type, data } = JSON.parse(answer.text);
      assert.deepEqual(
        [specversion, source, type],
        ['1.0', 'io.kserve.inference.iris', 'io.kserve.inference.response'],
      );
      assert.deepEqual(data, { predictions: [6.8, 6] });
      const encoded = { ...event, data: undefined, data_base64: Buffer.from(V1).toString('base64') };
      assert.equal(
        (await server.request('POST', '/v1/models/iris:predict', JSON.stringify(encoded), headers)).status,
        200,
      );
      for (const broken of [
        { ...event, specversion: '9.9' },
        { ...event, id: undefined },
        { ...event, data: undefined },
        [event],
      ]) {
        const refused = await server.request('POST', '/v1/models/iris:predict', JSON.stringify(broken), headers);
        assert.equal(refused.status, 400, refused.text);
      }
    }));

  it('are unwrapped under plain JSON', () =>
    withServer(IRIS, {}, async (server) => {
      const answer = await server.request('POST', '/v1/models/iris:predict', JSON.stringify(event));
      assert.equal(answer.text, '{"predictions":[6.8,6.0]}');
    }));

  it('come and go in headers', () =>
    withServer(IRIS, {}, async (server) => {
      const headers = { 'ce-specversion': '1.0', 'ce-id': '9', 'ce-source': 's', 'ce-type': 't', 'ce-x': 'y' };
      const answer = await server.request('POST', '/v1/models/iris:predict', V1, headers);
      assert.equal(answer.headers['ce-source'], 'io.kserve.inference.iris');
      assert.equal(answer.headers['ce-x'], undefined);
      assert.match(String(answer.headers['ce-id']), /^[0-9a-f-]{36}$/);
      assert.equal(answer.text, '{"predictions":[6.8,6.0]}');
      const later = await server.request('POST', '/v1/models/iris:predict', V1, { ...headers, 'ce-specversion': '9' });
      assert.equal(later.status, 400);
      assert.match(later.text, /specversion .*1\.0/);
    }));
});

describe('an id that would break a header', () => {
  it('stays in the body', () =>
    withServer(IRIS, { flavour: 'mlserver' }, async (server) => {
      const body = V2.replace('{', '{"id":"a\\r\\nx-evil: 1",');
      const answer = await server.request('POST', '/v2/models/iris/infer', body);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(JSON.parse(answer.text).id, 'a\r\nx-evil: 1');
      assert.equal(answer.headers['x-evil'], undefined);
      assert.equal(answer.headers['ce-id'], undefined);
      assert.equal(answer.headers['ce-modelid'], 'iris');
    }));
});

describe('compression of answers', () => {
  const rows = Array.from({ length: 200 }, () => [1, 2, 3, 4]);
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [200, 4], datatype: 'FP32', data: rows }] });

  it('is MLServer’s from 500 bytes, Triton’s from none, and not KServe’s', async () => {
    for (const [flavour, small, large] of [
      ['kserve', undefined, undefined],
      ['mlserver', undefined, 'gzip'],
      ['triton', 'gzip', 'gzip'],
    ] as const) {
      await withServer(IRIS, { flavour }, async (server) => {
        const headers = { 'accept-encoding': 'gzip;q=0.9, deflate;q=0.1' };
        const little = await server.request('POST', '/v2/models/iris/infer', V2, headers);
        assert.equal(little.headers['content-encoding'], small, flavour);
        const much = await server.request('POST', '/v2/models/iris/infer', body, headers);
        assert.equal(much.headers['content-encoding'], large, flavour);
        if (large === 'gzip') assert.equal(JSON.parse(String(gunzipSync(much.body))).outputs[0].data.length, 200);
      });
    }
  });
});

describe('who may call', () => {
  it('preflight and answers carry CORS headers for allowed origins only, errors too', () =>
    withServer(IRIS, { handler: { allowedOrigins: new Set(['http://localhost:3000']) } }, async (server) => {
      const ask = (origin: string, path = '/v1/models/iris:predict') =>
        server.request('OPTIONS', path, '', { origin, 'access-control-request-method': 'POST' });
      const allowed = await ask('http://localhost:3000');
      assert.equal(allowed.status, 204);
      assert.equal(allowed.headers['access-control-allow-origin'], 'http://localhost:3000');
      assert.match(String(allowed.headers['access-control-allow-methods']), /POST/);
      assert.match(String(allowed.headers['access-control-allow-headers']), /content-type/);
      for (const refused of [
        await ask('http://evil.example'),
        await ask('http://localhost:3000', '/v2/repository/models/iris/load'),
      ]) {
        assert.equal(refused.status, 405);
      }
      assert.equal((await ask('http://evil.example')).headers['access-control-allow-origin'], undefined);
      const origin = 'http://localhost:3000';
      const good = await server.request('POST', '/v1/models/iris:predict', V1, { origin });
      assert.equal(good.headers['access-control-allow-origin'], origin);
      const bad = await server.request('POST', '/v1/models/iris:predict', '{', { origin });
      assert.deepEqual([bad.status, bad.headers['access-control-allow-origin']], [400, origin]);
    }));

  it('asks authorize before any route, and sends its answer', () => {
    const authorize: NonNullable<TestServerOptions['handler']>['authorize'] = (request, path) =>
      path === '/v2/health/live' || request.headers.authorization === 'Bearer k'
        ? { allowed: true }
        : { allowed: false, status: 401, error: 'send a key' };
    return withServer(IRIS, { handler: { authorize } }, async (server) => {
      for (const path of ['/', '/v2', '/v1/models', '/metrics', '/openapi.json', '/docs', '/v2/models/iris', '/nope']) {
        const answer = await server.request('GET', path);
        assert.equal(answer.status, 401, path);
        assert.equal(answer.headers['www-authenticate'], 'Bearer');
      }
      assert.equal((await server.request('POST', '/v1/models/iris:predict', V1)).status, 401);
      assert.equal((await server.request('GET', '/v2/health/live')).status, 200);
      const headers = { authorization: 'Bearer k' };
      assert.equal((await server.request('POST', '/v1/models/iris:predict', V1, headers)).status, 200);
    });
  });

  it('loads and unloads only where that is on, and under a name of this machine', () =>
    withServer(IRIS, { handler: { managementHosts: new Set(['127.0.0.1', 'localhost']) } }, async (server) => {
      const path = '/v2/repository/models/iris/unload';
      const rebound = await server.request('POST', path, '', { host: 'evil.example' });
      assert.equal(rebound.status, 403);
      assert.equal((await server.request('POST', path, '', { host: 'LOCALHOST.:8080' })).status, 200);
      assert.equal((await server.request('POST', '/v1/models/iris:predict', V1)).status, 404);
      assert.equal((await server.request('POST', '/v2/repository/models/iris/load')).status, 200);
      assert.equal((await server.request('POST', '/v1/models/iris:predict', V1)).status, 200);
    }));

  it('does neither where it is off', () =>
    withServer(IRIS, { handler: { modelControl: false } }, async (server) => {
      const answer = await server.request('POST', '/v2/repository/models/iris/unload');
      assert.equal(answer.status, 403);
      assert.match(answer.text, /--model-control/);
      assert.equal((await server.request('POST', '/v2/repository/index')).status, 200);
    }));
});

describe('extra routes', () => {
  it('answer what no protocol does', () => {
    const extra = (_: unknown, response: { end(text: string): unknown }, path: string) => {
      if (!path.startsWith('/apis/')) return false;
      response.end(path);
      return true;
    };
    return withServer(IRIS, { handler: { extraRoutes: [extra] } }, async (server) => {
      assert.equal((await server.request('GET', '/apis/x/y?z=1')).text, '/apis/x/y');
      assert.equal((await server.request('GET', '/api')).status, 404);
    });
  });
});

describe('what goes wrong inside', () => {
  const SECRET = '/srv/state-canary/model.joblib';

  it('stays inside: an error body has no path, stack or environment', () => {
    const thrown = [
      new Error(`ENOENT: ${SECRET}`),
      new TypeError(`x is undefined at ${SECRET}:3`),
      'text',
      undefined,
      new InferenceError('INTERNAL', 'internal error; the server log has the cause', { cause: new Error(SECRET) }),
    ];
    const logged: object[] = [];
    const models = thrown.map((error, index) => ({
      name: `m${index}`,
      model: fakeModel({}, () => {
        throw error;
      }),
    }));
    const log = { error: (fields: object) => void logged.push(fields) };
    return withServer(models, { handler: { log } }, async (server) => {
      for (const { name } of models) {
        for (const [path, body] of [
          [`/v1/models/${name}:predict`, V1],
          [`/v2/models/${name}/infer`, V2],
        ]) {
          const answer = await server.request('POST', path, body);
          assert.equal(answer.status, 500);
          assert.equal(answer.text, '{"error":"internal error; the server log has the cause"}');
        }
      }
      assert.equal(logged.length, 2 * models.length);
      assert.match(String((logged[0] as { err: Error }).err.message), /state-canary/);
    });
  });
});

/** A model whose answer never comes, and which tells when it is given up. */
function endless() {
  const state = { started: 0, aborted: 0 };
  const model: Model = {
    ...fakeModel({}, () => []),
    infer: (request: InferRequest) => {
      state.started++;
      return new Promise<InferResponse>((_, reject) => {
        request.signal?.addEventListener('abort', () => {
          state.aborted++;
          reject(new InferenceError('CANCELLED', 'given up'));
        });
      });
    },
  };
  return { model, state };
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('clients that go away', () => {
  it('abort what was computed for them', () => {
    const { model, state } = endless();
    return withServer([{ name: 'slow', model }, ...IRIS], {}, async (server) => {
      const request = http.request({
        host: '127.0.0.1',
        port: server.port,
        method: 'POST',
        path: '/v2/models/slow/infer',
      });
      request.on('error', () => undefined);
      request.end(V2);
      await until(() => state.started === 1);
      request.destroy();
      await until(() => state.aborted === 1);
      assert.equal((await server.request('POST', '/v1/models/iris:predict', V1)).status, 200);
    });
  });

  it('in the middle of a body leave nothing behind', () =>
    withServer(IRIS, { handler: { limits: { maxBodyBytes: 10_000, maxBufferedBytes: 10_000 } } }, async (server) => {
      for (let round = 0; round < 20; round++) {
        const socket = net.connect(server.port, '127.0.0.1');
        socket.on('error', () => undefined);
        const head = 'POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n';
        await new Promise<void>((resolve) => socket.write(head + ' '.repeat(5000), () => resolve()));
        await new Promise((resolve) => setTimeout(resolve, 10));
        socket.destroy();
        await new Promise((resolve) => socket.once('close', resolve));
      }
      // Bytes of requests that are gone are not counted any more: a body that fills the budget is taken.
      const filling = `${V2}${' '.repeat(9000)}`;
      assert.equal((await server.request('POST', '/v2/models/iris/infer', filling)).status, 200);
    }));
});

describe('a body beyond the limit', () => {
  it('is refused at once, and the refusal reaches a client that sends all before it reads', () =>
    withServer(IRIS, { handler: { limits: { maxBodyBytes: 1000 } } }, async (server) => {
      const size = 20_000_000;
      const answer = await new Promise<string>((resolve, reject) => {
        let received = '';
        const socket = net.connect(server.port, '127.0.0.1');
        socket.on('error', reject);
        socket.on('data', (chunk) => {
          received += chunk;
        });
        socket.on('close', () => resolve(received));
        socket.pause();
        socket.write(`POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`);
        socket.write(Buffer.alloc(size), () => socket.resume());
      });
      assert.match(answer, /^HTTP\/1.1 413 .*connection: close.*--max-body-size/s);
    }));
});

describe('slow clients', () => {
  it('are cut off when headers or body do not come in time, and others are served meanwhile', () =>
    withServer(
      IRIS,
      { server: { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 } },
      async (server) => {
        const slowHeaders = server.raw('POST /v2/models/iris/infer HTTP/1.1\r\nHos', 10_000);
        const slowBody = server.raw(
          'POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{',
          10_000,
        );
        assert.equal((await server.request('POST', '/v1/models/iris:predict', V1)).status, 200);
        assert.match(await slowHeaders, /^HTTP\/1.1 408 /);
        await slowBody;
        assert.equal((await server.request('POST', '/v1/models/iris:predict', V1)).status, 200);
      },
    ));
});

describe('a client that does not read', () => {
  it('is cut off, and others are served meanwhile', () => {
    const data = new Float64Array(1_500_000).fill(1 / 3);
    const big = fakeModel({}, () => [{ name: 'y', datatype: 'FP64', shape: [data.length], data }]);
    const limits = { readerTimeoutMs: 300 };
    return withServer([{ name: 'big', model: big }, ...IRIS], { handler: { limits } }, async (server) => {
      const socket = net.connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(`POST /v2/models/big/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${V2.length}\r\n\r\n${V2}`);
      socket.pause();
      assert.equal((await server.request('POST', '/v1/models/iris:predict', V1)).status, 200);
      // Answered, but not read until long after the server has lost patience.
      await until(() => /route="v2 infer",status="200"\} 1/.test(renderPrometheus(server.metrics.snapshot())));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      socket.resume();
      await closed;
      assert.ok(socket.bytesRead < 28_000_000, `${socket.bytesRead} bytes`);
    });
  });
});

describe('a connection that has taken a large answer', () => {
  it('is closed when it is idle, as any other', { timeout: 20_000 }, () => {
    const data = new Float64Array(1_500_000).fill(1 / 3);
    const big = fakeModel({}, () => [{ name: 'y', datatype: 'FP64', shape: [data.length], data }]);
    return withServer([{ name: 'big', model: big }], { server: { keepAliveTimeout: 200 } }, async (server) => {
      const socket = net.connect(server.port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(`POST /v2/models/big/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${V2.length}\r\n\r\n${V2}`);
      socket.resume();
      await closed;
    });
  });
});

describe('too much at once', () => {
  it('is 503 with Retry-After, for bodies in memory', () =>
    withServer(IRIS, { handler: { limits: { maxBodyBytes: 10_000, maxBufferedBytes: 12_000 } } }, async (server) => {
      const socket = net.connect(server.port, '127.0.0.1');
      const head = 'POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n';
      await new Promise<void>((resolve) => socket.write(head + ' '.repeat(8000), () => resolve()));
      let answer = await server.request('POST', '/v2/models/iris/infer', `${V2}${' '.repeat(9000)}`);
      for (; answer.status === 200; ) {
        answer = await server.request('POST', '/v2/models/iris/infer', `${V2}${' '.repeat(9000)}`);
      }
      assert.equal(answer.status, 503);
      assert.equal(answer.headers['retry-after'], '1');
      socket.destroy();
    }));

  for (const [what, encoding, pack] of [
    ['plain', undefined, Buffer.from],
    ['compressed', 'gzip', gzipSync],
  ] as const) {
    it(`is 503 with Retry-After, for ${what} bodies of requests that have no answer yet`, () => {
      const { model, state } = endless();
      const limits = { maxBodyBytes: 100_000, maxBufferedBytes: 150_000 };
      return withServer([{ name: 'slow', model }, ...IRIS], { handler: { limits } }, async (server) => {
        const body = pack(`${V2}${' '.repeat(90_000)}`);
        const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
        const request = http.request({
          host: '127.0.0.1',
          port: server.port,
          method: 'POST',
          path: '/v2/models/slow/infer',
          headers,
        });
        request.on('error', () => undefined);
        request.end(body);
        await until(() => state.started === 1);
        const refused = await server.request('POST', '/v2/models/iris/infer', body, headers);
        assert.equal(refused.status, 503, refused.text);
        assert.equal(refused.headers['retry-after'], '1');
        request.destroy();
        await until(() => state.aborted === 1);
        // Nothing of it is counted any more, nor of the one that was refused half-way.
        for (let times = 0; times < 5; times++) {
          const answer = await server.request('POST', '/v2/models/iris/infer', body, headers);
          assert.equal(answer.status, 200, answer.text);
        }
      });
    });
  }

  it('is 503 with Retry-After, for requests that wait', () => {
    const { model, state } = endless();
    return withServer([{ name: 'slow', model }], { dataplane: { maxInFlight: 1, maxQueued: 1 } }, async (server) => {
      const open = [0, 1].map(() => {
        const request = http.request({
          host: '127.0.0.1',
          port: server.port,
          method: 'POST',
          path: '/v2/models/slow/infer',
        });
        request.on('error', () => undefined);
        request.end(V2);
        return request;
      });
      await until(() => /queued_requests\{model="slow"\} 1/.test(renderPrometheus(server.metrics.snapshot())));
      assert.equal(state.started, 1);
      const answer = await server.request('POST', '/v2/models/slow/infer', V2);
      assert.equal(answer.status, 503);
      assert.equal(answer.headers['retry-after'], '1');
      for (const request of open) request.destroy();
      await until(() => state.aborted >= 1);
    });
  });
});

describe('HTTP/2', () => {
  it('is answered alike through the compatibility layer', () =>
    withServer(IRIS, {}, async (server) => {
      const h2 = http2.createServer({}, server.handler);
      await new Promise<void>((resolve) => h2.listen(0, '127.0.0.1', resolve));
      const session = http2.connect(`http://127.0.0.1:${(h2.address() as AddressInfo).port}`);
      const ask = (path: string, body?: string, more: Record<string, string> = {}) =>
        new Promise<{ status: number; text: string; id: unknown }>((resolve, reject) => {
          const stream = session.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST', ...more });
          let status = 0;
          let id: unknown;
          let text = '';
          stream.on('response', (headers) => {
            status = headers[':status'] as number;
            id = headers['x-request-id'];
          });
          stream.on('data', (chunk) => {
            text += chunk;
          });
          stream.on('error', reject);
          stream.on('end', () => resolve({ status, text, id }));
          stream.end(body);
        });
      const answer = await ask('/v1/models/iris:predict', V1);
      assert.deepEqual([answer.status, answer.text], [200, '{"predictions":[6.8,6.0]}']);
      assert.match(String(answer.id), /^[0-9a-f-]{36}$/);
      assert.equal((await ask('/v2/models/nope')).status, 404);
      assert.equal((await ask('/v1/models/iris:predict', '{')).status, 400);
      const hosts = { ':authority': 'localhost', host: 'LOCALHOST' };
      assert.equal((await ask('/v2/models/iris', undefined, hosts)).status, 200);
      assert.equal((await ask('/v2/models/iris', undefined, { ...hosts, host: 'evil.example' })).status, 400);
      session.close();
      await new Promise((resolve) => h2.close(resolve));
    }));
});
