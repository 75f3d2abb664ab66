/**
 * A closed-loop HTTP/1.1 load generator: each connection sends the same request again as soon as its answer is whole.
 * It parses no more of an answer than its status and length, so that on two cores the server is the bound, not this.
 * Run as a process of its own: `node http.ts <json options>` prints one JSON line.
 */
import { connect } from 'node:net';
import { percentile } from './percentile.ts';

/** What to send and for how long. */
export interface HttpLoad {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** What came back. `bad` counts answers that were not 200; latencies in milliseconds. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly bad: number;
  readonly sample: string;
}

/** Drives the load and resolves with what was measured after the warm-up. */
export async function runHttpLoad(load: HttpLoad): Promise<LoadResult> {
  const head =
    `POST ${load.path} HTTP/1.1\r\nHost: 127.0.0.1:${load.port}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(load.body)}\r\n\r\n`;
  const request = Buffer.from(head + load.body);
  const start = performance.now();
  const from = start + load.warmupMs;
  const until = from + load.durationMs;
  const latencies: number[] = [];
  let bad = 0;
  let sample = '';
  await Promise.all(
    Array.from({ length: load.connections }, () => {
      return new Promise<void>((resolve, reject) => {
        const socket = connect(load.port, '127.0.0.1');
        socket.setNoDelay(true);
        let pending = Buffer.alloc(0);
        let sent = 0;
        const send = () => {
          sent = performance.now();
          if (sent >= until) {
            socket.destroy();
            resolve();
            return;
          }
          socket.write(request);
        };
        socket.on('connect', send);
        socket.on('error', reject);
        socket.on('data', (chunk) => {
          pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
          const headEnd = pending.indexOf('\r\n\r\n');
          if (headEnd < 0) return;
          const headers = pending.toString('latin1', 0, headEnd).toLowerCase();
          const at = headers.indexOf('content-length:');
          if (at < 0) {
            reject(new Error(`the answer has no content-length: ${headers}`));
            return;
          }
          const total = headEnd + 4 + Number.parseInt(headers.slice(at + 15), 10);
          if (pending.length < total) return;
          const now = performance.now();
          if (headers.slice(9, 12) !== '200') bad++;
          if (sample === '') sample = pending.toString('utf8', headEnd + 4, total);
          if (now >= from && now < until) latencies.push(now - sent);
          pending = pending.length === total ? Buffer.alloc(0) : pending.subarray(total);
          send();
        });
        socket.on('close', () => resolve());
      });
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

if (import.meta.main) console.log(JSON.stringify(await runHttpLoad(JSON.parse(process.argv[2]) as HttpLoad)));
