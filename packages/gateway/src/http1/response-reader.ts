/** What a replica answers, as it comes. */
export interface ResponseSink {
  /** `headers` are name, value, name, value, …, without those of the connection. */
  onHead(status: number, message: string, headers: string[], bodyLength: number | undefined): void;
  onData(chunk: Buffer): void;
  /** `canReuse`: the connection may take another request. */
  onEnd(canReuse: boolean): void;
}

/** A replica that does not speak HTTP/1.1. */
export class BadAnswer extends Error {}

const MAX_HEAD_BYTES = 64 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'x-request-id',
  'berth-revision',
]);

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'close' | 'done';

/**
 * Reads one HTTP/1.1 answer from the bytes of a connection (RFC 9112). Strict where it matters for framing: what is
 * doubtful is a BadAnswer.
 */
export class ResponseReader {
  readonly #sink: ResponseSink;
  readonly #hasNoBody: boolean;
  #state: State = 'head';
  #rest: Buffer | undefined;
  #left = 0;
  #keepsAlive = true;

  constructor(sink: ResponseSink, isHead: boolean) {
    this.#sink = sink;
    this.#hasNoBody = isHead;
  }

  /** Whether a byte of an answer has come. */
  get hasBegun(): boolean {
    return this.#state !== 'head' || this.#rest !== undefined;
  }

  /** @throws BadAnswer */
  push(chunk: Buffer): void {
    let data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    while (data.length > 0 || this.#state === 'done') {
      switch (this.#state) {
        case 'head': {
          const end = data.indexOf(HEAD_END);
          if (end < 0) {
            if (data.length > MAX_HEAD_BYTES) throw new BadAnswer('the head of the answer is too large');
            this.#rest = data;
            return;
          }
          const head = data.toString('latin1', 0, end);
          data = data.subarray(end + 4);
          this.#readHead(head, data.length > 0);
          break;
        }
        case 'length': {
          if (data.length < this.#left) {
            this.#left -= data.length;
            this.#sink.onData(data);
            return;
          }
          if (this.#left > 0) this.#sink.onData(data.length === this.#left ? data : data.subarray(0, this.#left));
          data = data.subarray(this.#left);
          this.#finish(data.length > 0);
          return;
        }
        case 'close':
          this.#sink.onData(data);
          return;
        case 'done':
          return;
        default: {
          const next = this.#readChunked(data);
          if (next === undefined) return;
          data = next;
        }
      }
    }
  }

  /** The connection has ended. @throws BadAnswer where the answer had not */
  end(): void {
    if (this.#state === 'close') this.#finish(true);
    else if (this.#state !== 'done') throw new BadAnswer('the connection ended in the middle of the answer');
  }

  #readHead(head: string, isFollowed: boolean): void {
    const lines = head.split('\r\n');
    const first = /^HTTP\/1\.([01]) (\d{3})(?: ([^\r\n]{0,500}))?$/.exec(lines[0] as string);
    if (first === null) throw new BadAnswer('the answer is no HTTP/1.1');
    const status = Number(first[2]);
    const headers: string[] = [];
    let length: number | undefined;
    let isChunked = false;
    this.#keepsAlive = first[1] === '1';
    for (let index = 1; index < lines.length; index++) {
      const line = lines[index] as string;
      const colon = line.indexOf(':');
      if (colon <= 0 || line.charCodeAt(0) <= 32 || line.charCodeAt(colon - 1) <= 32)
        throw new BadAnswer('a header of the answer is malformed');
      const name = line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      const lower = name.toLowerCase();
      if (lower === 'content-length') {
        if (!/^\d{1,15}$/.test(value) || (length !== undefined && length !== Number(value)))
          throw new BadAnswer('the length of the answer is malformed');
        length = Number(value);
      } else if (lower === 'transfer-encoding') {
        if (value.toLowerCase() !== 'chunked') throw new BadAnswer('the answer has an unknown transfer encoding');
        isChunked = true;
      } else if (lower === 'connection' && /(^|,)\s*close\s*(,|$)/i.test(value)) this.#keepsAlive = false;
      if (!HOP_BY_HOP.has(lower)) headers.push(name, value);
    }
    // Between the request and the answer there may be 100 Continue and 103 Early Hints; they are not passed on.
    if (status >= 100 && status < 200) {
      if (status === 101) throw new BadAnswer('the replica changed protocols without being asked');
      return;
    }
    if (isChunked && length !== undefined) throw new BadAnswer('the answer has two lengths');
    const isEmpty = this.#hasNoBody || status === 204 || status === 304;
    this.#sink.onHead(status, first[3] ?? '', headers, isEmpty ? 0 : length);
    if (isEmpty || length === 0) this.#finish(isFollowed);
    else if (isChunked) this.#state = 'chunk-size';
    else if (length !== undefined) {
      this.#state = 'length';
      this.#left = length;
    } else {
      this.#state = 'close';
      this.#keepsAlive = false;
    }
  }

  /** Gives what is left to read; undefined where more has to come. */
  #readChunked(data: Buffer): Buffer | undefined {
    if (this.#state === 'chunk') {
      const part = data.length <= this.#left ? data : data.subarray(0, this.#left);
      this.#left -= part.length;
      if (part.length > 0) this.#sink.onData(part);
      if (this.#left === 0) this.#state = 'chunk-end';
      return data.subarray(part.length);
    }
    const end = data.indexOf('\r\n');
    if (end < 0) {
      if (data.length > 8_192) throw new BadAnswer('a chunk of the answer is malformed');
      this.#rest = data;
      return undefined;
    }
    const line = data.toString('latin1', 0, end);
    const rest = data.subarray(end + 2);
    if (this.#state === 'chunk-end') {
      if (line !== '') throw new BadAnswer('a chunk of the answer is malformed');
      this.#state = 'chunk-size';
    } else if (this.#state === 'trailer') {
      if (line === '') {
        this.#finish(rest.length > 0);
        return undefined;
      }
    } else {
      const size = /^([0-9a-f]{1,8})[ \t]*(;.{0,4000})?$/i.exec(line)?.[1];
      if (size === undefined) throw new BadAnswer('a chunk of the answer is malformed');
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left === 0 ? 'trailer' : 'chunk';
    }
    return rest;
  }

  #finish(isDirty: boolean): void {
    this.#state = 'done';
    this.#sink.onEnd(this.#keepsAlive && !isDirty);
  }
}
