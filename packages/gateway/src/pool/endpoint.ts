import type { ClientHttp2Session } from 'node:http2';
import { connect, type Socket } from 'node:net';
import type { Address, RoutedEndpoint } from '@berth/api';

const MAX_IDLE = 256;
const CONNECT_TIMEOUT_MS = 5_000;

/** One replica with its load and its open connections. */
export class Endpoint {
  readonly id: string;
  readonly http: Address;
  readonly grpc: Address;
  /** Requests that run on it now. */
  running = 0;
  /** Taken out of the table: gets no new request. */
  isRemoved = false;
  /** Until when it is passed over, by the monotonic clock, since it could not be reached. */
  shunnedUntil = 0;
  /** The HTTP/2 connection that gRPC calls share. */
  grpcSession: ClientHttp2Session | undefined;
  /** Calls on it that are not over. */
  grpcCalls = 0;
  /** Connections that were full: what runs there ends there. */
  readonly grpcFull = new WeakSet<ClientHttp2Session>();
  readonly #idle: Socket[] = [];

  constructor(routed: RoutedEndpoint) {
    this.id = routed.id;
    this.http = routed.http;
    this.grpc = routed.grpc ?? routed.http;
  }

  /** A connection that waits for a request; undefined where there is none. */
  takeIdle(): Socket | undefined {
    for (let socket = this.#idle.pop(); socket !== undefined; socket = this.#idle.pop()) {
      if (!socket.destroyed && socket.writable) return socket;
    }
    return undefined;
  }

  /** Keeps a connection for the next request. Its owner has taken its listeners off. */
  giveBack(socket: Socket): void {
    if (this.isRemoved || this.#idle.length >= MAX_IDLE || socket.destroyed) {
      socket.destroy();
      return;
    }
    this.#idle.push(socket);
  }

  /** A new connection, not connected yet. */
  open(): Socket {
    const socket = openSocket(this.http);
    const late = setTimeout(() => socket.destroy(new Error('no connection in time')), CONNECT_TIMEOUT_MS);
    const settle = () => clearTimeout(late);
    socket.once('connect', settle).once('close', settle);
    // An idle connection that breaks is noticed when it is taken; an error that nobody hears ends the process.
    socket.on('error', () => undefined);
    return socket;
  }

  /** Lets the connection of gRPC calls end with its calls. */
  closeSession(): void {
    this.grpcSession?.close();
    this.grpcSession = undefined;
  }

  closeIdle(): void {
    for (const socket of this.#idle.splice(0)) socket.destroy();
  }
}

/** Connects to a Unix socket or a TCP port. */
export function openSocket(address: Address): Socket {
  return 'path' in address
    ? connect({ path: address.path })
    : connect({ host: address.host, port: address.port, noDelay: true });
}

/** Whether two endpoints are the same place. */
export function isSamePlace(endpoint: Endpoint, routed: RoutedEndpoint): boolean {
  const text = (address: Address) => ('path' in address ? address.path : `${address.host}:${address.port}`);
  return text(endpoint.http) === text(routed.http) && text(endpoint.grpc) === text(routed.grpc ?? routed.http);
}
