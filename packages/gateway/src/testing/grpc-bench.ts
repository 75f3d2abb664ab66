import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { join } from 'node:path';
import { type FakeReplica, GatewayBench } from './gateway-bench.ts';

/** What a client was told. */
export interface Called {
  /** grpc-status, of the trailers or of the headers where there are no others; empty where there was none. */
  readonly status: string;
  readonly message: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  /** HTTP/2 error that the stream was ended with; 0 is none. */
  readonly rstCode: number;
}

export type HandleCall = (stream: ServerHttp2Stream, body: string) => void;

/** A gateway with replicas that speak gRPC (h2c on Unix sockets) and clients, for tests. */
export class GrpcBench extends GatewayBench {
  readonly #closes: (() => void)[] = [];

  /** `handle` gets a call when its request is whole, `onOpen` when its headers are there. */
  async grpcReplica(
    id: string,
    handle: HandleCall,
    onOpen?: (stream: ServerHttp2Stream) => void,
  ): Promise<FakeReplica> {
    const path = join(this.folder, `${id}.sock`);
    const seen: FakeReplica['seen'] = [];
    const server = createServer({ settings: { maxConcurrentStreams: 20 } });
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => {
      sessions.add(session);
      session.on('error', () => undefined);
      session.on('close', () => sessions.delete(session));
    });
    server.on('stream', (stream, headers) => {
      let body = '';
      stream.on('error', () => undefined);
      stream.on('data', (chunk) => {
        body += chunk;
      });
      stream.on('end', () => {
        seen.push({ method: 'POST', url: String(headers[':path']), headers, body });
        handle(stream, body);
      });
      onOpen?.(stream);
    });
    await new Promise<void>((resolve) => server.listen(path, () => resolve()));
    const kill = () => {
      for (const session of sessions) session.destroy();
      server.close();
    };
    this.#closes.push(kill);
    return { id, path, seen, kill };
  }

  session(): ClientHttp2Session {
    const session = connect(`http://127.0.0.1:${this.gateway.httpPort}`);
    session.on('error', () => undefined);
    this.#closes.push(() => session.destroy());
    return session;
  }

  open(headers: Record<string, string> = {}, session: ClientHttp2Session = this.session()): ClientHttp2Stream {
    return session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      ':authority': 'iris.example.com',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
  }

  call(body: string, headers: Record<string, string> = {}, session?: ClientHttp2Session): Promise<Called> {
    const stream = this.open(headers, session);
    const ended = ending(stream);
    stream.end(body);
    return ended;
  }

  override async stop(): Promise<void> {
    for (const close of this.#closes.splice(0)) close();
    await super.stop();
  }
}

/** How a client's stream ends. */
export async function ending(stream: ClientHttp2Stream): Promise<Called> {
  let head: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  let body = '';
  stream.on('response', (received) => {
    head = received;
  });
  stream.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('data', (chunk) => {
    body += chunk;
  });
  stream.on('error', () => undefined);
  if (!stream.closed) await once(stream, 'close').catch(() => undefined);
  return {
    status: String(trailers['grpc-status'] ?? head['grpc-status'] ?? ''),
    message: decodeURIComponent(String(trailers['grpc-message'] ?? head['grpc-message'] ?? '')),
    body,
    headers: head,
    rstCode: stream.rstCode,
  };
}

/** Answers a call with one message and a status. */
export function answer(stream: ServerHttp2Stream, text: string, status = '0'): void {
  begin(stream, status);
  stream.end(text);
}

/** Begins an answer whose status is sent at its end. */
export function begin(stream: ServerHttp2Stream, status = '0'): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
}
