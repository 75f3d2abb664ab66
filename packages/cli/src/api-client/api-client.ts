import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CommandError, type CommandErrorCode, EXIT } from '../terminal/exit-codes.ts';
import { printable } from '../terminal/io.ts';
import type { ApiTarget } from './kubeconfig.ts';

/** An answer of the API server. */
export interface ApiAnswer {
  readonly status: number;
  /** The parsed JSON. */
  readonly body: unknown;
  /** Texts of the Warning headers. */
  readonly warnings: readonly string[];
}

export interface ApiCall {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

const CODE_OF_STATUS: ReadonlyMap<number, CommandErrorCode> = new Map<number, CommandErrorCode>([
  [400, 'ResourceInvalid'],
  [404, 'ResourceNotFound'],
  [409, 'ResourceConflict'],
  [422, 'ResourceInvalid'],
]);

/** What the API said no with. */
export class ApiError extends CommandError {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    const exitCode =
      status === 404 ? EXIT.notFound : status === 422 || status === 400 ? EXIT.invalidYaml : EXIT.failure;
    super(message, { code: CODE_OF_STATUS.get(status) ?? 'ApiRefused', exitCode });
    this.status = status;
    this.reason = reason;
  }
}

const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** Talks to a Kubernetes-style API server. */
export class ApiClient {
  readonly target: ApiTarget;

  constructor(target: ApiTarget) {
    this.target = target;
  }

  /**
   * One call.
   * @throws ApiError for a status of 400 and more, CommandError where nobody answers
   */
  async call(method: string, path: string, call: ApiCall = {}): Promise<ApiAnswer> {
    const response = await this.#send(method, path, call);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      size += (chunk as Buffer).length;
      if (size > MAX_ANSWER_BYTES) throw new CommandError(`${path}: the answer is larger than 256 MiB`);
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    const status = response.statusCode ?? 0;
    if (status >= 400) throw refusal(status, text, path);
    return { status, body: parse(text), warnings: warningsOf(response) };
  }

  /** The answer as it comes, line by line: watches and logs. Ends with the connection or the signal. */
  async *lines(path: string, call: ApiCall = {}): AsyncGenerator<string> {
    const response = await this.#send('GET', path, call);
    const status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    let rest = '';
    try {
      for await (const chunk of response) {
        rest += chunk as string;
        if (status >= 400) continue;
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
    } catch (thrown) {
      if (call.signal?.aborted === true) return;
      throw new CommandError(`the platform went away: ${(thrown as Error).message}`, { code: 'ServerUnreachable' });
    }
    if (status >= 400) throw refusal(status, rest, path);
    if (rest !== '') yield rest;
  }

  #send(method: string, path: string, call: ApiCall): Promise<IncomingMessage> {
    const { server, token, ca } = this.target;
    const url = new URL(server.pathname.replace(/\/$/, '') + path, server);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method,
        headers: {
          accept: call.accept ?? 'application/json',
          'user-agent': 'berth',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length }),
        },
        ...(ca === undefined ? {} : { ca }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
      request.setTimeout(TIMEOUT_MS, () => {
        // A watch may be silent for long; a server that never answered is what the time is for.
        if (request.res === undefined) request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`));
      });
      request.on('response', resolve);
      request.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(error, server)));
      request.end(body);
    });
  }
}

declare module 'node:http' {
  interface ClientRequest {
    /** Node's own: the answer, once its head is there. */
    readonly res?: IncomingMessage;
  }
}

function unreachable(error: NodeJS.ErrnoException, server: URL): Error {
  if (error.name === 'AbortError') return error;
  if (error.code === 'ECONNREFUSED') {
    return new CommandError(`no platform answers at ${server.origin}`, {
      code: 'NoPlatform',
      hint: 'start it: berth up',
    });
  }
  return new CommandError(`${server.origin} can not be asked: ${error.message}`, { code: 'ServerUnreachable' });
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new CommandError('the API server answered something that is no JSON');
  }
}

function refusal(status: number, text: string, path: string): ApiError {
  try {
    const { message, reason } = JSON.parse(text) as { message?: unknown; reason?: unknown };
    if (typeof message === 'string') {
      return new ApiError(status, typeof reason === 'string' ? reason : '', printable(message));
    }
  } catch {
    // Not a Status object: told by its number.
  }
  return new ApiError(status, '', `${path} answers ${status}`);
}

/** RFC 7234's `299 - "text"`. */
function warningsOf(response: IncomingMessage): string[] {
  const header = response.headers.warning;
  if (header === undefined) return [];
  return [...header.matchAll(/299 \S{1,200} "((?:[^"\\]|\\.){0,8000})"/g)].map((match) =>
    (match[1] ?? '').replace(/\\(.)/g, '$1'),
  );
}
