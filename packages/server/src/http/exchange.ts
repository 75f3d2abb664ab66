import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { InferenceError } from '@berth/inference';
import type { Service } from '../dataplane/types.ts';
import { type BodyReceiver, type HeldBody, readBody } from './body.ts';
import { ERROR_CODE_HEADER, STATUS_OF, shownText } from './errors.ts';
import { ACCEPTED_ENCODINGS } from './inflate.ts';
import type { HttpContext, HttpRequest, HttpResponse } from './options.ts';
import { requestId, traceParent } from './tracing.ts';

/** One request and its answer. Answers at most once, whatever is called. */
export class Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly context: HttpContext;
  service: Service | undefined = undefined;
  segments: readonly string[] = [];
  /** The path before the service's own root: `/serving/{namespace}/{name}`, or nothing. */
  root = '';
  /** What is counted and logged instead of the path, which a client chooses. */
  route = 'unknown';
  #requestId: string | undefined = undefined;
  #answered = false;
  #body: HeldBody | undefined = undefined;
  #lingers = false;
  #started: number;
  #abort: AbortController | undefined = undefined;

  constructor(request: HttpRequest, response: HttpResponse, context: HttpContext) {
    this.request = request;
    this.response = response;
    this.context = context;
    this.#started = context.accessLog === undefined ? 0 : performance.now();
  }

  get method(): string {
    return this.request.method ?? '';
  }

  /** The client's `x-request-id`, or a new one. */
  get requestId(): string {
    this.#requestId ??= requestId(this.request.headers['x-request-id']) ?? randomUUID();
    return this.#requestId;
  }

  /** The service the request is for. @throws InferenceError NOT_FOUND */
  get theService(): Service {
    if (this.service !== undefined) return this.service;
    const paths = this.context.router.services.map((each) => `/serving/${each.namespace}/${each.name}`);
    const offer = paths.length === 0 ? 'none are served' : `reach them under ${paths.slice(0, 10).join(', ')}`;
    throw new InferenceError('NOT_FOUND', `no service answers to this host name; ${offer}, or by their host names`);
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** Aborted when the client goes away; made only for who asks. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      this.response.once('close', () => {
        if (!this.response.writableFinished) abort.abort();
      });
    }
    return this.#abort.signal;
  }

  /** Reads and decompresses the body, then hands it to `receiver`. */
  readBody(receiver: BodyReceiver): void {
    this.#body = readBody(this.request, this.context, receiver);
  }

  /** The same with a function; a body that can not be had, and what the function throws, is answered here. */
  withBody(receive: (body: Buffer) => undefined | Promise<void>): void {
    this.readBody({ body: receive, bodyFailed: (error) => this.fail(error) });
  }

  /** Answers with `body`; `headers` is a flat list of names and values. */
  send(status: number, contentType: string, body: string | Buffer, headers: readonly string[] = NO_HEADERS): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#body?.release();
    const { response, context } = this;
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const all: string[] = contentType === '' ? [] : ['content-type', contentType];
    all.push('content-length', String(length), 'x-request-id', this.requestId);
    const trace = this.request.headers.traceparent;
    if (trace !== undefined) addTrace(all, trace);
    for (const header of headers) all.push(header);
    if (context.allowedOrigins !== undefined) addCors(all, this.request.headers.origin, context.allowedOrigins);
    context.count(this.route, status);
    // Both kinds of response take a flat list; only the types of one say so.
    (response as ServerResponse).writeHead(status, all);
    if (this.#lingers) this.#endLater(body);
    else if (this.method === 'HEAD') response.end();
    // One byte a character: the header and the body go out as one string, without a conversion.
    else if (typeof body === 'string' && length === body.length) (response as ServerResponse).end(body, 'latin1');
    else response.end(body as string);
    if (length > READER_WATCHED_BYTES) this.#watchReader();
    if (context.accessLog !== undefined) this.#logAccess(status);
  }

  /**
   * Sends the whole answer now, but closes only when the client has finished sending, or after a while: most clients
   * read no answer while they still send, and a connection closed in their face would hide it from them.
   */
  #endLater(body: string | Buffer): void {
    const { request, response } = this;
    (response as ServerResponse).write(body);
    const end = () => {
      clearTimeout(timer);
      response.end();
    };
    const timer = setTimeout(end, LINGER_MS);
    request.once('end', end);
    request.once('close', end);
    request.resume();
  }

  /** Closes the connection of a client that stops reading a large answer. */
  #watchReader(): void {
    const { response } = this;
    const socket = this.request.httpVersionMajor === 1 ? this.request.socket : undefined;
    if (socket === undefined || response.writableFinished) return;
    socket.setTimeout(this.context.limits.readerTimeoutMs);
    // Before Node's own listener, which begins the time that a kept connection may be idle.
    (response as ServerResponse).prependOnceListener('finish', () => socket.setTimeout(0));
  }

  json(status: number, text: string | Buffer, headers?: readonly string[]): void {
    this.send(status, 'application/json', text, headers);
  }

  /** Answers with `{"error": …}` and the error's status; a fault of ours goes to the log with its cause. */
  fail(thrown: unknown): void {
    const error = InferenceError.from(thrown);
    const status = STATUS_OF.get(error.code) ?? 500;
    this.sendError(status, error);
  }

  sendError(status: number, error: InferenceError): void {
    if (status >= 500 && error.code === 'INTERNAL') {
      const { context, requestId: id, route } = this;
      context.log?.error({ err: error.cause ?? error, requestId: id, route }, 'request failed');
    }
    const headers: string[] = [ERROR_CODE_HEADER, error.code];
    if (error.retryAfterSeconds !== undefined) headers.push('retry-after', String(error.retryAfterSeconds));
    if (error.code === 'UNSUPPORTED_MEDIA') headers.push('accept-encoding', ACCEPTED_ENCODINGS);
    if (error.code === 'UNAUTHENTICATED') headers.push('www-authenticate', 'Bearer');
    if (this.#mustClose(error)) {
      this.#lingers = !this.request.complete;
      headers.push('connection', 'close');
    }
    const text = shownText(error, this.context.terseErrors === true);
    if (text !== error.message && error.code !== 'INTERNAL') {
      const fields = { code: error.code, requestId: this.requestId, route: this.route, reason: error.message };
      this.context.log?.warn?.(fields, 'request refused');
    }
    this.json(status, `{"error":${JSON.stringify(text)}}`, headers);
    if (error.code === 'TOO_LARGE' || !this.request.complete) this.request.resume();
  }

  /** 405 with the methods that the path takes. */
  methodNotAllowed(allow: string, hint = ''): void {
    const text = `Method Not Allowed: this path takes ${allow}${hint === '' ? '' : `. ${hint}`}`;
    this.json(405, `{"error":${JSON.stringify(text)}}`, ['allow', allow]);
  }

  /** A body that will not be read leaves the connection unusable; HTTP/2 streams end on their own. */
  #mustClose(error: InferenceError): boolean {
    if (this.request.httpVersionMajor !== 1) return false;
    return error.code === 'TOO_LARGE' || (error.code === 'OVERLOADED' && !this.request.complete);
  }

  #logAccess(status: number): void {
    const durationMs = performance.now() - this.#started;
    const path = `/${this.segments.join('/')}`;
    this.context.accessLog?.({ method: this.method, path, status, requestId: this.requestId, durationMs });
  }
}

const NO_HEADERS: readonly string[] = [];
/** How long a refused upload may go on, unread, before the connection is closed. */
const LINGER_MS = 5000;
/** Answers above this size may not fit what the system buffers, and so wait for their reader. */
const READER_WATCHED_BYTES = 64 * 1024;

function addTrace(headers: string[], incoming: string | string[]): void {
  const outgoing = traceParent(Array.isArray(incoming) ? incoming[0] : incoming);
  if (outgoing !== undefined) headers.push('traceparent', outgoing);
}

function addCors(headers: string[], origin: string | undefined, allowed: ReadonlySet<string>): void {
  if (origin === undefined || !allowed.has(origin)) return;
  headers.push('access-control-allow-origin', origin, 'vary', 'Origin');
}
