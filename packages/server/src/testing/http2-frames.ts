import { connect, type Socket } from 'node:net';

/** HTTP/2 frames byte by byte (RFC 9113), for what no client library would send. */
export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  CONTINUATION: 9,
} as const;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK literals without indexing and without Huffman codes. */
export function headerBlock(fields: readonly [string, string][]): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of fields) parts.push(Buffer.from([0]), text(name), text(value));
  return Buffer.concat(parts);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const prefix: number[] = [127];
  let rest = bytes.length - 127;
  while (rest >= 128) {
    prefix.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  prefix.push(rest);
  return Buffer.concat([Buffer.from(prefix), bytes]);
}

export const GRPC_HEADERS: readonly [string, string][] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/inference.GRPCInferenceService/ModelInfer'],
  [':authority', 'localhost'],
  ['content-type', 'application/grpc'],
];

/** A connection that has said it speaks HTTP/2. */
export class RawHttp2 {
  readonly socket: Socket;
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.resume();
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
    socket.write(Buffer.concat([PREFACE, frame(FrameType.SETTINGS, 0, 0)]));
  }

  static connect(port: number): Promise<RawHttp2> {
    const socket = connect(port, '127.0.0.1');
    return new Promise((resolve) => socket.on('connect', () => resolve(new RawHttp2(socket))));
  }

  /** Writes as fast as the peer takes it; stops where the connection is closed. */
  async flood(count: number, make: (index: number) => Buffer): Promise<void> {
    for (let index = 0; index < count && !this.socket.destroyed; index++) {
      if (this.socket.write(make(index))) continue;
      await Promise.race([this.closed, new Promise((resolve) => this.socket.once('drain', resolve))]);
    }
  }
}
