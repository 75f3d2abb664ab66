import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Http1EndpointOptions {
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  readonly serverOptions: ServerOptions;
}

/** Milliseconds between two looks for connections that became idle while draining. */
const IDLE_CHECK_MS = 50;

/** The HTTP/1.1 side of a port: takes connections that something else accepted. */
export class Http1Endpoint {
  private readonly server: Server;
  private readonly responses = new Set<ServerResponse>();
  private readonly sockets = new Set<Socket>();
  private idleTimer: NodeJS.Timeout | undefined;
  private draining = false;

  constructor(options: Http1EndpointOptions) {
    this.server = createServer(options.serverOptions, (request, response) => {
      this.responses.add(response);
      response.on('close', () => this.responses.delete(response));
      if (this.draining) lastOnConnection(response);
      options.handler(request, response);
    });
    // Node checks its header and request timeouts only once a server listens, which this one does through another.
    this.server.emit('listening');
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

  /** Answers what is under way with `Connection: close`, and closes connections as they become idle. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    for (const response of this.responses) lastOnConnection(response);
    this.server.closeIdleConnections();
    this.idleTimer = setInterval(() => this.server.closeIdleConnections(), IDLE_CHECK_MS);
    this.idleTimer.unref();
  }

  /** Cuts every connection. */
  close(): void {
    clearInterval(this.idleTimer);
    this.server.closeAllConnections();
    for (const socket of this.sockets) socket.destroy();
    // Ends the timeout checks; the server never listened by itself, which `close` reports.
    this.server.close(() => undefined);
  }
}

function lastOnConnection(response: ServerResponse): void {
  response.shouldKeepAlive = false;
}
