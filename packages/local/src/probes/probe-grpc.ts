import { connect } from 'node:http2';
import { connect as netConnect } from 'node:net';
import type { Address } from '@berth/api';
import type { ProbeResult } from './run-probe.ts';

/** `SERVING` of grpc.health.v1.HealthCheckResponse: field 1, varint 1. */
const SERVING = 1;

/** grpc.health.v1.Health/Check, over HTTP/2 without TLS. */
export function probeGrpc(address: Address, service: string, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let isDone = false;
    const client = connect('http://localhost', {
      createConnection: () =>
        netConnect('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
    });
    const done = (result: ProbeResult) => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      client.destroy();
      resolve(result);
    };
    const fail = (message: string) => done({ isOk: false, message: `the gRPC health check ${message}` });
    const timer = setTimeout(() => fail(`was not answered within ${timeoutMs / 1_000} s`), timeoutMs);
    client.on('error', (error: NodeJS.ErrnoException) => fail(`gets no answer: ${error.code ?? error.message}`));
    const stream = client.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let grpcStatus: string | undefined;
    const see = (headers: Record<string, unknown>) => {
      const status = headers['grpc-status'];
      if (status !== undefined) grpcStatus = String(status);
    };
    stream.on('response', see);
    stream.on('trailers', see);
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= 1_024) chunks.push(chunk);
    });
    stream.on('error', (error) => fail(`fails: ${error.message}`));
    stream.on('end', () => {
      // UNIMPLEMENTED: it speaks gRPC, but knows no health checks.
      if (grpcStatus === '12') return fail('is not offered by the server');
      if (grpcStatus !== undefined && grpcStatus !== '0') return fail(`is answered with gRPC status ${grpcStatus}`);
      const status = servingStatus(Buffer.concat(chunks));
      if (status === SERVING) return done({ isOk: true });
      fail(`says that it does not serve (${status})`);
    });
    stream.end(healthRequest(service));
  });
}

/** A framed HealthCheckRequest: field 1 is the service's name. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service.slice(0, 100));
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

function servingStatus(frame: Buffer): number {
  if (frame.length < 5) return 0;
  const message = frame.subarray(5);
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}
