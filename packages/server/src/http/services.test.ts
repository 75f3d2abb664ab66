import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Flavour } from '@berth/formats';
import { MetricsRegistry } from '@berth/telemetry';
import { createDataplane } from '../dataplane/dataplane.ts';
import { createServiceRouter } from '../dataplane/router.ts';
import type { Service } from '../dataplane/types.ts';
import { createModelRepository } from '../repository/repository.ts';
import { fakeModel } from '../wire/models.ts';
import { localCoordination } from './coordination.ts';
import { createHttpHandler } from './handler.ts';

/** A service with one model called "iris" that answers `value`. */
async function serviceAnswering(namespace: string, name: string, flavour: Flavour, value: number): Promise<Service> {
  const model = fakeModel({ platform: 'sklearn' }, () => [
    { name: 'predict', datatype: 'FP64', shape: [1], data: new Float64Array([value]) },
  ]);
  const repository = createModelRepository({
    flavour,
    discover: async () => [{ name: 'iris' }],
    load: async () => model,
  });
  await repository.loadAll();
  return { namespace, name, hosts: [`${name}-${namespace}.example.com`], flavour, repository };
}

describe('several services with models of one name', () => {
  let server: http.Server;
  let services: Service[];
  before(async () => {
    services = [await serviceAnswering('a', 'iris', 'kserve', 1), await serviceAnswering('b', 'iris', 'mlserver', 2)];
    const metrics = new MetricsRegistry();
    const dataplane = createDataplane({ metrics });
    const router = createServiceRouter(services);
    server = http.createServer(
      createHttpHandler({ router, dataplane, coordination: localCoordination({ dataplane, metrics }) }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => new Promise((resolve) => server.close(resolve)));

  function ask(path: string, host: string, body?: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      const method = body === undefined ? 'GET' : 'POST';
      const options = { port, host: '127.0.0.1', path, method, agent: false as const, headers: { host } };
      const request = http.request(options, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode as number, text }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  const V1 = '{"instances":[[1,2]]}';

  it('are told apart by the Host, in any case and with a port', async () => {
    for (const host of ['iris-a.example.com', 'IRIS-A.example.com:8080', 'iris-a.example.com.']) {
      assert.equal((await ask('/v1/models/iris:predict', host, V1)).text, '{"predictions":[1.0]}');
    }
    assert.equal((await ask('/v1/models/iris:predict', 'iris-b.example.com', V1)).text, '{"predictions":[2.0]}');
    assert.match((await ask('/v2', 'iris-b.example.com')).text, /"mlserver"/);
  });

  it('are told apart by the path, whatever the Host', async () => {
    const path = '/serving/b/iris/v1/models/iris:predict';
    assert.equal((await ask(path, 'iris-a.example.com', V1)).text, '{"predictions":[2.0]}');
    assert.equal((await ask('/serving/a/iris', 'x')).text, '{"status":"alive"}');
    assert.match((await ask('/serving/c/iris/v2', 'x')).text, /\/serving\/a\/iris, \/serving\/b\/iris/);
  });

  it('name where they are to a host that none has, which still sees whether the server lives', async () => {
    const lost = await ask('/v1/models/iris:predict', 'localhost', V1);
    assert.equal(lost.status, 404);
    assert.match(lost.text, /\/serving\/a\/iris/);
    for (const path of ['/', '/metrics', '/v2', '/v2/health/live', '/v2/health/ready']) {
      assert.equal((await ask(path, 'localhost')).status, 200, path);
    }
    await services[1].repository.close();
    assert.equal((await ask('/v2/health/ready', 'localhost')).status, 503);
    assert.equal((await ask('/v2/health/ready', 'iris-a.example.com')).status, 200);
  });
});
