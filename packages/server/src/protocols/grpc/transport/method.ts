import type { IncomingHttpHeaders } from 'node:http2';

/** One call, as a method sees it. */
export interface Call {
  /** Full path, e.g. `/inference.GRPCInferenceService/ModelInfer`. */
  readonly path: string;
  /** Request metadata (lower-case names) with HTTP/2's pseudo headers. */
  readonly headers: IncomingHttpHeaders;
  /** Aborted when the client has gone, cancelled, or its deadline has passed. Made on first use. */
  readonly signal: AbortSignal;
  /** Adds trailing metadata; names are lower-case, values printable ASCII. */
  setTrailer(name: string, value: string): void;
}

/** Sends messages of a streaming call. */
export interface Replies {
  /** Sends one frame. A promise means that the client reads slower than we write: wait for it before the next one. */
  send(frame: Buffer): void | Promise<void>;
  /** Ends the call with status OK. */
  end(): void;
  /** Ends the call with what was thrown. */
  fail(thrown: unknown): void;
}

/** Takes the messages of a streaming call. */
export interface Requests {
  /** Takes one message. While the promise it may return is pending, no further one is delivered. */
  message(bytes: Buffer): void | Promise<void>;
  /** The client has sent everything. */
  end(): void;
  /** The call is over before it ended: cancelled, or its deadline has passed. */
  cancelled(): void;
  /** The server shuts down: finish what is under way, then end or fail the call. */
  drain(): void;
}

/** A method with one message in and one out; answers a frame (see `Writer.finish` and `frameOf`). */
export interface UnaryMethod {
  readonly kind: 'unary';
  handle(call: Call, message: Buffer): Buffer | Promise<Buffer>;
}

/** A method whose requests, answers or both are a stream. */
export interface StreamMethod {
  readonly kind: 'stream';
  open(call: Call, replies: Replies): Requests;
}

export type Method = UnaryMethod | StreamMethod;
