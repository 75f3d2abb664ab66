import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  type Http2Session,
} from 'node:http2';
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { GatewayReport } from '@berth/api';
import { loadAuthorizer } from '@berth/exposure';
import { Activity } from '../front/activity.ts';
import { createHandler, type Handled, type HandlerOptions } from '../front/handler.ts';
import { KeyGate } from '../front/key-gate.ts';
import { sniff } from '../front/sniff.ts';
import { isTunnel, tunnelUpgrade } from '../front/upgrade.ts';
import { forwardGrpc } from '../http2/forward-grpc.ts';
import { startLinkServer } from '../link/link-server.ts';
import { GatewayMetrics } from '../metrics/gateway-metrics.ts';
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
  /** Milliseconds that the head of a request may take to arrive; ten seconds where it is not given. */
  readonly headersTimeoutMs?: number;
}

export interface RunningGateway {
  readonly httpPort: number;
  readonly urls: readonly string[];
  /** Stops accepting and waits for what runs, at most so long; gives how many requests were cut. */
  drain(timeoutMs: number): Promise<number>;
  close(): Promise<void>;
}

const LOAD_INTERVAL_MS = 1_000;
const DRAIN_LOOK_MS = 20;
/** Time that the bytes of answers that are done have to leave, at a drain. */
const LAST_BYTES_MS = 1_000;
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
  const keys = new KeyGate(options.apiKeyFile === undefined ? undefined : loadAuthorizer(options.apiKeyFile));
  const activity = new Activity();
  const context = { table, onHandled, onUnreachable, own, keys, activity, isSecure: false };
  const sessions = new Set<Http2Session>();
  const headersTimeout = options.headersTimeoutMs ?? 10_000;
  const plain = protocolServers(context, sessions, headersTimeout);
  const parts = [plain];
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    sniff(socket, (protocol) => {
      if (protocol === 'tls') socket.destroy();
      else (protocol === 'http2' ? plain.http2 : plain.http1).emit('connection', socket);
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
    let tlsPort = options.tls.port;
    const secured = protocolServers({ ...context, isSecure: true }, sessions, headersTimeout);
    parts.push(secured);
    const secure = createTlsServer(
      { cert, key, ALPNProtocols: ['h2', 'http/1.1'], handshakeTimeout: 10_000 },
      (socket) => {
        (socket.alpnProtocol === 'h2' ? secured.http2 : secured.http1).emit('connection', socket);
      },
    );
    secure.on('tlsClientError', (_error, socket) => socket.destroy());
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
        tlsPort = (server.address() as AddressInfo).port;
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
    // An empty report says that nobody is asked; without it the autoscaler could not tell that from a lost gateway.
    link.report({ type: 'load', revisions: table.loads(performance.now()) });
  }, LOAD_INTERVAL_MS);
  /** Waits until it holds or the time is up; connections without a request end meanwhile. */
  const settled = async (holds: () => boolean, until: number) => {
    for (;;) {
      for (const { http1 } of parts) http1.closeIdleConnections();
      if (holds() || performance.now() >= until) return;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    }
  };
  const close = async () => {
    clearInterval(loads);
    for (const server of servers) server.close();
    for (const { http1 } of parts) http1.close();
    for (const socket of sockets) socket.destroy();
    table.close();
    await link.close();
  };
  return {
    httpPort: port,
    urls,
    async drain(timeoutMs) {
      activity.isDraining = true;
      for (const server of servers) server.close();
      for (const session of sessions) session.close();
      const until = performance.now() + timeoutMs;
      await settled(() => activity.running === 0, until);
      const cut = activity.running;
      // What was answered has to leave; a connection that is never used again ends here.
      if (cut === 0) await settled(() => sockets.size === 0, Math.min(until, performance.now() + LAST_BYTES_MS));
      await close();
      return cut;
    },
    close,
  };
}

/** What the protocols of one kind of listener are handled by. */
interface ProtocolServers {
  readonly http1: HttpServer;
  readonly http2: Http2Server;
}

/**
 * The HTTP/1.1 and the HTTP/2 server of a listener; they are given connections. Node's own compatibility layer is put on
 * streams that are no calls only: it would send the trailers of a call itself.
 */
function protocolServers(
  context: HandlerOptions,
  sessions: Set<Http2Session>,
  headersTimeout: number,
): ProtocolServers {
  const handle = createHandler(context);
  const http1 = createHttpServer(
    {
      headersTimeout,
      requestTimeout: 300_000,
      connectionsCheckingInterval: Math.min(1_000, headersTimeout),
      keepAliveTimeout: 75_000,
      maxHeaderSize: 16_384,
      noDelay: true,
      ...{ shouldUpgradeCallback: isTunnel },
    },
    handle,
  );
  // It is given its connections, and only a server that listens looks after their times and knows the idle ones.
  http1.emit('listening');
  http1.maxHeadersCount = 200;
  http1.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    tunnelUpgrade(request, socket, head, context),
  );
  http1.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerMalformed(error, socket));
  const http2 = createHttp2Server({ settings: HTTP2_SETTINGS, maxSessionInvalidFrames: 100 });
  http2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => undefined);
    if (context.activity.isDraining) session.close();
  });
  http2.on('stream', (stream, headers, _flags, rawHeaders) => {
    const type = headers['content-type'];
    if (typeof type === 'string' && type.startsWith('application/grpc')) {
      forwardGrpc(stream, headers, rawHeaders, context);
      return;
    }
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders);
    const response = new Http2ServerResponse(stream);
    handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  return { http1, http2 };
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
