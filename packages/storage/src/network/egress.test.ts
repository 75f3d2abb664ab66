import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http, { createServer, type IncomingMessage } from 'node:http';
import https, { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { serveProxy } from '../../test/proxy-fixture.ts';
import { TEST_CA, TEST_TLS } from '../../test/tls-fixture.ts';
import { StorageError } from '../storage-error.ts';
import { createEgress, type EgressOptions } from './egress.ts';

interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly seen: string[];
}

async function serve(tls: boolean): Promise<Origin> {
  const seen: string[] = [];
  const handler = (request: IncomingMessage, response: http.ServerResponse) => {
    seen.push(`${request.headers.host} ${request.url}`);
    response.end('model');
  };
  const server = tls ? createHttpsServer(TEST_TLS, handler) : createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const OPEN: EgressOptions = { policy: { author: 'operator', strictEgress: false }, proxyEnv: {} };

async function get(text: string, options: Partial<EgressOptions> = {}): Promise<string> {
  const egress = createEgress({ ...OPEN, ...options });
  const url = new URL(text);
  const client = url.protocol === 'https:' ? https : http;
  try {
    return await new Promise<string>((resolve, reject) => {
      const request = client.get(url, { agent: egress.agentFor(url) }, async (response) => {
        let body = '';
        for await (const chunk of response) body += chunk;
        resolve(body);
      });
      request.on('error', reject);
    });
  } finally {
    egress.close();
  }
}

function isRefused(thrown: unknown): boolean {
  assert.ok(thrown instanceof StorageError, String(thrown));
  assert.equal(thrown.reason, 'UrlNotAllowed');
  return true;
}

describe('straight', () => {
  test('http and https with a CA of its own', async () => {
    await using plain = await serve(false);
    await using secured = await serve(true);
    assert.equal(await get(`http://127.0.0.1:${plain.port}/a?b`), 'model');
    assert.deepEqual(plain.seen, [`127.0.0.1:${plain.port} /a?b`]);
    await assert.rejects(get(`https://localhost:${secured.port}/`), /certificate/);
    assert.equal(await get(`https://localhost:${secured.port}/`, { caBundles: [TEST_CA] }), 'model');
    assert.equal(await get(`https://127.0.0.1:${secured.port}/`, { caBundles: [TEST_CA] }), 'model');
    assert.equal(await get(`https://localhost:${secured.port}/`, { verify: false }), 'model');
  });

  test('a certificate for another name is refused', async () => {
    await using secured = await serve(true);
    const resolver = async () => [{ address: '127.0.0.1', family: 4 }];
    const caBundles = [TEST_CA];
    await assert.rejects(get(`https://other.example:${secured.port}/`, { caBundles, resolver }), /altnames/);
    assert.equal(await get(`https://any.models.test:${secured.port}/`, { caBundles, resolver }), 'model');
  });

  test('the addresses of a name are tried in turn', async () => {
    await using plain = await serve(false);
    const resolver = async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    assert.equal(await get(`http://both.test:${plain.port}/`, { resolver }), 'model');
  });

  test('text that is no certificate is refused in words', async () => {
    await using secured = await serve(true);
    await assert.rejects(get(`https://localhost:${secured.port}/`, { caBundles: ['canary'] }), /CA bundle/);
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    await assert.rejects(get(`https://localhost:${secured.port}/`, { caBundles: [broken] }), /CA bundle/);
  });

  test('a server that never answers the handshake is given up', async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await assert.rejects(get(`https://127.0.0.1:${port}/`, { connectTimeoutMs: 50 }), /no connection within/);
    silent.close();
  });
});

describe('addresses', () => {
  for (const host of ['169.254.169.254', '[fd00:ec2::254]', 'metadata.google.internal', '[::ffff:169.254.169.254]']) {
    test(`${host} is never asked, with or without a proxy`, async () => {
      await using proxy = await serveProxy();
      for (const scheme of ['http', 'https']) {
        await assert.rejects(get(`${scheme}://${host}/latest`), isRefused);
        const proxyEnv = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
        await assert.rejects(get(`${scheme}://${host}/latest`, { proxyEnv }), isRefused);
      }
      assert.deepEqual(proxy.asked, []);
    });
  }

  test('a name that leads to one is not asked either', async () => {
    const resolver = async () => [{ address: '169.254.169.254', family: 4 }];
    await assert.rejects(get('http://harmless.example/', { resolver }), isRefused);
  });

  test('strict egress denies loopback, also for a name behind a proxy', async () => {
    await using plain = await serve(false);
    await using proxy = await serveProxy();
    const policy = { author: 'operator', strictEgress: true } as const;
    await assert.rejects(get(`http://127.0.0.1:${plain.port}/`, { policy }), isRefused);
    const resolver = async () => [{ address: '10.0.0.1', family: 4 }];
    const proxyEnv = { HTTPS_PROXY: proxy.url };
    await assert.rejects(get('https://inside.example/', { policy, resolver, proxyEnv }), isRefused);
    assert.deepEqual(plain.seen, []);
    assert.deepEqual(proxy.asked, []);
  });
});

for (const tls of [false, true]) {
  describe(`through a proxy ${tls ? 'over TLS' : 'in the clear'}`, () => {
    test('https by CONNECT, http by whole URLs, with a user', async () => {
      await using plain = await serve(false);
      await using secured = await serve(true);
      await using proxy = await serveProxy({ tls });
      const withUser = proxy.url.replace('://', '://me:canary@');
      const options = {
        caBundles: [TEST_CA],
        proxyEnv: { HTTPS_PROXY: withUser, HTTP_PROXY: withUser },
        resolver: () => assert.fail('the proxy resolves names'),
      };
      assert.equal(await get(`https://far.models.test:${secured.port}/m`, options), 'model');
      assert.equal(await get(`http://far.models.test:${plain.port}/m?q`, options), 'model');
      assert.deepEqual(proxy.asked, [
        `CONNECT far.models.test:${secured.port}`,
        `GET http://far.models.test:${plain.port}/m?q`,
      ]);
      assert.deepEqual(proxy.authorizations, [`Basic ${btoa('me:canary')}`, `Basic ${btoa('me:canary')}`]);
      assert.deepEqual(plain.seen, [`far.models.test:${plain.port} /m?q`]);
    });

    test('what NO_PROXY names goes straight', async () => {
      await using plain = await serve(false);
      await using proxy = await serveProxy({ tls });
      const proxyEnv = { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.0/8' };
      assert.equal(await get(`http://127.0.0.1:${plain.port}/`, { proxyEnv }), 'model');
      assert.deepEqual(proxy.asked, []);
    });

    test('a refusal names the proxy, not its password', async () => {
      await using proxy = await serveProxy({ tls, status: 407 });
      const proxyEnv = { HTTPS_PROXY: proxy.url.replace('://', '://me:canary@') };
      await assert.rejects(get('https://far.models.test/', { proxyEnv, caBundles: [TEST_CA] }), (thrown: Error) => {
        assert.match(thrown.message, /proxy 127\.0\.0\.1:\d+ answers 407.*user/);
        assert.doesNotMatch(thrown.message, /canary/);
        return true;
      });
    });
  });
}

test('NODE_EXTRA_CA_CERTS is trusted', async () => {
  await using secured = await serve(true);
  const script = `
    import https from 'node:https';
    import { createEgress } from ${JSON.stringify(join(import.meta.dirname, 'egress.ts'))};
    const egress = createEgress({ policy: { author: 'operator', strictEgress: false }, proxyEnv: {} });
    https.get('https://localhost:${secured.port}/', { agent: egress.https }, (r) => { console.log(r.statusCode); r.resume(); egress.close(); })
      .on('error', (e) => console.log(e.code));`;
  const run = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    for await (const chunk of child.stdout) out += chunk;
    return out.trim();
  };
  assert.equal(await run({ NODE_EXTRA_CA_CERTS: join(import.meta.dirname, '../../test/tls/ca.pem') }), '200');
  assert.match(await run({}), /VERIFY|ISSUER|SELF/);
});
