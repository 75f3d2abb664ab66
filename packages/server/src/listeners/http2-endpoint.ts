import {
  createServer,
  type Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { endUpload } from './end-upload.ts';

/** What an HTTP/2 connection may carry. */
export interface Http2Routes {
  /** A stream whose content type is gRPC's. */
  grpc(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void;
  isGrpc(headers: IncomingHttpHeaders): boolean;
  /** Any other request, through Node's HTTP/1.1-like objects; undefined where only gRPC is served. */
  readonly http?: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

export interface Http2EndpointOptions {
  readonly routes: Http2Routes;
  /** Milliseconds between the pings that find dead peers; default 60,000. */
  readonly pingMs?: number;
  /** PING and SETTINGS frames that a connection may send in a second; default 20,000. */
  readonly maxControlFrames?: number;
  /** The peer is a proxy that leads many clients over each connection, and bounds them itself; default false. */
  readonly isBehindProxy?: boolean;
  /** Milliseconds without a stream after which a connection is closed; default one hour. */
  readonly idleMs?: number;
}

const MAX_HEADER_BYTES = 16 << 10;
/**
 * Bounds on what a peer can make us hold or do (reliability: rapid reset CVE-2023-44487, CONTINUATION, SETTINGS and PING
 * floods, header bombs). Node closes a session that passes one of them.
 */
const SERVER_OPTIONS = {
  // MiB; answers that a client has yet to take count, and one may be as large as the largest message.
  maxSessionMemory: 512,
  maxHeaderListPairs: 128,
  maxSettings: 32,
  maxOutstandingPings: 10,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  streamResetBurst: 1_000,
  streamResetRate: 100,
  settings: {
    maxConcurrentStreams: 256,
    initialWindowSize: 1 << 20,
    maxHeaderListSize: MAX_HEADER_BYTES,
    enablePush: false,
  },
};
/** One client that resets its streams must not end the connection that the others share with it. */
const PROXY_OPTIONS = { streamResetBurst: 1_000_000, streamResetRate: 1_000_000, maxSessionRejectedStreams: 100_000 };
/** Bytes that one connection may send before we have read them. */
const CONNECTION_WINDOW = 4 << 20;
/**
 * PING and SETTINGS frames within one second, and since the last new stream, before a connection is closed. Clients that
 * measure the bandwidth (gRPC's Go and C++) send a PING each round trip while data flows, so this is high; nghttp2
 * itself closes a peer that does not read the answers.
 */
const MAX_CONTROL_FRAMES = 20_000;

/** The HTTP/2 side of a port: sessions, their limits, and their end. */
export class Http2Endpoint {
  private readonly server: Http2Server;
  private readonly options: Http2EndpointOptions;
  private readonly sessions = new Map<ServerHttp2Session, SessionState>();
  private readonly keeper: NodeJS.Timeout;
  private readonly requests = new Set<ServerHttp2Stream>();
  private draining = false;

  constructor(options: Http2EndpointOptions) {
    this.options = options;
    this.server = createServer(
      options.isBehindProxy === true ? { ...SERVER_OPTIONS, ...PROXY_OPTIONS } : SERVER_OPTIONS,
    );
    this.server.on('session', (session) => this.onSession(session));
    this.server.on('stream', (stream, headers, _flags, rawHeaders) =>
      this.onStream(stream, headers, rawHeaders as unknown as string[]),
    );
    this.server.on('sessionError', ignore);
    const period = Math.min(options.pingMs ?? 60_000, 60_000);
    this.keeper = setInterval(() => this.keep(), period);
    this.keeper.unref();
  }

  accept(socket: Socket): void {
    this.server.emit('connection', socket);
  }

  /** REST requests over HTTP/2 that are not over; gRPC calls are counted by their transport. */
  get active(): number {
    let count = 0;
    // A closed stream has nothing left to send, even where Node never ends it (see ActiveCall.stuck).
    for (const stream of this.requests) if (!stream.closed) count++;
    return count;
  }

  /** Open connections, idle ones included. */
  get connections(): number {
    return this.sessions.size;
  }

  private onSession(session: ServerHttp2Session): void {
    const state: SessionState = { lastStream: performance.now(), pinging: false, control: 0, controlSince: 0 };
    this.sessions.set(session, state);
    session.on('error', ignore);
    session.on('close', () => this.sessions.delete(session));
    const control = () => {
      if (tooManyControlFrames(state, this.options.maxControlFrames ?? MAX_CONTROL_FRAMES)) session.destroy();
    };
    session.on('ping', control);
    session.on('remoteSettings', control);
    session.setLocalWindowSize(CONNECTION_WINDOW);
    if (this.draining) closeGently(session);
  }

  private onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: string[]): void {
    const state = stream.session === undefined ? undefined : this.sessions.get(stream.session as ServerHttp2Session);
    if (state !== undefined) {
      state.lastStream = performance.now();
      state.control = 0;
    }
    const { routes } = this.options;
    const grpc = routes.isGrpc(headers);
    if (headerBytes(rawHeaders) > MAX_HEADER_BYTES) {
      refuseHeaders(stream, grpc);
      return;
    }
    if (grpc) {
      routes.grpc(stream, headers);
      return;
    }
    stream.on('error', ignore);
    if (routes.http === undefined) {
      stream.respond({ ':status': 415, 'content-type': 'application/json' });
      stream.end('{"error":"this port speaks gRPC only; send REST requests to the HTTP port"}');
      return;
    }
    this.requests.add(stream);
    stream.on('close', () => this.requests.delete(stream));
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders);
    routes.http(request, new Http2ServerResponse(stream));
  }

  /** Ends streams that Node forgot, and closes idle sessions and those whose peer no longer answers pings. */
  private keep(): void {
    for (const stream of this.requests) if (stream.closed && !stream.destroyed) stream.destroy();
    const now = performance.now();
    const idleMs = this.options.idleMs ?? 3_600_000;
    for (const [session, state] of this.sessions) {
      if (session.destroyed) continue;
      if (state.pinging) {
        session.destroy();
        continue;
      }
      if (now - state.lastStream > idleMs) {
        closeGently(session);
        continue;
      }
      state.pinging = true;
      session.ping((error) => {
        if (error === null) state.pinging = false;
      });
    }
  }

  /** Tells every client to open no more streams here; streams that are open go on. */
  drain(): void {
    this.draining = true;
    for (const session of this.sessions.keys()) closeGently(session);
  }

  /** Cuts every connection. */
  close(): void {
    clearInterval(this.keeper);
    for (const session of this.sessions.keys()) session.destroy();
  }
}

/** Size of a header list as HTTP/2 counts it (RFC 9113, section 6.5.2). Node announces its limit but does not hold it. */
function headerBytes(rawHeaders: readonly string[]): number {
  let bytes = rawHeaders.length * 16;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}

function refuseHeaders(stream: ServerHttp2Stream, grpc: boolean): void {
  stream.on('error', ignore);
  const status = grpc
    ? {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': '8',
        'grpc-message': `the headers are over the limit of ${MAX_HEADER_BYTES} bytes`,
      }
    : { ':status': 431 };
  stream.respond(status, { endStream: true });
  endUpload(stream);
}

interface SessionState {
  lastStream: number;
  pinging: boolean;
  control: number;
  controlSince: number;
}

function tooManyControlFrames(state: SessionState, limit: number): boolean {
  const now = performance.now();
  if (now - state.controlSince > 1_000) {
    state.controlSince = now;
    state.control = 0;
  }
  state.control++;
  return state.control > limit;
}

/** Milliseconds after the round trip in which requests that were queued behind its answer arrive. */
const GOAWAY_GRACE_MS = 100;

/**
 * GOAWAY in two steps (RFC 9113, section 6.8): first without a last stream, so that requests on their way are still
 * taken; after a round trip and a moment (a PING's answer overtakes requests that are queued), or a second, the final one.
 */
function closeGently(session: ServerHttp2Session): void {
  if (session.destroyed || session.closed) return;
  session.goaway(0, 0x7fffffff);
  const finish = () => {
    if (!session.destroyed && !session.closed) session.close();
  };
  const late = setTimeout(finish, 1_000);
  late.unref();
  session.ping(() => {
    clearTimeout(late);
    setTimeout(finish, GOAWAY_GRACE_MS).unref();
  });
}

function ignore(): void {
  // A session or stream that breaks is ended by Node; its calls see their own `close`.
}
