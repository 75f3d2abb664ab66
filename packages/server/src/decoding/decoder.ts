import { Worker } from 'node:worker_threads';
import { type ErrorCode, InferenceError } from '@berth/inference';
import { OtherProtocol } from '../protocols/other-protocol.ts';
import type { V1Request, V1Target } from '../protocols/v1/request.ts';
import type { V2DecodeRules, V2Request } from '../protocols/v2/request.ts';
import { type DecodeJob, decodeBody } from './decode.ts';

/** A job on its way to the thread. */
export interface DecodeMessage {
  readonly id: number;
  readonly body: Uint8Array;
  readonly job: DecodeJob;
}

/** What comes back: the decoded request, or what was thrown. */
export type DecodeReply =
  | { readonly id: number; readonly request: V1Request | V2Request }
  | { readonly id: number; readonly code: ErrorCode; readonly message: string }
  | { readonly id: number; readonly otherProtocol: string };

interface Waiting {
  resolve(request: V1Request | V2Request): void;
  reject(error: unknown): void;
}

/** Memory that the thread may take: a body of 64 MiB of small numbers needs about 1.5 GiB while it is parsed. */
const THREAD_MEMORY_MIB = 4096;

/**
 * Decodes request bodies: small ones at once, large ones in another thread, so that health checks stay answered while a
 * body of many megabytes is parsed. The thread is started with the first large body, and again after it broke.
 */
export class Decoder {
  #offThreadBytes: number;
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting>();
  #nextId = 0;

  constructor(offThreadBytes: number) {
    this.#offThreadBytes = offThreadBytes;
  }

  v1(body: Buffer, structured: boolean, target: V1Target): V1Request | Promise<V1Request> {
    return this.#decode(body, { protocol: 'v1', structured, target }) as V1Request | Promise<V1Request>;
  }

  v2(body: Buffer, jsonLength: number | undefined, rules: V2DecodeRules): V2Request | Promise<V2Request> {
    const { halfInJson, boolNumbers, nestedParameters, reservedParameters } = rules;
    const plain = { halfInJson, boolNumbers, nestedParameters, ...(reservedParameters && { reservedParameters }) };
    // What is binary costs little: only the JSON part is weighed.
    const job: DecodeJob = { protocol: 'v2', jsonLength, rules: plain };
    if ((jsonLength ?? body.length) <= this.#offThreadBytes) return decodeBody(body, job) as V2Request;
    return this.#elsewhere(body, job) as Promise<V2Request>;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #decode(body: Buffer, job: DecodeJob): V1Request | V2Request | Promise<V1Request | V2Request> {
    return body.length <= this.#offThreadBytes ? decodeBody(body, job) : this.#elsewhere(body, job);
  }

  #elsewhere(body: Buffer, job: DecodeJob): Promise<V1Request | V2Request> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      const own = body.byteLength === body.buffer.byteLength ? new Uint8Array(body.buffer) : new Uint8Array(body);
      const message: DecodeMessage = { id, body: own, job };
      this.#thread().postMessage(message, [own.buffer as ArrayBuffer]);
    });
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./decode-worker.${extension}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MIB },
    });
    worker.unref();
    worker.on('message', (reply: DecodeReply) => this.#settle(reply));
    worker.on('error', (error) => this.#broke(worker, error));
    worker.on('exit', () => this.#broke(worker, undefined));
    this.#worker = worker;
    return worker;
  }

  #settle(reply: DecodeReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (waiting === undefined) return;
    if ('request' in reply) waiting.resolve(reply.request);
    else if ('code' in reply) waiting.reject(new InferenceError(reply.code, reply.message));
    else waiting.reject(new OtherProtocol(reply.otherProtocol));
  }

  #broke(worker: Worker, error: unknown): void {
    if (this.#worker !== worker && this.#worker !== undefined) return;
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const each of waiting) each.reject(brokenThread(error));
  }
}

function brokenThread(error: unknown): InferenceError {
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new InferenceError('TOO_LARGE', 'the body needs more memory to parse than the server gives one request');
  }
  return new InferenceError('NOT_READY', 'the server could not read the request body; try again', {
    cause: error,
    retryAfterSeconds: 1,
  });
}
