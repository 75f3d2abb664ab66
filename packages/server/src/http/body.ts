import { InferenceError } from '@berth/inference';
import type { HttpContext, HttpRequest } from './options.ts';

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
  body(bytes: Buffer): void;
  bodyFailed(error: unknown): void;
}

/** Reads a request body within the limits and hands it to `receiver`, once. */
export function readBody(request: HttpRequest, context: HttpContext, receiver: BodyReceiver): void {
  const declared = request.headers['content-length'];
  const limit = context.limits.maxBodyBytes;
  if (declared !== undefined && Number(declared) > limit) {
    receiver.bodyFailed(tooLarge(Number(declared), limit));
    return;
  }
  new BodyReader(request, context, receiver).start();
}

/** 413 that names the flag. */
export function tooLarge(bytes: number, limit: number): InferenceError {
  return new InferenceError('TOO_LARGE', `the body of ${mebibytes(bytes)} exceeds --max-body-size ${mebibytes(limit)}`);
}

function mebibytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const mib = bytes / (1024 * 1024);
  return mib < 1 ? `${Math.ceil(bytes / 1024)} KiB` : `${Number(mib.toFixed(1))} MiB`;
}

/** Small chunks are copied together from this many on, so that a body of single bytes costs no object a byte. */
const MAX_CHUNKS = 64;

class BodyReader {
  #request: HttpRequest;
  #context: HttpContext;
  #receiver: BodyReceiver;
  #chunks: Buffer[] = [];
  #size = 0;
  #done = false;

  constructor(request: HttpRequest, context: HttpContext, receiver: BodyReceiver) {
    this.#request = request;
    this.#context = context;
    this.#receiver = receiver;
  }

  start(): void {
    this.#request.on('data', (chunk: Buffer) => this.#data(chunk));
    this.#request.on('end', () => this.#end());
    this.#request.on('error', () => this.#fail(gone()));
    this.#request.on('close', () => this.#fail(gone()));
  }

  #data(chunk: Buffer): void {
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
    this.#chunks.push(chunk);
    if (this.#chunks.length >= MAX_CHUNKS && this.#size < this.#chunks.length * 1024) {
      this.#chunks = [Buffer.concat(this.#chunks)];
    }
  }

  #end(): void {
    if (this.#done) return;
    this.#done = true;
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [];
    // The bytes stay counted until the request ends: they are in memory as long.
    this.#request.once('close', () => this.#context.budget.give(this.#size));
    this.#receiver.body(bytes);
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#chunks = [];
    this.#context.budget.give(this.#size);
    this.#receiver.bodyFailed(error);
  }
}

function gone(): InferenceError {
  return new InferenceError('CANCELLED', 'the client has gone');
}
