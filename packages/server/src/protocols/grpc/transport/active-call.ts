import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { InferenceError } from '@berth/inference';
import { ERROR_CODE_HEADER } from '../../../http/errors.ts';
import { requestId, traceParent } from '../../../http/tracing.ts';
import { endUpload } from '../../../listeners/end-upload.ts';
import type { ByteBudget } from './budget.ts';
import {
  ACCEPTED_ENCODINGS,
  compressFrame,
  decompress,
  type Encoding,
  requestEncoding,
  responseEncoding,
} from './compression.ts';
import { type Frame, FrameReader } from './framing.ts';
import type { Call, Method, Replies, Requests, UnaryMethod } from './method.ts';
import { encodeGrpcMessage, GrpcError, grpcErrorFrom, StatusCode } from './status.ts';
import { parseTimeout } from './timeout.ts';

/** What a call needs from the transport that runs it. */
export interface CallHost {
  readonly maxMessageBytes: number;
  readonly budget: ByteBudget;
  /** Monotonic milliseconds. */
  now(): number;
  /** Called once, when the stream is gone. */
  closed(call: ActiveCall): void;
  /** An error that is our own fault, for the log. */
  internalError(error: unknown, path: string): void;
  /** The message of an error as a client gets it. */
  shown(error: GrpcError, path: string, requestId: string | undefined): string;
}

const { NGHTTP2_CANCEL } = constants;
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const OK_TRAILERS = { 'grpc-status': '0' };
const WAIT_FOR_TRAILERS = { waitForTrailers: true };
const END_STREAM = { endStream: true };

/** One gRPC call on one HTTP/2 stream: from its headers to its trailers. */
export class ActiveCall implements Call, Replies {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** When the client last sent or took bytes; the sweep closes calls that stand still. */
  lastActivity: number;
  /** Whether the client still owes bytes of its (first) message. */
  uploading = true;
  /** Whether all was said and the client has yet to take it. */
  finished = false;
  code: number = StatusCode.UNKNOWN;

  private readonly stream: ServerHttp2Stream;
  private readonly host: CallHost;
  private readonly frames: FrameReader;
  private encoding: Encoding = 'identity';
  private replyEncoding: Encoding = 'identity';
  private responded = false;
  private budgeted = 0;
  private deadline: NodeJS.Timeout | undefined;
  private controller: AbortController | undefined;
  private extraTrailers: Record<string, string> | undefined;
  private trailers: Record<string, string> = OK_TRAILERS;
  private requests: Requests | undefined;
  private method: Method | undefined;
  private message: Frame | undefined;
  /** Messages of a stream are handled one after the other. */
  private busy = false;
  private inputEnded = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, host: CallHost) {
    this.stream = stream;
    this.headers = headers;
    this.path = headers[':path'] ?? '';
    this.host = host;
    this.frames = new FrameReader(host.maxMessageBytes);
    this.lastActivity = host.now();
    stream.on('close', () => this.onClose());
    // A stream that is paused or waits for its trailers does not close by itself when the client resets it.
    stream.on('aborted', () => this.onAborted());
    stream.on('error', ignore);
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.finished || this.stream.destroyed) this.controller.abort();
    }
    return this.controller.signal;
  }

  /** Whether the client has reset the stream, which is known before the event that ends the call. */
  private get gone(): boolean {
    return this.stream.destroyed || this.stream.closed;
  }

  setTrailer(name: string, value: string): void {
    this.extraTrailers ??= {};
    this.extraTrailers[name] = value;
  }

  /** Runs the call with `method`; every failure becomes a status. */
  run(method: Method): void {
    try {
      this.method = method;
      this.encoding = requestEncoding(this.headers['grpc-encoding'] as string | undefined);
      const timeout = this.headers['grpc-timeout'];
      if (timeout !== undefined) this.startDeadline(parseTimeout(timeout as string));
      if (this.finished) return;
      this.replyEncoding = responseEncoding(this.encoding, this.headers['grpc-accept-encoding'] as string | undefined);
      if (method.kind === 'stream') this.requests = method.open(this, this);
      this.stream.on('data', (chunk: Buffer) => this.onData(chunk));
      this.stream.on('end', () => this.onEnd());
    } catch (error) {
      this.fail(error);
    }
  }

  private startDeadline(milliseconds: number): void {
    // A timer takes 2^31 - 1 at most; beyond that (24 days) there is no deadline.
    if (milliseconds > 0x7fffffff) return;
    if (milliseconds < 1) {
      this.expire();
      return;
    }
    this.deadline = setTimeout(() => this.expire(), milliseconds);
  }

  private expire(): void {
    this.fail(new GrpcError(StatusCode.DEADLINE_EXCEEDED, 'the deadline that the client set has passed'));
    this.requests?.cancelled();
  }

  private onData(chunk: Buffer): void {
    if (this.finished) return;
    this.lastActivity = this.host.now();
    if (!this.host.budget.take(chunk.length)) {
      this.fail(tooMuchAtOnce());
      return;
    }
    this.budgeted += chunk.length;
    this.frames.push(chunk);
    try {
      if (this.method?.kind === 'stream') this.pump();
      else this.takeOnly();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A unary call's one message; a second one is an error. */
  private takeOnly(): void {
    const frame = this.frames.take();
    if (frame === undefined) return;
    if (this.message !== undefined) throw new GrpcError(StatusCode.INTERNAL, 'a unary call has one message, not two');
    this.message = frame;
    this.takeOnly();
  }

  private onEnd(): void {
    this.inputEnded = true;
    if (this.finished) return;
    try {
      if (this.requests !== undefined) {
        this.pump();
        return;
      }
      if (!this.frames.atBoundary || this.message === undefined) throw cutMessage();
      this.uploading = false;
      this.runUnary(this.method as UnaryMethod, this.message);
    } catch (error) {
      this.fail(error);
    }
  }

  private runUnary(method: UnaryMethod, frame: Frame): void {
    const plain = this.plain(frame);
    if (plain instanceof Promise) {
      plain.then((bytes) => this.handle(method, bytes)).catch((error) => this.fail(error));
    } else {
      this.handle(method, plain);
    }
  }

  private handle(method: UnaryMethod, bytes: Buffer): void {
    if (this.finished) return;
    const answer = method.handle(this, bytes);
    if (answer instanceof Promise) {
      answer.then(
        (bytes) => this.answer(bytes),
        (error) => this.fail(error),
      );
    } else {
      this.answer(answer);
    }
  }

  /** The message's bytes without their compression, which are counted as well: they are many times those that came. */
  private plain(frame: Frame): Buffer | Promise<Buffer> {
    if (!frame.compressed) return frame.bytes;
    const plain = decompress(frame.bytes, this.encoding, this.host.maxMessageBytes);
    return plain instanceof Promise ? plain.then((bytes) => this.counted(bytes)) : this.counted(plain);
  }

  private counted(bytes: Buffer): Buffer {
    // A call that has ended gives nothing back any more.
    if (this.finished) return bytes;
    if (!this.host.budget.take(bytes.length)) throw tooMuchAtOnce();
    this.budgeted += bytes.length;
    return bytes;
  }

  private answer(frame: Buffer): void {
    if (this.finished) return;
    if (this.replyEncoding === 'identity') {
      this.sendLast(frame);
      return;
    }
    compressFrame(frame, this.replyEncoding).then(
      (compressed) => this.sendLast(compressed),
      (error) => this.fail(error),
    );
  }

  private sendLast(frame: Buffer): void {
    if (this.finished) return;
    this.respond();
    this.finish(StatusCode.OK);
    this.stream.end(frame);
  }

  /** Hands over the messages of a stream, one at a time. */
  private pump(): void {
    const requests = this.requests as Requests;
    while (!this.busy && !this.finished) {
      const frame = this.frames.take();
      if (frame === undefined) break;
      this.uploading = false;
      const size = frame.bytes.length;
      const plain = this.plain(frame);
      const pending =
        plain instanceof Promise
          ? plain.then((bytes) => this.deliver(requests, bytes, size + bytes.length))
          : this.deliver(requests, plain, frame.compressed ? size + plain.length : size);
      if (pending instanceof Promise) {
        this.busy = true;
        if (!this.finished) this.stream.pause();
        pending.then(
          (done) => this.resume(done),
          (error) => this.fail(error),
        );
      } else {
        this.release(pending);
      }
    }
    if (this.inputEnded && !this.busy && !this.finished) {
      if (!this.frames.atBoundary) throw cutMessage();
      this.uploading = false;
      requests.end();
    }
  }

  /** Hands over one message of a stream; gives the bytes that are counted for it until it is done. */
  private deliver(requests: Requests, bytes: Buffer, size: number): number | Promise<number> {
    if (this.finished) return size;
    const pending = requests.message(bytes);
    return pending instanceof Promise ? pending.then(() => size) : size;
  }

  private resume(size: number): void {
    this.busy = false;
    this.release(size);
    this.stream.resume();
    if (this.finished) return;
    try {
      this.pump();
    } catch (error) {
      this.fail(error);
    }
  }

  private release(bytes: number): void {
    const given = Math.min(bytes, this.budgeted);
    this.budgeted -= given;
    this.host.budget.give(given);
  }

  send(frame: Buffer): void | Promise<void> {
    if (this.finished) return undefined;
    this.respond();
    if (this.replyEncoding !== 'identity') {
      return compressFrame(frame, this.replyEncoding).then((compressed) => this.write(compressed));
    }
    return this.write(frame);
  }

  private write(frame: Buffer): void | Promise<void> {
    if (this.finished || this.gone) return undefined;
    this.lastActivity = this.host.now();
    if (this.stream.write(frame)) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        for (const event of ['drain', 'aborted', 'close']) this.stream.off(event, done);
        this.lastActivity = this.host.now();
        resolve();
      };
      for (const event of ['drain', 'aborted', 'close']) this.stream.on(event, done);
    });
  }

  end(): void {
    if (this.finished) return;
    this.respond();
    this.finish(StatusCode.OK);
    this.stream.end();
  }

  fail(thrown: unknown): void {
    if (this.finished) return;
    const error = thrown instanceof GrpcError ? thrown : grpcErrorFrom(InferenceError.from(thrown));
    if (error.code === StatusCode.INTERNAL) this.host.internalError(error.cause ?? error, this.path);
    const trailers: Record<string, string> = { ...error.trailers };
    trailers['grpc-status'] = String(error.code);
    trailers[ERROR_CODE_HEADER] = error.errorCode;
    const text = this.host.shown(error, this.path, this.headers['x-request-id']?.toString());
    if (text !== '') trailers['grpc-message'] = encodeGrpcMessage(text);
    if (this.responded) {
      this.trailers = trailers;
      this.finish(error.code);
      this.stream.end();
    } else {
      this.finish(error.code);
      this.respondTrailersOnly(trailers);
    }
    // Nothing more of the request is wanted; NO_ERROR tells the client that the answer is complete without it.
    if (!this.inputEnded) this.stream.resume();
  }

  private respond(): void {
    if (this.responded || this.gone) return;
    this.responded = true;
    const traced = this.tracing();
    const encoded = this.replyEncoding !== 'identity';
    const headers =
      traced === undefined && !encoded
        ? HEADERS
        : {
            ...HEADERS,
            ...traced,
            ...(encoded && { 'grpc-encoding': this.replyEncoding, 'grpc-accept-encoding': ACCEPTED_ENCODINGS }),
          };
    this.stream.respond(headers, WAIT_FOR_TRAILERS);
    this.stream.once('wantTrailers', () => {
      if (this.gone) {
        // Without its trailers the stream would never end.
        this.stream.destroy();
        return;
      }
      const extra = this.extraTrailers;
      this.stream.sendTrailers(extra === undefined ? this.trailers : { ...extra, ...this.trailers });
      if (!this.inputEnded) endUpload(this.stream);
    });
  }

  /** What the client sent to find the call again goes back to it; a trace goes on with a span of ours. */
  private tracing(): Record<string, string> | undefined {
    const { 'x-request-id': sentId, traceparent } = this.headers;
    if (sentId === undefined && traceparent === undefined) return undefined;
    const id = requestId(sentId);
    const trace = traceParent(typeof traceparent === 'string' ? traceparent : undefined);
    return { ...(id !== undefined && { 'x-request-id': id }), ...(trace !== undefined && { traceparent: trace }) };
  }

  private respondTrailersOnly(trailers: Record<string, string>): void {
    if (this.gone) return;
    this.responded = true;
    this.stream.respond({ ...HEADERS, ...this.tracing(), ...trailers }, END_STREAM);
    if (!this.inputEnded) endUpload(this.stream);
  }

  private finish(code: number): void {
    this.finished = true;
    this.uploading = false;
    this.code = code;
    this.lastActivity = this.host.now();
    if (this.deadline !== undefined) clearTimeout(this.deadline);
    if (code !== StatusCode.OK) this.controller?.abort();
  }

  /**
   * Whether nothing is left to do or to send, though Node has not ended the stream: it never does where the client went
   * away during the last write.
   */
  get stuck(): boolean {
    return this.finished && this.stream.closed && !this.stream.destroyed;
  }

  /** Cuts the call, e.g. because the client does not take the answer. */
  cut(): void {
    if (this.stream.closed) this.stream.destroy();
    else this.stream.close(NGHTTP2_CANCEL);
  }

  /** Tells a streaming call that the server shuts down; a unary one ends by itself. */
  drain(): void {
    if (!this.finished) this.requests?.drain();
  }

  private onAborted(): void {
    if (!this.finished) {
      this.finish(StatusCode.CANCELLED);
      this.requests?.cancelled();
    }
    this.stream.destroy();
  }

  private onClose(): void {
    if (!this.finished) {
      this.finish(StatusCode.CANCELLED);
      this.requests?.cancelled();
    }
    if (this.budgeted > 0) this.release(this.budgeted);
    this.host.closed(this);
  }
}

function tooMuchAtOnce(): GrpcError {
  return new GrpcError(StatusCode.RESOURCE_EXHAUSTED, 'too many large messages at once; try again', {
    trailers: { 'retry-after': '1' },
  });
}

function cutMessage(): GrpcError {
  return new GrpcError(StatusCode.INVALID_ARGUMENT, 'the call ended in the middle of a message; was it cut?');
}

function ignore(): void {
  // The stream's end is seen by its event `close`; a peer that resets it is nothing to report.
}
