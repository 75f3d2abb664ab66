import { InferenceError } from '@berth/inference';
import { decoderFor, inflateBody } from './inflate.ts';
import type { HttpContext, HttpRequest } from './options.ts';
import { tooLarge } from './too-large.ts';

/** Bytes of request bodies that are in memory now, over all requests of a handler. */
export class BodyBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** @throws InferenceError OVERLOADED where the bodies in memory would pass the bound. */
  take(bytes: number): void {
    if (bytes > this.#left) {
      throw new InferenceError('OVERLOADED', 'too many large requests at once; try again later', {
        retryAfterSeconds: 1,
      });
    }
    this.#left -= bytes;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/** Told when the body is complete, or that it can not be had. */
export interface BodyReceiver {
  /** May return a promise; if it throws or rejects, `bodyFailed` is told. */
  body(bytes: Buffer): undefined | Promise<void>;
  bodyFailed(error: unknown): void;
}

/** Reads and decompresses a request body within the limits and hands it to `receiver`, once. */
export function readBody(request: HttpRequest, context: HttpContext, receiver: BodyReceiver): void {
  const declared = request.headers['content-length'];
  const limit = context.limits.maxBodyBytes;
  if (declared !== undefined && Number(declared) > limit) {
    receiver.bodyFailed(tooLarge(Number(declared), limit));
    return;
  }
  const reading = request as ReadingRequest;
  reading[READER] = new BodyReader(request, context, receiver);
  reading.on('data', onData);
  reading.on('end', onEnd);
  reading.on('close', onClose);
}

/** The reader hangs on its request, so that the listeners are the same functions for every request. */
const READER = Symbol('body reader');
type ReadingRequest = HttpRequest & { [READER]: BodyReader };

function onData(this: ReadingRequest, chunk: Buffer): void {
  this[READER].data(chunk);
}

function onEnd(this: ReadingRequest): void {
  this[READER].end();
}

function onClose(this: ReadingRequest): void {
  this[READER].close();
}

/** Small chunks are copied together from this many on, so that a body of single bytes costs no object a byte. */
const MAX_CHUNKS = 64;

class BodyReader {
  #request: HttpRequest;
  #context: HttpContext;
  #receiver: BodyReceiver;
  #first: Buffer | undefined = undefined;
  #chunks: Buffer[] | undefined = undefined;
  #size = 0;
  #done = false;

  constructor(request: HttpRequest, context: HttpContext, receiver: BodyReceiver) {
    this.#request = request;
    this.#context = context;
    this.#receiver = receiver;
  }

  data(chunk: Buffer): void {
    if (this.#done) return;
    const limit = this.#context.limits.maxBodyBytes;
    if (this.#size + chunk.length > limit) {
      this.#fail(tooLarge(this.#size + chunk.length, limit));
      return;
    }
    try {
      this.#context.budget.take(chunk.length);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#size += chunk.length;
    if (this.#first === undefined) this.#first = chunk;
    else this.#append(chunk);
  }

  end(): void {
    if (this.#done) return;
    this.#done = true;
    const bytes = this.#chunks === undefined ? (this.#first ?? EMPTY) : Buffer.concat(this.#chunks);
    this.#first = undefined;
    this.#chunks = undefined;
    try {
      const encoding = this.#request.headers['content-encoding'];
      const pending = encoding === undefined ? this.#receiver.body(bytes) : this.#inflate(bytes, encoding);
      if (pending !== undefined) pending.catch((error) => this.#receiver.bodyFailed(error));
    } catch (error) {
      this.#receiver.bodyFailed(error);
    }
  }

  /** The bytes stay counted until the request is closed: they are in memory as long. */
  close(): void {
    if (!this.#done) this.#fail(new InferenceError('CANCELLED', 'the client has gone'));
    this.#context.budget.give(this.#size);
    this.#size = 0;
  }

  #append(chunk: Buffer): void {
    this.#chunks ??= [this.#first as Buffer];
    this.#chunks.push(chunk);
    if (this.#chunks.length >= MAX_CHUNKS && this.#size < this.#chunks.length * 1024) {
      this.#chunks = [Buffer.concat(this.#chunks)];
    }
  }

  #fail(error: unknown): void {
    this.#done = true;
    this.#first = undefined;
    this.#chunks = undefined;
    this.#receiver.bodyFailed(error);
  }

  async #inflate(bytes: Buffer, encoding: string): Promise<void> {
    const decoder = decoderFor(encoding);
    const limit = this.#context.limits.maxBodyBytes;
    await this.#receiver.body(decoder === undefined ? bytes : await inflateBody(bytes, decoder, limit));
  }
}

const EMPTY = Buffer.alloc(0);
