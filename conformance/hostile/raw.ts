/** Bytes on a socket, as no honest client sends them, and what comes back. */
import { once } from 'node:events';
import { connect as connectHttp2, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { frame } from '../../packages/server/src/testing/http2-frames.ts';

/** One frame of HTTP/2. */
export { frame as http2Frame };

/** What came back over HTTP/1.1; status 0 where nothing did. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly isClosed: boolean;
  readonly milliseconds: number;
}

/** Sends pieces over one connection and takes what comes until it closes, or an answer is whole. */
export function exchange(
  port: number,
  pieces: Iterable<string | Buffer>,
  options: { readonly timeoutMs?: number; readonly untilClosed?: boolean } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const start = performance.now();
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let isClosed = false;
    let settle: NodeJS.Timeout | undefined;
    const finish = () => {
      clearTimeout(settle);
      clearTimeout(late);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, text, isClosed, milliseconds: performance.now() - start });
      socket.destroy();
    };
    const late = setTimeout(finish, options.timeoutMs ?? 10_000);
    socket.on('data', (chunk: Buffer) => {
      if (text.length < 1 << 20) text += chunk.toString('latin1');
      if (options.untilClosed === true || /^HTTP\/1\.1 100 [^\n]*\r\n\r\n$/.test(text)) return;
      clearTimeout(settle);
      if (isWhole(text)) finish();
      else if (text.includes('\r\n\r\n')) settle = setTimeout(finish, 100);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      isClosed = true;
      finish();
    });
    void writeAll(socket, pieces);
  });
}

/** Whether an answer of a told length is all there; one without is waited for. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, end + 2))?.[1];
  return end > 0 && length !== undefined && text.length >= end + 4 + Number(length);
}

async function writeAll(socket: Socket, pieces: Iterable<string | Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    if (socket.write(piece)) continue;
    // An abort takes the other listener away too.
    const either = new AbortController();
    const { signal } = either;
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => undefined);
    either.abort();
  }
}

/** A head and a body of HTTP/1.1; lengths and Host are added unless given. */
export function message(
  method: string,
  path: string,
  headers: readonly string[],
  body: string | Buffer = '',
): (string | Buffer)[] {
  const has = (name: string) => headers.some((line) => line.toLowerCase().startsWith(`${name}:`));
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(has('host') ? [] : ['Host: localhost']),
    ...(has('content-length') || has('transfer-encoding') || body.length === 0
      ? []
      : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...headers,
  ];
  return [`${lines.join('\r\n')}\r\n\r\n`, ...(body.length === 0 ? [] : [body])];
}

/** What came back over HTTP/2; `failure` names how the stream broke. */
export interface Http2Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly failure?: string;
}

/** One request over a session of its own. */
export function http2Request(
  port: number,
  headers: OutgoingHttpHeaders,
  body: Buffer = Buffer.alloc(0),
  timeoutMs = 10_000,
): Promise<Http2Answer> {
  return new Promise((resolve) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const answer: { -readonly [key in keyof Http2Answer]: Http2Answer[key] } = {
      headers: {},
      trailers: {},
      body: Buffer.alloc(0),
    };
    const finish = () => {
      clearTimeout(late);
      session.destroy();
      resolve(answer);
    };
    const late = setTimeout(() => {
      answer.failure = 'no answer in time';
      finish();
    }, timeoutMs);
    session.on('error', (error) => {
      answer.failure ??= error.message;
      finish();
    });
    let stream: ReturnType<typeof session.request>;
    try {
      stream = session.request(headers);
    } catch (error) {
      answer.failure = (error as Error).message;
      finish();
      return;
    }
    stream.on('response', (head) => {
      answer.headers = head;
    });
    stream.on('trailers', (tail) => {
      answer.trailers = tail;
    });
    stream.on('data', (chunk: Buffer) => {
      answer.body = Buffer.concat([answer.body, chunk]);
    });
    stream.on('error', (error) => {
      answer.failure = error.message;
    });
    stream.on('close', finish);
    stream.end(body);
  });
}

/** The status of a gRPC answer: in the trailers, or in headers alone; -1 where there is none. */
export function grpcStatus({ headers, trailers }: Http2Answer): number {
  return Number(trailers['grpc-status'] ?? headers['grpc-status'] ?? -1);
}

/** A length-prefixed gRPC message. */
export function grpcFrame(bytes: Buffer, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** A field of protobuf: a varint, or bytes with their length. */
export function field(number: number, value: Buffer | bigint | number | string): Buffer {
  if (typeof value === 'number' || typeof value === 'bigint')
    return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: bigint | number): Buffer {
  let left = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(left & 127n);
    left >>= 7n;
    bytes.push(left > 0n ? low | 128 : low);
  } while (left > 0n);
  return Buffer.from(bytes);
}

/** What a client of HTTP/2 sends first. */
export const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
