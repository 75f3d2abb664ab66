/**
 * A closed-loop gRPC load generator over node:http2: each connection keeps one unary call of the same message in flight.
 * The message is serialised once; of an answer only the status trailer and the size are read.
 * Run as a process of its own: `node grpc.ts <json options>` prints one JSON line.
 */
import { connect } from 'node:http2';
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

/** Drives the load and resolves with what was measured after the warm-up. */
export async function runGrpcLoad(load: GrpcLoad): Promise<LoadResult> {
  const message = Buffer.from(load.messageBase64, 'base64');
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, 5);
  const headers = {
    ':method': 'POST',
    ':path': '/inference.GRPCInferenceService/ModelInfer',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const start = performance.now();
  const from = start + load.warmupMs;
  const until = from + load.durationMs;
  const latencies: number[] = [];
  let bad = 0;
  let sample = '';
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      const session = connect(`http://127.0.0.1:${load.port}`);
      for (;;) {
        const sent = performance.now();
        if (sent >= until) break;
        const { status, body } = await new Promise<{ status: string; body: Buffer }>((resolve, reject) => {
          const stream = session.request(headers);
          const chunks: Buffer[] = [];
          let trailerStatus = '';
          stream.on('response', (first) => {
            if (first['grpc-status'] !== undefined) trailerStatus = String(first['grpc-status']);
          });
          stream.on('trailers', (trailers) => {
            trailerStatus = String(trailers['grpc-status']);
          });
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('error', reject);
          stream.on('end', () => resolve({ status: trailerStatus, body: Buffer.concat(chunks) }));
          stream.end(frame);
        });
        const now = performance.now();
        if (status !== '0') bad++;
        if (sample === '') sample = body.toString('base64');
        if (now >= from && now < until) latencies.push(now - sent);
      }
      session.close();
    }),
  );
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: latencies.length / (load.durationMs / 1000),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    bad,
    sample,
  };
}

if (import.meta.main) console.log(JSON.stringify(await runGrpcLoad(JSON.parse(process.argv[2]) as GrpcLoad)));
