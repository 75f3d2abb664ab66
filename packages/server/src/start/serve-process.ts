import type { ServerOptions as HttpServerOptions, IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { ListenPlan } from '@berth/exposure';
import type { BoundPort } from '../listeners/bind.ts';
import { Http1Endpoint } from '../listeners/http1-endpoint.ts';
import { Http2Endpoint } from '../listeners/http2-endpoint.ts';
import { type ModelPort, openModelPort } from '../listeners/model-port.ts';
import { GrpcTransport } from '../protocols/grpc/transport/grpc-transport.ts';
import type { DrainResult } from './options.ts';

/** The handlers of one process and where they listen. */
export interface ProcessOptions {
  readonly plan: ListenPlan;
  readonly httpPort: number;
  readonly grpcPort: number | false;
  /** A Unix socket in the place of both ports. */
  readonly socketPath?: string | undefined;
  /** Whether other processes listen on the same ports. */
  readonly sharesPorts: boolean;
  readonly httpServerOptions: HttpServerOptions;
  readonly maxHeaders: number;
  readonly http: (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => void;
  readonly grpc: GrpcTransport;
  readonly onNotice: (message: string) => void;
}

/** One process's open ports. */
export interface ProcessServer {
  readonly urls: readonly string[];
  readonly httpPort: number;
  readonly grpcPort: number | undefined;
  /** Requests that are under way. */
  readonly active: number;
  /** Stops accepting and waits until nothing is under way or the time is up; then cuts the rest. */
  drain(timeoutMs: number): Promise<DrainResult>;
  close(): Promise<void>;
}

const DRAIN_LOOK_MS = 10;
/** Milliseconds that idle connections stay open once the server drains. */
const IDLE_GRACE_MS = 500;
const ACCEPT_NOTICE_MS = 10_000;

/**
 * Opens the ports of one process: HTTP/1.1, h2c and gRPC on the first, gRPC alone on the second (where HTTP/1.1 gets a
 * text that names the other port).
 * @throws StartError
 */
export async function serveProcess(options: ProcessOptions): Promise<ProcessServer> {
  const { plan, sharesPorts, grpc, http, onNotice } = options;
  const onAcceptError = rateLimitedAcceptNotice(onNotice);
  const grpcRoutes = {
    grpc: grpc.handle.bind(grpc),
    isGrpc: GrpcTransport.isGrpc,
  };
  const limits = { serverOptions: options.httpServerOptions, maxHeaders: options.maxHeaders };
  const http1 = new Http1Endpoint({ handler: http, ...limits });
  // A Unix socket is its owner's alone: a gateway's.
  const isBehindProxy = options.socketPath !== undefined;
  const http2 = new Http2Endpoint({ routes: { ...grpcRoutes, http }, isBehindProxy });
  const ports: ModelPort[] = [];
  const endpoints: (Http1Endpoint | Http2Endpoint)[] = [http1, http2];
  try {
    ports.push(
      await openModelPort({
        plan,
        sharesPorts,
        port: options.httpPort,
        socketPath: options.socketPath,
        flag: '--http-port',
        http1,
        http2,
        onAcceptError,
      }),
    );
    if (options.grpcPort !== false && options.socketPath === undefined) {
      const refusing = new Http1Endpoint({ handler: refuseHttp1, ...limits });
      const grpcOnly = new Http2Endpoint({ routes: grpcRoutes });
      endpoints.push(refusing, grpcOnly);
      ports.push(
        await openModelPort({
          plan,
          sharesPorts,
          port: options.grpcPort,
          flag: '--grpc-port',
          http1: refusing,
          http2: grpcOnly,
          onAcceptError,
        }),
      );
    }
  } catch (error) {
    for (const endpoint of endpoints) endpoint.close();
    for (const port of ports) await port.stop();
    throw error;
  }
  const [httpPort, grpcPort] = ports as [ModelPort, ModelPort | undefined];
  const active = () => endpoints.reduce((sum, endpoint) => sum + endpoint.active, grpc.active);
  const connections = () => endpoints.reduce((sum, endpoint) => sum + endpoint.connections, 0);
  const close = async () => {
    for (const port of ports) {
      await port.stop();
      port.closeUndecided();
    }
    grpc.close();
    for (const endpoint of endpoints) endpoint.close();
  };
  return {
    urls: [...urls('http', httpPort), ...(grpcPort === undefined ? [] : urls('grpc', grpcPort))],
    httpPort: httpPort.port,
    grpcPort: grpcPort?.port,
    get active() {
      return active();
    },
    async drain(timeoutMs) {
      const until = performance.now() + timeoutMs;
      for (const port of ports) await port.stop();
      for (const endpoint of endpoints) endpoint.drain();
      void grpc.drain();
      // Requests may be on their way on connections that look idle: their clients get the time to notice.
      const idleUntil = Math.min(until, performance.now() + IDLE_GRACE_MS);
      const waiting = () => active() > 0 || (connections() > 0 && performance.now() < idleUntil);
      while (waiting() && performance.now() < until) await pause(DRAIN_LOOK_MS);
      const cut = active();
      // Answers that were written a moment ago get the time to leave the socket.
      await pause(DRAIN_LOOK_MS);
      await close();
      return { cut };
    },
    close,
  };
}

function urls(scheme: string, bound: BoundPort): string[] {
  return bound.addresses.map((address) =>
    address.startsWith('/')
      ? `unix:${address}`
      : `${scheme}://${address.includes(':') ? `[${address}]` : address}:${bound.port}`,
  );
}

function refuseHttp1(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { 'content-type': 'application/json', upgrade: 'h2c', connection: 'close' });
  response.end('{"error":"this port speaks gRPC (HTTP/2) only; send REST requests to the HTTP port"}');
}

/** Running out of file descriptors makes one notice a while, not one a connection. */
function rateLimitedAcceptNotice(onNotice: (message: string) => void): (error: NodeJS.ErrnoException) => void {
  let last = -Infinity;
  return (error) => {
    const now = performance.now();
    if (now - last < ACCEPT_NOTICE_MS) return;
    last = now;
    const why =
      error.code === 'EMFILE' || error.code === 'ENFILE' ? 'too many open files; raise ulimit -n' : error.code;
    onNotice(`connections can not be accepted: ${why}`);
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
