import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerClientError, refuseConnect } from './client-error.ts';

// An ES import would evaluate all the module's getters, among them those that load a whole HTTP client: a tenth of a start.
const { createServer } = process.getBuiltinModule('node:http');

export interface Http1EndpointOptions {
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  readonly serverOptions: ServerOptions;
  /** Header fields that a request may have; one with more is answered 431. */
  readonly maxHeaders: number;
  /** Milliseconds that a client may leave a finished answer untaken; default 60,000. */
  readonly downloadIdleMs?: number;
  readonly now?: () => number;
}

const SWEEP_MS = 5_000;

/** The HTTP/1.1 side of a port: takes connections that something else accepted. */
export class Http1Endpoint {
  private readonly server: Server;
  private readonly options: Http1EndpointOptions;
  /** Answers that are not taken yet, with the bytes last seen to be left and since when. */
  private readonly responses = new Map<ServerResponse, { left: number; since: number }>();
  private readonly sockets = new Set<Socket>();
  private readonly sweeper: NodeJS.Timeout;
  private draining = false;

  constructor(options: Http1EndpointOptions) {
    this.options = options;
    this.server = createServer(options.serverOptions, (request, response) => this.onRequest(request, response));
    // Node drops the fields beyond its limit without a word; one more than allowed tells that there were more.
    this.server.maxHeadersCount = options.maxHeaders + 1;
    this.server.on('clientError', answerClientError);
    this.server.on('connect', (_request, socket) => refuseConnect(socket));
    // Node checks its header and request timeouts only once a server listens, which this one does through another.
    this.server.emit('listening');
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  private onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.responses.set(response, { left: -1, since: 0 });
    response.on('close', () => this.responses.delete(response));
    if (this.draining) lastOnConnection(response);
    if (request.rawHeaders.length > 2 * this.options.maxHeaders) {
      response.writeHead(431, { 'content-type': 'application/json', connection: 'close' });
      response.end(`{"error":"the request has more than ${this.options.maxHeaders} header fields"}`);
      return;
    }
    this.options.handler(request, response);
  }

  accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    this.server.emit('connection', socket);
  }

  /** Requests that are not answered yet. */
  get active(): number {
    return this.responses.size;
  }

  /** Cuts clients that leave a finished answer untaken; public for tests. */
  sweep(): void {
    const now = this.options.now?.() ?? performance.now();
    const idleMs = this.options.downloadIdleMs ?? 60_000;
    for (const [response, seen] of this.responses) {
      if (!response.writableEnded) continue;
      const left = response.socket?.writableLength ?? 0;
      if (left !== seen.left) this.responses.set(response, { left, since: now });
      else if (now - seen.since >= idleMs) response.socket?.destroy();
    }
  }

  /** Open connections, idle ones included. */
  get connections(): number {
    return this.sockets.size;
  }

  /**
   * Answers what is under way, and what still comes on open connections, with `Connection: close`. Idle connections are
   * not closed here: a request may be on its way on each, and it would be lost.
   */
  drain(): void {
    this.draining = true;
    for (const response of this.responses.keys()) lastOnConnection(response);
  }

  /** Cuts every connection. */
  close(): void {
    clearInterval(this.sweeper);
    this.server.closeAllConnections();
    for (const socket of this.sockets) socket.destroy();
    // Ends the timeout checks; the server never listened by itself, which `close` reports.
    this.server.close(() => undefined);
  }
}

function lastOnConnection(response: ServerResponse): void {
  response.shouldKeepAlive = false;
}
