import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { ActiveCall, type CallHost } from './active-call.ts';
import { ByteBudget } from './budget.ts';
import type { Method } from './method.ts';
import { GrpcError, StatusCode } from './status.ts';

export interface GrpcTransportOptions {
  /** Methods by full path. */
  readonly methods: ReadonlyMap<string, Method>;
  readonly maxMessageBytes: number;
  /** Bytes that all calls together may hold; default eight of the largest messages. */
  readonly maxHeldBytes?: number;
  /** Throws where the call is not allowed. */
  readonly authorize?: (path: string, headers: IncomingHttpHeaders) => void;
  /** Called at the end of each call. */
  readonly onEnd?: (call: ActiveCall, milliseconds: number) => void;
  /** Errors that are our own fault. */
  readonly onInternalError?: (error: unknown, path: string) => void;
  /** The message of an error as a client gets it; default the message. */
  readonly shown?: (error: GrpcError, path: string, requestId: string | undefined) => string;
  /** Milliseconds without a byte after which an upload is given up; default 30,000. */
  readonly uploadIdleMs?: number;
  /** Milliseconds that a client may leave a finished answer untaken; default 60,000. */
  readonly downloadIdleMs?: number;
  readonly now?: () => number;
}

/** Milliseconds after which a call that Node has not ended, though it is over, is ended here. */
const STUCK_MS = 1_000;

/** Runs gRPC calls on HTTP/2 streams that a server hands over. */
export class GrpcTransport implements CallHost {
  readonly maxMessageBytes: number;
  readonly budget: ByteBudget;
  private readonly options: GrpcTransportOptions;
  private readonly calls = new Map<ActiveCall, number>();
  private readonly sweeper: NodeJS.Timeout;
  private idleWaiters: (() => void)[] = [];
  private draining = false;

  constructor(options: GrpcTransportOptions) {
    this.options = options;
    this.maxMessageBytes = options.maxMessageBytes;
    this.budget = new ByteBudget(options.maxHeldBytes ?? 8 * options.maxMessageBytes);
    this.sweeper = setInterval(() => this.sweep(), 5_000);
    this.sweeper.unref();
  }

  now(): number {
    return this.options.now?.() ?? performance.now();
  }

  /** Whether a request is gRPC by its content type. */
  static isGrpc(headers: IncomingHttpHeaders): boolean {
    return headers['content-type']?.startsWith('application/grpc') ?? false;
  }

  handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const refusal = httpRefusal(headers);
    if (refusal !== undefined) {
      stream.on('error', () => undefined);
      stream.respond(refusal, { endStream: true });
      return;
    }
    const call = new ActiveCall(stream, headers, this);
    this.calls.set(call, call.lastActivity);
    try {
      // Authorised before the path is looked at, so that no form of path goes around it.
      this.options.authorize?.(call.path, headers);
    } catch (error) {
      call.fail(error);
      return;
    }
    const method = this.options.methods.get(call.path);
    if (method === undefined) call.fail(unknownMethod(call.path));
    else {
      call.run(method);
      if (this.draining) call.drain();
    }
  }

  /** Calls that are not over: not answered, or the answer not taken. */
  get active(): number {
    let count = 0;
    for (const call of this.calls.keys()) if (!call.stuck) count++;
    return count;
  }

  /** Ends long streams; resolves when no call is left. */
  drain(): Promise<void> {
    this.draining = true;
    for (const call of this.calls.keys()) call.drain();
    if (this.calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** Stops the sweep and cuts what is left. */
  close(): void {
    clearInterval(this.sweeper);
    for (const call of this.calls.keys()) call.cut();
  }

  closed(call: ActiveCall): void {
    const start = this.calls.get(call);
    if (start === undefined) return;
    this.calls.delete(call);
    this.options.onEnd?.(call, this.now() - start);
    if (this.calls.size === 0) {
      for (const resolve of this.idleWaiters) resolve();
      this.idleWaiters = [];
    }
  }

  shown(error: GrpcError, path: string, requestId: string | undefined): string {
    return this.options.shown?.(error, path, requestId) ?? error.message;
  }

  internalError(error: unknown, path: string): void {
    this.options.onInternalError?.(error, path);
  }

  /** Gives up calls that stand still; public for tests. */
  sweep(): void {
    const now = this.now();
    const uploadIdle = this.options.uploadIdleMs ?? 30_000;
    const downloadIdle = this.options.downloadIdleMs ?? 60_000;
    for (const call of this.calls.keys()) {
      const idle = now - call.lastActivity;
      if (call.uploading && idle >= uploadIdle) {
        call.fail(
          new GrpcError(
            StatusCode.DEADLINE_EXCEEDED,
            `no byte of the request came for ${Math.round(uploadIdle / 1000)} s`,
          ),
        );
      } else if (call.finished && idle >= (call.stuck ? STUCK_MS : downloadIdle)) {
        call.cut();
      }
    }
  }
}

/** The HTTP answer to what can not be a gRPC call at all (grpc/grpc doc/PROTOCOL-HTTP2.md). */
function httpRefusal(headers: IncomingHttpHeaders): Record<string, string | number> | undefined {
  if (headers[':method'] !== 'POST') return { ':status': 405, allow: 'POST' };
  const type = headers['content-type'] as string;
  const rest = type.slice('application/grpc'.length);
  if (rest === '' || rest === '+proto' || rest.startsWith(';') || rest.startsWith('+proto;')) return undefined;
  return { ':status': 415, 'accept-post': 'application/grpc, application/grpc+proto' };
}

function unknownMethod(path: string): GrpcError {
  const shown = path.slice(0, 200);
  const hint = path.startsWith('/') ? '' : ' (a path starts with "/")';
  return new GrpcError(
    StatusCode.UNIMPLEMENTED,
    `there is no method ${shown}${hint}; server reflection lists what is offered`,
  );
}
