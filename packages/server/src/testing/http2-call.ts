import { type ClientHttp2Session, connect } from 'node:http2';

/** How a hand-made call ended; trailers-only answers have their status in `headers`. */
export interface Http2Result {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** The error code of a reset stream; 0 where there was none. */
  readonly reset: number;
}

export interface Http2CallOptions {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array;
  /** Leaves the request open instead of ending it. */
  readonly open?: boolean;
}

export function connectTo(port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  return new Promise((resolve) => session.on('connect', () => resolve(session)));
}

/** A gRPC call byte by byte, for what no client library would send. */
export function http2Call(session: ClientHttp2Session, options: Http2CallOptions): Promise<Http2Result> {
  const { path = '/inference.GRPCInferenceService/ModelInfer', headers = {}, body, open = false } = options;
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let seen: Record<string, unknown> = {};
    stream.on('response', (response) => {
      seen = { ...seen, ...response };
    });
    stream.on('trailers', (trailers) => {
      seen = { ...seen, ...trailers };
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      resolve({
        status: Number(seen[':status'] ?? 0),
        code: seen['grpc-status'] as string | undefined,
        message: decodeURIComponent(String(seen['grpc-message'] ?? '')),
        headers: seen,
        body: Buffer.concat(chunks),
        reset: stream.rstCode,
      });
    });
    if (body !== undefined) stream.write(body);
    if (!open) stream.end();
  });
}
