import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoutedRevision, RoutedService } from '@berth/api';
import { GatewayLink } from '../link/gateway-link.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from '../process/start-gateway.ts';

/** What came back to a client. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A replica in this process, on a Unix socket. */
export interface FakeReplica {
  readonly id: string;
  readonly path: string;
  readonly seen: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[];
  /** Ends it as a killed process ends. */
  kill(): void;
}

type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A gateway with its link and replicas, for tests. */
export class GatewayBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'berth-gw-'));
  readonly #servers: { server: Server; kill: () => void }[] = [];
  #gateway: RunningGateway | undefined;
  #link: GatewayLink | undefined;

  async start(options: Partial<GatewayOptions> = {}, writeLog?: (line: string) => void): Promise<void> {
    const linkPath = join(this.folder, 'link.sock');
    this.#gateway = await startGateway(
      {
        httpPort: 0,
        addresses: ['127.0.0.1'],
        linkPath,
        accessLog: false,
        ...options,
      },
      writeLog,
    );
    this.#link = new GatewayLink(linkPath);
  }

  get gateway(): RunningGateway {
    return this.#gateway as RunningGateway;
  }

  get link(): GatewayLink {
    return this.#link as GatewayLink;
  }

  async replica(id: string, handle: Handle = (_request, response) => response.end(id)): Promise<FakeReplica> {
    const path = join(this.folder, `${id}.sock`);
    const seen: FakeReplica['seen'][number][] = [];
    const server = createServer((incoming, response) => {
      let body = '';
      incoming.setEncoding('latin1');
      incoming.on('data', (text: string) => {
        body += text;
      });
      incoming.on('end', () => {
        seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body });
        handle(incoming, response, body);
      });
    });
    await new Promise<void>((resolve) => server.listen(path, () => resolve()));
    const kill = () => {
      server.close();
      server.closeAllConnections();
    };
    this.#servers.push({ server, kill });
    return { id, path, seen, kill };
  }

  /** Publishes a service and waits until the gateway has it. */
  async publish(change: Partial<RoutedService> = {}): Promise<void> {
    this.link.publish(serviceOf(change));
    await this.link.applied();
    // The first table goes with the connection.
    for (let tries = 0; tries < 200; tries++) {
      const { status } = await this.ask('/', { headers: { host: 'probe.invalid' } });
      if (status === 404) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }

  ask(
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string; isChunked?: boolean } = {},
  ): Promise<Answer> {
    const { method = options.body === undefined ? 'GET' : 'POST', headers = {}, body } = options;
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.gateway.httpPort,
          path,
          method,
          headers: {
            host: 'iris.example.com',
            ...(body === undefined || options.isChunked === true ? {} : { 'content-length': Buffer.byteLength(body) }),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString('latin1');
          });
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  async stop(): Promise<void> {
    this.#link?.close();
    await this.#gateway?.close();
    for (const { kill } of this.#servers) kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A revision with these replicas. */
export function revisionOf(
  name: string,
  replicas: readonly FakeReplica[],
  change: Partial<RoutedRevision> = {},
): RoutedRevision {
  return {
    name,
    endpoints: replicas.map(({ id, path }) => ({ id, http: { path } })),
    containerConcurrency: 0,
    activates: true,
    ...change,
  };
}

/** A service `iris` with all requests for the first of its revisions. */
export function serviceOf(change: Partial<RoutedService>): RoutedService {
  const [first] = change.revisions ?? [];
  return {
    namespace: 'default',
    name: 'iris',
    hosts: [{ host: 'iris.example.com' }],
    pathPrefix: '/serving/default/iris',
    clusterLocal: false,
    traffic: first === undefined ? [] : [{ revision: first.name, percent: 100 }],
    revisions: [],
    timeoutMs: 5_000,
    retry: { enabled: true, maxBodyBytes: 1024 },
    hold: { maxRequests: 10, maxBytes: 1024 * 1024 },
    ...change,
  };
}
