import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { TEST_TLS } from './tls-fixture.ts';

/** A proxy on loopback: CONNECT and whole URLs, plain or over TLS. */
export interface ProxyFixture extends AsyncDisposable {
  readonly url: string;
  /** `CONNECT host:port` and `GET http://…`, as asked. */
  readonly asked: string[];
  readonly authorizations: (string | undefined)[];
}

/** Every name leads to the loopback port that the request names, whatever the host; `map` gives another port. */
export async function serveProxy(
  options: { readonly tls?: boolean; readonly status?: number; readonly map?: (port: number) => number } = {},
): Promise<ProxyFixture> {
  const asked: string[] = [];
  const authorizations: ProxyFixture['authorizations'] = [];
  const map = options.map ?? ((port: number) => port);
  const server = options.tls === true ? createHttpsServer(TEST_TLS) : createHttpServer();
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
    asked.push(`CONNECT ${incoming.url}`);
    authorizations.push(incoming.headers['proxy-authorization']);
    if (options.status !== undefined) {
      socket.end(`HTTP/1.1 ${options.status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const port = map(Number(/:(\d+)$/.exec(incoming.url ?? '')?.[1]));
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  server.on('request', (incoming: IncomingMessage, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    authorizations.push(incoming.headers['proxy-authorization']);
    const url = new URL(incoming.url ?? '');
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const path = url.pathname + url.search;
    const onward = request({ host: '127.0.0.1', port: map(Number(url.port || 80)), path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === true ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    authorizations,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
