import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Address } from '@berth/api';
import { probeExec } from './probe-exec.ts';
import { probeGrpc } from './probe-grpc.ts';
import type { ProbeAction } from './probe-spec.ts';

/** What a probe came to; `message` says why it failed. */
export type ProbeResult =
  | { readonly isOk: true; readonly body?: string }
  | {
      readonly isOk: false;
      readonly message: string;
      /** The status of an HTTP answer; absent where there was none. */
      readonly status?: number;
      /** Nobody listens there. */
      readonly isRefused?: boolean;
    };

/** Where a probe finds the replica. */
export interface ProbeTarget {
  /** The address of a port by its number or name; undefined is the replica's own. */
  readonly addressOf: (port: string | number | undefined) => Address;
  /** How a command is run inside of the replica. */
  readonly exec: () => InsideCommand;
}

/** What starts a command inside of a replica. */
export interface InsideCommand {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The most that is read of an answer. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Runs a probe once. Never rejects. */
export function runProbe(action: ProbeAction, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  switch (action.kind) {
    case 'httpGet':
      return probeHttp(action, target.addressOf(action.port), timeoutMs);
    case 'tcpSocket':
      return probeTcp(target.addressOf(action.port), timeoutMs);
    case 'grpc':
      return probeGrpc(target.addressOf(action.port), action.service, timeoutMs);
    case 'exec':
      return probeExec(action.command, target.exec(), timeoutMs);
    default:
      return Promise.resolve({ isOk: false, message: 'there is no such probe' });
  }
}

/** GET; any status from 200 to 399 is well, as Kubernetes has it. */
export function probeHttp(
  {
    path,
    headers,
    isHttps,
    host,
  }: Pick<Extract<ProbeAction, { kind: 'httpGet' }>, 'path' | 'headers' | 'isHttps' | 'host'>,
  address: Address,
  timeoutMs: number,
): Promise<ProbeResult> {
  const where = `GET ${path}`;
  return new Promise((resolve) => {
    const fail = (message: string, more: { status?: number; isRefused?: boolean } = {}) =>
      resolve({ isOk: false, message: `${where} ${message}`, ...more });
    const target = 'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port };
    const named = headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
    let sent: ReturnType<typeof httpRequest>;
    try {
      sent = (isHttps ? httpsRequest : httpRequest)({
        ...target,
        path,
        agent: false,
        // A probe asks whether the server is there, not who it is, as Kubernetes does.
        ...(isHttps ? { rejectUnauthorized: false } : {}),
        headers: {
          ...Object.fromEntries(headers),
          host: named ?? host ?? 'localhost',
          'user-agent': 'berth-probe',
          connection: 'close',
        },
      });
    } catch (error) {
      fail(`can not be sent: ${error instanceof Error ? error.message : error}`);
      return;
    }
    const timer = setTimeout(() => {
      fail(`was not answered within ${timeoutMs / 1_000} s`);
      sent.destroy();
    }, timeoutMs);
    sent.on('response', (response) => {
      const { statusCode = 0 } = response;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_BODY_BYTES) chunks.push(chunk);
        else response.destroy();
      });
      const end = () => {
        clearTimeout(timer);
        const body = Buffer.concat(chunks).toString('utf8');
        if (statusCode >= 200 && statusCode < 400) resolve({ isOk: true, body });
        else fail(`is answered ${statusCode}${body === '' ? '' : `: ${body.slice(0, 300)}`}`, { status: statusCode });
      };
      response.on('end', end);
      response.on('close', end);
      response.on('error', () => undefined);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(`gets no answer: ${error.code ?? error.message}`, { isRefused: isNobody(error) });
    });
    sent.end();
  });
}

/** Connects. */
export function probeTcp(address: Address, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect('path' in address ? { path: address.path } : { host: address.host, port: address.port });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve({ isOk: false, message: `no connection within ${timeoutMs / 1_000} s` });
    }, timeoutMs);
    socket.on('connect', () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ isOk: true });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve({
        isOk: false,
        message: isNobody(error) ? 'nothing listens on its port' : `no connection: ${error.code ?? error.message}`,
        isRefused: isNobody(error),
      });
    });
  });
}

function isNobody(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
}
