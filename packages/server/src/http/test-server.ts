import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Flavour } from '@berth/formats';
import type { Model } from '@berth/inference';
import { MetricsRegistry } from '@berth/telemetry';
import { createDataplane, type DataplaneOptions } from '../dataplane/dataplane.ts';
import { createServiceRouter } from '../dataplane/router.ts';
import type { Dataplane } from '../dataplane/types.ts';
import { createModelRepository, type LoadableRepository } from '../repository/repository.ts';
import { localCoordination } from './coordination.ts';
import { createHttpHandler, type HttpHandler } from './handler.ts';
import { type HttpHandlerOptions, httpServerOptions } from './options.ts';

export interface TestModel {
  readonly name: string;
  readonly version?: string;
  readonly model: Model;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface TestServer {
  readonly port: number;
  readonly repository: LoadableRepository;
  readonly dataplane: Dataplane;
  readonly metrics: MetricsRegistry;
  readonly handler: HttpHandler;
  request(
    method: string,
    path: string,
    body?: string | Buffer,
    headers?: http.OutgoingHttpHeaders,
  ): Promise<TestAnswer>;
  /** Writes raw bytes on a connection of its own and collects what comes back until the server or `waitMs` ends it. */
  raw(bytes: string | Buffer, waitMs?: number): Promise<string>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  readonly flavour?: Flavour;
  readonly handler?: Partial<HttpHandlerOptions>;
  readonly dataplane?: Partial<DataplaneOptions>;
  readonly server?: http.ServerOptions;
  readonly alias?: string;
}

/** A real server on a loopback port of the system's choice, with the given models. */
export async function startTestServer(
  models: readonly TestModel[],
  options: TestServerOptions = {},
): Promise<TestServer> {
  const flavour = options.flavour ?? 'kserve';
  const metrics = new MetricsRegistry();
  const repository = createModelRepository({
    flavour,
    discover: async () => models,
    load: async (candidate) => candidate.model,
    ...(options.alias === undefined ? {} : { alias: options.alias }),
  });
  await repository.loadAll();
  const dataplane = createDataplane({ metrics, ...options.dataplane });
  const service = { namespace: 'default', name: 'test', hosts: [], flavour, repository };
  const handler = createHttpHandler({
    router: createServiceRouter([service]),
    dataplane,
    coordination: localCoordination({ dataplane, metrics }),
    metrics,
    ...options.handler,
  });
  const server = http.createServer({ ...httpServerOptions, ...options.server }, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    repository,
    dataplane,
    metrics,
    handler,
    request: (method, path, body, headers) => request(port, method, path, body, headers),
    raw: (bytes, waitMs = 2000) => raw(port, bytes, waitMs),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([handler.close(), repository.close()]);
    },
  };
}

function request(
  port: number,
  method: string,
  path: string,
  body: string | Buffer = '',
  headers: http.OutgoingHttpHeaders = {},
): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const sent: http.OutgoingHttpHeaders = { ...headers };
    if (body.length > 0) sent['content-length'] = Buffer.byteLength(body);
    const outgoing = http.request({ host: '127.0.0.1', port, method, path, headers: sent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const status = response.statusCode as number;
        resolve({ status, headers: response.headers, body: bytes, text: bytes.toString('utf8') });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function raw(port: number, bytes: string | Buffer, waitMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let received = '';
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(received);
    };
    const timer = setTimeout(finish, waitMs);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', finish);
    socket.on('close', finish);
    socket.write(bytes);
  });
}
