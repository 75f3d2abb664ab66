import { InferenceError } from '@berth/inference';
import { decoderFor, inflateBody } from './inflate.ts';
import type { HttpContext, HttpRequest } from './options.ts';
import { tooLarge } from './too-large.ts';

/** Bytes of request bodies that are in memory now, as they came and decompressed, over all requests of a handler. */
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

/** A body that is counted as being in memory. */
export interface HeldBody {
  /** Counts it no more: the request has its answer. */
  release(): void;
}

/**
 * Reads and decompresses a request body within the limits and hands it to `receiver`, once. What is returned is to be
 * released when the request is answered.
 */
export function readBody(request: HttpRequest, context: HttpContext, receiver: BodyReceiver): HeldBody | undefined {
  const declared = request.headers['content-length'];
  const limit = context.limits.maxBodyBytes;
  if (declared !== undefined && Number(declared) > limit) {
    receiver.bodyFailed(tooLarge(Number(declared), limit));
    return undefined;
  }
  const reading = request as ReadingRequest;
  const reader = new BodyReader(request, context, receiver);
  reading[READER] = reader;
  reading.on('data', onData);
  reading.on('end', onEnd);
  reading.on('close', onClose);
  return reader;
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

class BodyReader implements HeldBody {
  #request: HttpRequest;
  #context: HttpContext;
  #receiver: BodyReceiver;
  #first: Buffer | undefined = undefined;
  #chunks: Buffer[] | undefined = undefined;
  #size = 0;
  #done = false;
  #released = false;

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

  /** Comes with the end of the body as well as with that of the connection. */
  close(): void {
    if (!this.#done) this.#fail(gone());
  }

  release(): void {
    this.#released = true;
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
    if (decoder === undefined) {
      await this.#receiver.body(bytes);
      return;
    }
    // What comes out counts as well: a hundred bytes may hold all that one body may.
    const plain = await inflateBody(bytes, decoder, this.#context.limits.maxBodyBytes, (more) => this.#take(more));
    await this.#receiver.body(plain);
  }

  #take(bytes: number): void {
    if (this.#released) throw gone();
    this.#context.budget.take(bytes);
    this.#size += bytes;
  }
}

function gone(): InferenceError {
  return new InferenceError('CANCELLED', 'the client has gone');
}

const EMPTY = Buffer.alloc(0);
