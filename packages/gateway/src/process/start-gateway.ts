import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net';
import type { GatewayReport } from '@berth/api';
import { loadAuthorizer } from '@berth/exposure';
import { createHandler, type Handled } from '../front/handler.ts';
import { sniff } from '../front/sniff.ts';
import { tunnelUpgrade } from '../front/upgrade.ts';
import { forwardGrpc } from '../http2/forward-grpc.ts';
import { startLinkServer } from '../link/link-server.ts';
import { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import { Refusal } from '../pool/refusal.ts';
import { RouteTable } from '../routes/route-table.ts';

/** What the gateway is told. Plain data. */
export interface GatewayOptions {
  readonly httpPort: number;
  /** Addresses to listen on; with port 0 the first decides. */
  readonly addresses: readonly string[];
  readonly linkPath: string;
  readonly accessLog: boolean;
  /** HTTPS and HTTP/2 by ALPN on a port of its own; PEM. */
  readonly tls?: { readonly port: number; readonly cert: string; readonly key: string };
  /** File of hashed bearer keys; without it nobody is asked for one. */
  readonly apiKeyFile?: string;
}

export interface RunningGateway {
  readonly httpPort: number;
  readonly urls: readonly string[];
  /** Stops accepting and waits for what runs, at most so long; gives how many requests were cut. */
  drain(timeoutMs: number): Promise<number>;
  close(): Promise<void>;
}

const LOAD_INTERVAL_MS = 1_000;
const METRICS_PATH = '/berth/metrics';
const HTTP2_SETTINGS = { maxConcurrentStreams: 1_000, initialWindowSize: 1024 * 1024, enableConnectProtocol: false };

/** Starts the data path: listens, takes the table over the link, reports the load. @throws the listen error */
export async function startGateway(
  options: GatewayOptions,
  writeLog: (line: string) => void = () => undefined,
): Promise<RunningGateway> {
  const metrics = new GatewayMetrics();
  // The link comes after the table that it feeds.
  let report: (message: GatewayReport) => void = () => undefined;
  const table = new RouteTable((message) => report(message));
  const link = await startLinkServer(options.linkPath, (command) => table.apply(command));
  report = (message) => link.report(message);
  const onHandled = (handled: Handled) => {
    metrics.record(handled);
    if (options.accessLog) writeLog(`${JSON.stringify(logLine(handled))}\n`);
  };
  const onUnreachable = (namespace: string, endpoint: string, message: string) =>
    link.report({ type: 'unreachable', namespace, endpoint, message });
  const own = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== METRICS_PATH || !isLoopback(request.socket)) return false;
    const { contentType, text } = metrics.render(table);
    response.writeHead(200, { 'content-type': contentType });
    response.end(text);
    return true;
  };
  const authorizer = options.apiKeyFile === undefined ? undefined : loadAuthorizer(options.apiKeyFile);
  const authorize = (request: IncomingMessage): Refusal | undefined => {
    const denied = authorizer?.http(request.method, request.url ?? '', request.headers.authorization);
    return denied === undefined ? undefined : new Refusal(denied.status, 'unauthorized', denied.error);
  };
  const context = { table, onHandled, onUnreachable, own, authorize, isSecure: false };
  const handle = createHandler(context);
  const http1 = createHttpServer(
    { headersTimeout: 10_000, requestTimeout: 300_000, keepAliveTimeout: 75_000, maxHeaderSize: 16_384, noDelay: true },
    handle,
  );
  http1.maxHeadersCount = 200;
  http1.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    tunnelUpgrade(request, socket, head, context),
  );
  http1.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerMalformed(error, socket));
  const sessions = new Set<Http2Session>();
  const http2 = createHttp2Server({ settings: HTTP2_SETTINGS, maxSessionInvalidFrames: 100 });
  const onSession = (session: Http2Session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  };
  const onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const type = headers['content-type'];
    if (typeof type === 'string' && type.startsWith('application/grpc'))
      forwardGrpc(stream, headers, { ...context, authorizer });
  };
  const onRequest = (answer: typeof handle) => (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const type = request.headers['content-type'];
    // A call is answered where its stream begins.
    if (request.httpVersionMajor > 1 && type?.startsWith('application/grpc') === true) return;
    answer(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  };
  http2.on('session', onSession);
  http2.on('stream', onStream);
  http2.on('request', onRequest(handle));
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    sniff(socket, (protocol) => {
      if (protocol === 'tls') socket.destroy();
      else (protocol === 'http2' ? http2 : http1).emit('connection', socket);
    });
  };
  const servers: Server[] = [];
  let port = options.httpPort;
  const urls: string[] = [];
  for (const address of options.addresses) {
    try {
      const server = await listen(accept, port, address);
      servers.push(server);
      port = (server.address() as AddressInfo).port;
      urls.push(`http://${address.includes(':') ? `[${address}]` : address}:${port}`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A machine without IPv6 has no ::1.
      if (urls.length > 0 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
      for (const server of servers) server.close();
      await link.close();
      throw error;
    }
  }
  if (options.tls !== undefined) {
    const { cert, key } = options.tls;
    const tlsPort = options.tls.port;
    const secured = { ...context, isSecure: true };
    const secure = createSecureServer({
      cert,
      key,
      allowHTTP1: true,
      settings: HTTP2_SETTINGS,
      maxSessionInvalidFrames: 100,
    });
    secure.on('session', onSession);
    secure.on('stream', onStream);
    secure.on('request', onRequest(createHandler(secured)));
    secure.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      tunnelUpgrade(request, socket, head, secured),
    );
    secure.on('sessionError', () => undefined);
    for (const address of options.addresses) {
      try {
        // The TLS server takes the sockets of a listener like the plain one's.
        const server = await listen(
          (socket) => {
            sockets.add(socket);
            socket.on('close', () => sockets.delete(socket));
            socket.on('error', () => socket.destroy());
            secure.emit('connection', socket);
          },
          tlsPort,
          address,
        );
        servers.push(server);
        urls.push(
          `https://${address.includes(':') ? `[${address}]` : address}:${(server.address() as AddressInfo).port}`,
        );
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (urls.some((url) => url.startsWith('https:')) && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'))
          continue;
        for (const server of servers) server.close();
        await link.close();
        throw error;
      }
    }
  }
  const loads = setInterval(() => {
    const revisions = table.loads(performance.now());
    if (revisions.length > 0) link.report({ type: 'load', revisions });
  }, LOAD_INTERVAL_MS);
  const running = () =>
    [...table.routes()]
      .flatMap(({ pools }) => [...pools.values()])
      .reduce((sum, pool) => sum + pool.running + pool.waiting, 0);
  const close = async () => {
    clearInterval(loads);
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    table.close();
    await link.close();
  };
  return {
    httpPort: port,
    urls,
    async drain(timeoutMs) {
      for (const server of servers) server.close();
      http1.on('request', (_request, response) => (response.shouldKeepAlive = false));
      for (const session of sessions) session.close();
      http1.closeIdleConnections();
      const until = performance.now() + timeoutMs;
      while (running() > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
      const cut = running();
      await close();
      return cut;
    },
    close,
  };
}

function listen(accept: (socket: Socket) => void, port: number, host: string): Promise<Server> {
  const server = createNetServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, accept);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 1_024, ipv6Only: host === '::1' }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}

function isLoopback(socket: Socket): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '');
}

function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  const body = JSON.stringify({ error: 'the request is not valid HTTP/1.1' });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function logLine({
  namespace,
  service,
  revision,
  method,
  path,
  requestId,
  milliseconds,
  outcome,
  peer,
}: Handled): object {
  const { status, retries, waitedMs, reason } = outcome;
  return {
    time: new Date().toISOString(),
    method,
    path: path.slice(0, 500),
    status,
    milliseconds: Math.round(milliseconds * 100) / 100,
    namespace,
    service,
    revision,
    requestId,
    peer,
    ...(retries > 0 ? { retries } : {}),
    ...(waitedMs > 0 ? { waitedMs: Math.round(waitedMs) } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}
