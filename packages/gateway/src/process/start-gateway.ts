import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { GatewayReport } from '@berth/api';
import { listenError, loadAuthorizer } from '@berth/exposure';
import { Activity } from '../front/activity.ts';
import type { Handled } from '../front/handler.ts';
import { KeyGate } from '../front/key-gate.ts';
import { sniff } from '../front/sniff.ts';
import { startLinkServer } from '../link/link-server.ts';
import { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import { RouteTable } from '../routes/route-table.ts';
import { type Listening, listenAll } from './listen.ts';
import { logLine } from './log-line.ts';
import { protocolServers } from './protocol-servers.ts';
import { type TlsIdentity, tlsListener, tlsWarning } from './tls-listener.ts';

/** What the gateway is told. Plain data. */
export interface GatewayOptions {
  readonly httpPort: number;
  /** Addresses to listen on; with port 0 the first decides. */
  readonly addresses: readonly string[];
  readonly linkPath: string;
  readonly accessLog: boolean;
  /** HTTPS and HTTP/2 by ALPN on a port of its own; PEM. */
  readonly tls?: TlsIdentity & { readonly port: number };
  /** File of hashed bearer keys; without it nobody is asked for one. */
  readonly apiKeyFile?: string;
  /** Milliseconds that the head of a request may take to arrive; ten seconds where it is not given. */
  readonly headersTimeoutMs?: number;
  /** Milliseconds that a body may stand still; 30 seconds where it is not given. */
  readonly bodyStallMs?: number;
  /** Milliseconds that a client may take nothing of its answer; 60 seconds where it is not given. */
  readonly readerStallMs?: number;
  /** Bytes of bodies that are kept to be sent again, over all requests; 256 MiB where it is not given. */
  readonly maxKeptBytes?: number;
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

/**
 * Starts the data path: listens, takes the table over the link, reports the load.
 * @throws StartError where keys, certificates or the TLS port can not be used; the listen error of the other port
 */
export async function startGateway(
  options: GatewayOptions,
  writeLog: (line: string) => void = () => undefined,
): Promise<RunningGateway> {
  const metrics = new GatewayMetrics();
  // The link comes last, after the table that it feeds.
  let report: (message: GatewayReport) => void = () => undefined;
  const table = new RouteTable((message) => report(message));
  const onHandled = (handled: Handled) => {
    metrics.record(handled);
    if (options.accessLog) writeLog(`${JSON.stringify(logLine(handled))}\n`);
  };
  const onUnreachable = (namespace: string, endpoint: string, message: string) =>
    report({ type: 'unreachable', namespace, endpoint, message });
  const own = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== METRICS_PATH || !isLoopback(request.socket)) return false;
    const { contentType, text } = metrics.render(table);
    response.writeHead(200, { 'content-type': contentType });
    response.end(text);
    return true;
  };
  const keys = new KeyGate(options.apiKeyFile === undefined ? undefined : loadAuthorizer(options.apiKeyFile));
  const activity = new Activity();
  const { bodyStallMs, readerStallMs, maxKeptBytes } = options;
  const bounds = { bodyStallMs, readerStallMs, maxKeptBytes };
  const context = { table, onHandled, onUnreachable, own, keys, activity, isSecure: false, ...bounds };
  const sessions = new Set<Http2Session>();
  const headersTimeout = options.headersTimeoutMs ?? 10_000;
  const plain = protocolServers(context, sessions, headersTimeout);
  const parts = [plain];
  const sockets = new Set<Socket>();
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const accept = (socket: Socket) => {
    hold(socket);
    sniff(socket, (protocol) => {
      if (protocol === 'tls') socket.destroy();
      else (protocol === 'http2' ? plain.http2 : plain.http1).emit('connection', socket);
    });
  };
  let acceptTls: ((socket: Socket) => void) | undefined;
  if (options.tls !== undefined) {
    const secured = protocolServers({ ...context, isSecure: true }, sessions, headersTimeout);
    parts.push(secured);
    const secure = tlsListener(options.tls, secured);
    const warning = tlsWarning(options.tls, new Date());
    if (warning !== undefined) writeLog(`${JSON.stringify({ time: new Date().toISOString(), warning })}\n`);
    acceptTls = (socket) => {
      hold(socket);
      secure.emit('connection', socket);
    };
  }
  const link = await startLinkServer(options.linkPath, (command) => table.apply(command));
  report = (message) => link.report(message);
  const listening: Listening[] = [];
  const stopListening = () => {
    for (const { servers } of listening) for (const server of servers) server.close();
  };
  try {
    listening.push(await listenAll('http', accept, options.httpPort, options.addresses));
    if (options.tls !== undefined && acceptTls !== undefined) {
      const { port } = options.tls;
      const target = { address: options.addresses.join(', '), port, flag: '--tls-port' };
      listening.push(
        await listenAll('https', acceptTls, port, options.addresses).catch(async (error) => {
          throw await listenError(error, target);
        }),
      );
    }
  } catch (error) {
    stopListening();
    for (const { http1 } of parts) http1.close();
    await link.close();
    throw error;
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
    stopListening();
    for (const { http1 } of parts) http1.close();
    for (const socket of sockets) socket.destroy();
    table.close();
    await link.close();
  };
  return {
    httpPort: listening[0]?.port ?? options.httpPort,
    urls: listening.flatMap(({ urls }) => urls),
    async drain(timeoutMs) {
      activity.isDraining = true;
      stopListening();
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

function isLoopback(socket: Socket): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '');
}
