import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import type { ServerIdentity } from '../credentials/certificates.ts';
import { type HandlerOptions, handleRequest } from './handle-request.ts';
import { createWatchLimits } from './verbs/watch-limits.ts';

/** What an API server needs. */
export interface ApiServerOptions extends Omit<HandlerOptions, 'closing' | 'watches'> {
  readonly identity: ServerIdentity;
}

/** A listening API. */
export interface ApiServer {
  readonly port: number;
  /** Ends watches and connections. */
  close(): Promise<void>;
}

/** First byte of a TLS handshake record. */
const TLS_HANDSHAKE = 0x16;
const FIRST_BYTE_MS = 10_000;
/** Far more than the clients of one machine open; each may hold a body of 3 MiB. */
const MAX_CONNECTIONS = 1_000;

/**
 * Listens for TLS and plain HTTP on one port, told apart by the first byte: kubectl sends its token only over TLS, and a
 * person with curl needs nothing but the token.
 * @throws the listen error (EADDRINUSE, EACCES)
 */
export async function startApiServer(options: ApiServerOptions, port: number, host: string): Promise<ApiServer> {
  const closing = new AbortController();
  const handlerOptions: HandlerOptions = { ...options, closing: closing.signal, watches: createWatchLimits() };
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void handleRequest(request, response, handlerOptions);
  const limits = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, maxHeaderSize: 65_536 };
  const plain = createHttpServer(limits, handle);
  const { certificate, key } = options.identity;
  const secure = createHttpsServer(
    { ...limits, cert: certificate, key, ALPNProtocols: ['http/1.1'], handshakeTimeout: 10_000 },
    handle,
  );
  const sockets = new Set<Socket>();
  const server = createNetServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const late = setTimeout(() => socket.destroy(), FIRST_BYTE_MS);
    socket.once('readable', () => {
      clearTimeout(late);
      const first = socket.read(1) as Buffer | null;
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? secure : plain).emit('connection', socket);
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', options.onError);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      plain.closeIdleConnections();
      secure.closeIdleConnections();
      setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, 500).unref();
      await closed;
    },
  };
}
