/**
 * A closed-loop gRPC load generator that writes HTTP/2 frames itself: each connection keeps one unary call of the same
 * message in flight. A general HTTP/2 client costs more than the servers under test; this one serialises the request
 * once and reads no more of an answer than its frames' heads. An answer without a message counts as bad.
 * Run as a process of its own: `node grpc.ts <json options>` prints one JSON line. Frames follow RFC 9113.
 */
import { connect } from 'node:net';
import type { LoadResult } from './http.ts';
import { percentile } from './percentile.ts';

/** What to send and for how long; `messageBase64` is the serialised ModelInferRequest. */
export interface GrpcLoad {
  readonly port: number;
  readonly messageBase64: string;
  readonly connections: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

const TYPE = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 } as const;
const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block of literals without indexing (RFC 7541, 6.2.2), so that every request has the same bytes. */
function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** Drives the load and resolves with what was measured after the warm-up. */
export async function runGrpcLoad(load: GrpcLoad): Promise<LoadResult> {
  const message = Buffer.from(load.messageBase64, 'base64');
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const block = headerBlock([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/inference.GRPCInferenceService/ModelInfer'],
    [':authority', `127.0.0.1:${load.port}`],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ]);
  const start = performance.now();
  const from = start + load.warmupMs;
  const until = from + load.durationMs;
  const latencies: number[] = [];
  const totals = { bad: 0, sample: '' };
  await Promise.all(
    Array.from({ length: load.connections }, () => {
      const request = Buffer.concat([
        frame(TYPE.headers, END_HEADERS, 1, block),
        frame(TYPE.data, END_STREAM, 1, Buffer.concat([prefix, message])),
      ]);
      return drive(load.port, request, 9 + block.length, until, (sent, now, answer) => {
        if (answer === undefined) totals.bad++;
        else if (totals.sample === '') totals.sample = answer.toString('base64');
        if (now >= from && now < until) latencies.push(now - sent);
      });
    }),
  );
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: latencies.length / (load.durationMs / 1000),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    ...totals,
  };
}

/** One connection; `request` holds a HEADERS frame and, from `dataAt`, a DATA frame, whose stream ids are rewritten. */
function drive(
  port: number,
  request: Buffer,
  dataAt: number,
  until: number,
  done: (sent: number, now: number, answer: Buffer | undefined) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let pending: Buffer = Buffer.alloc(0);
    let stream = -1;
    let sent = 0;
    let answer: Buffer | undefined;
    let received = 0;
    const send = () => {
      sent = performance.now();
      if (sent >= until) {
        socket.destroy();
        resolve();
        return;
      }
      stream += 2;
      answer = undefined;
      request.writeUInt32BE(stream, 5);
      request.writeUInt32BE(stream, dataAt + 5);
      socket.write(Buffer.from(request));
    };
    const onFrame = (type: number, flags: number, id: number, payload: Buffer) => {
      if (type === TYPE.settings && (flags & ACK) === 0) socket.write(frame(TYPE.settings, ACK, 0, Buffer.alloc(0)));
      if (type === TYPE.ping && (flags & ACK) === 0) socket.write(frame(TYPE.ping, ACK, 0, payload));
      if (type === TYPE.goaway) reject(new Error('the server sent GOAWAY'));
      if (type === TYPE.data) {
        received += payload.length;
        if (payload.length > 5) answer = Buffer.from(payload);
        // The connection's window is 64 KiB; a stream's is never filled by one answer.
        if (received > 30_000) {
          const credit = Buffer.alloc(4);
          credit.writeUInt32BE(received);
          socket.write(frame(TYPE.windowUpdate, 0, 0, credit));
          received = 0;
        }
      }
      const ends = ((type === TYPE.data || type === TYPE.headers) && flags & END_STREAM) || type === TYPE.rstStream;
      if (id === stream && ends) {
        done(sent, performance.now(), answer);
        send();
      }
    };
    socket.on('connect', () => {
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(frame(TYPE.settings, 0, 0, Buffer.alloc(0)));
      send();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      let at = 0;
      while (pending.length - at >= 9) {
        const length = pending.readUIntBE(at, 3);
        if (pending.length - at < 9 + length) break;
        const payload = pending.subarray(at + 9, at + 9 + length);
        onFrame(pending[at + 3], pending[at + 4], pending.readUInt32BE(at + 5) & 0x7fffffff, payload);
        at += 9 + length;
      }
      pending = at === pending.length ? Buffer.alloc(0) : pending.subarray(at);
    });
  });
}

if (import.meta.main) console.log(JSON.stringify(await runGrpcLoad(JSON.parse(process.argv[2]) as GrpcLoad)));
