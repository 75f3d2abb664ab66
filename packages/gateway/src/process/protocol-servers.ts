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
import type { Socket } from 'node:net';
import { createHandler, type HandlerOptions } from '../front/handler.ts';
import { inTurn } from '../front/in-turn.ts';
import { isTunnel, tunnelUpgrade } from '../front/upgrade.ts';
import { boundSession } from '../http2/bound-session.ts';
import { forwardGrpc } from '../http2/forward-grpc.ts';
import { keepSession } from '../http2/keep-session.ts';

const HTTP2_SETTINGS = { maxConcurrentStreams: 1_000, initialWindowSize: 1024 * 1024, enableConnectProtocol: false };

/** What the protocols of one kind of listener are handled by. */
export interface ProtocolServers {
  readonly http1: HttpServer;
  readonly http2: Http2Server;
}

/**
 * The HTTP/1.1 and the HTTP/2 server of a listener; they are given connections. Node's own compatibility layer is put on
 * streams that are no calls only: it would send the trailers of a call itself.
 */
export function protocolServers(
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
    inTurn(handle),
  );
  // It is given its connections, and only a server that listens looks after their times and knows the idle ones.
  http1.emit('listening');
  http1.maxHeadersCount = 200;
  http1.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    tunnelUpgrade(request, socket, head, context),
  );
  http1.on('connect', (_request: IncomingMessage, socket: Socket) => refuseConnect(socket));
  http1.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerMalformed(error, socket));
  const http2 = createHttp2Server({ settings: HTTP2_SETTINGS, maxSessionInvalidFrames: 100 });
  http2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => undefined);
    boundSession(session);
    keepSession(session);
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
  answerAndClose(socket, status, 'the request is not valid HTTP/1.1');
}

/** Answers a CONNECT, which Node would close without a word. */
function refuseConnect(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  answerAndClose(
    socket,
    '405 Method Not Allowed',
    'CONNECT is for proxies that forward to any host, which this one is not',
  );
}

function answerAndClose(socket: Socket, status: string, text: string): void {
  const body = JSON.stringify({ error: text });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    // A client that goes on sending and never closes would keep half a connection for ever.
    () => socket.destroy(),
  );
}
