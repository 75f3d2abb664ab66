import { Worker } from 'node:worker_threads';
import type { Flavour } from '@berth/formats';
import { type ErrorCode, InferenceError, type InferResponse } from '@berth/inference';
import { OtherProtocol } from '../protocols/other-protocol.ts';
import type { V1Request, V1Target } from '../protocols/v1/request.ts';
import type { Answerer } from '../protocols/v2/encode.ts';
import type { V2DecodeRules, V2EncodeRequest, V2Request } from '../protocols/v2/request.ts';
import { type DecodeJob, decode, type EncodedBody, type EncodeJob, encode } from './jobs.ts';

/** A job on its way to the thread. */
export interface CodecMessage {
  readonly id: number;
  /** The request body of a decode job. */
  readonly body: Uint8Array;
  readonly job: DecodeJob | EncodeJob;
}

/** What comes back: what was made, or what was thrown. */
export type CodecReply =
  | { readonly id: number; readonly request: V1Request | V2Request }
  | { readonly id: number; readonly encoded: { readonly body: Uint8Array; readonly jsonLength?: number } }
  | { readonly id: number; readonly code: ErrorCode; readonly message: string }
  | { readonly id: number; readonly otherProtocol: string };

interface Waiting {
  resolve(made: V1Request | V2Request | EncodedBody): void;
  reject(error: unknown): void;
}

/** Memory that the thread may take: a body of 64 MiB of small numbers needs about 1.5 GiB while it is parsed. */
const THREAD_MEMORY_MIB = 4096;
/** Bytes that one element of an answer takes at most, mostly. */
const BYTES_AN_ELEMENT = 16;

/**
 * Decodes request bodies and encodes answers: small ones at once, large ones in another thread, so that health checks
 * stay answered while many megabytes are read or written. The thread is started for the first of these, and again after
 * it broke.
 */
export class Codec {
  #offThreadBytes: number;
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting>();
  #nextId = 0;

  constructor(offThreadBytes: number) {
    this.#offThreadBytes = offThreadBytes;
  }

  decodeV1(body: Buffer, structured: boolean, target: V1Target): V1Request | Promise<V1Request> {
    const job: DecodeJob = { kind: 'decode v1', structured, target };
    if (body.length <= this.#offThreadBytes) return decode(body, job) as V1Request;
    return this.#elsewhere(body, job) as Promise<V1Request>;
  }

  decodeV2(body: Buffer, jsonLength: number | undefined, rules: V2DecodeRules): V2Request | Promise<V2Request> {
    const { halfInJson, boolNumbers, nestedParameters, reservedParameters } = rules;
    const plain = { halfInJson, boolNumbers, nestedParameters, ...(reservedParameters && { reservedParameters }) };
    const job: DecodeJob = { kind: 'decode v2', jsonLength, rules: plain };
    if (weightOf(body, jsonLength) <= this.#offThreadBytes) return decode(body, job) as V2Request;
    return this.#elsewhere(body, job) as Promise<V2Request>;
  }

  encodeV1(response: InferResponse): EncodedBody | Promise<EncodedBody> {
    const job: EncodeJob = { kind: 'encode v1', response };
    return this.#isSmall(response) ? encode(job) : this.#encodeElsewhere(job);
  }

  encodeV2(
    response: InferResponse,
    request: V2EncodeRequest,
    answerer: Answerer,
    flavour: Flavour,
  ): EncodedBody | Promise<EncodedBody> {
    if (this.#isSmall(response)) return encode({ kind: 'encode v2', response, request, answerer, flavour });
    const { outputs, binaryOutput, literals } = request;
    const asked = { outputs, binaryOutput, literals };
    return this.#encodeElsewhere({ kind: 'encode v2', response, request: asked, answerer, flavour });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #isSmall(response: InferResponse): boolean {
    let elements = 0;
    for (const output of response.outputs) elements += output.data.length;
    return elements * BYTES_AN_ELEMENT <= this.#offThreadBytes;
  }

  /** The tensors are copied: a model may keep the arrays it answered with. */
  #encodeElsewhere(job: EncodeJob): Promise<EncodedBody> {
    return this.#post(new Uint8Array(0), job) as Promise<EncodedBody>;
  }

  #elsewhere(body: Buffer, job: DecodeJob): Promise<V1Request | V2Request> {
    const own = body.byteLength === body.buffer.byteLength ? new Uint8Array(body.buffer) : new Uint8Array(body);
    return this.#post(own, job) as Promise<V1Request | V2Request>;
  }

  #post(body: Uint8Array, job: DecodeJob | EncodeJob): Promise<V1Request | V2Request | EncodedBody> {
    return new Promise((resolve, reject) => {
      const message: CodecMessage = { id: this.#nextId++, body, job };
      this.#waiting.set(message.id, { resolve, reject });
      const thread = this.#thread();
      thread.ref();
      thread.postMessage(message, [body.buffer as ArrayBuffer]);
    });
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./codec-worker.${extension}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MIB },
    });
    worker.on('message', (reply: CodecReply) => {
      this.#settle(reply);
      // A thread without work does not keep the process alive.
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on('error', (error) => this.#broke(worker, error));
    worker.on('exit', () => this.#broke(worker, undefined));
    this.#worker = worker;
    return worker;
  }

  #settle(reply: CodecReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (waiting === undefined) return;
    if ('request' in reply) waiting.resolve(reply.request);
    else if ('encoded' in reply) {
      const { buffer, byteOffset, byteLength } = reply.encoded.body;
      waiting.resolve({ ...reply.encoded, body: Buffer.from(buffer, byteOffset, byteLength) });
    } else if ('code' in reply) waiting.reject(new InferenceError(reply.code, reply.message));
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

/** Bytes that take work to decode: of numbers in binary only the JSON before them, texts in binary all. */
function weightOf(body: Buffer, jsonLength: number | undefined): number {
  if (jsonLength === undefined || body.subarray(0, jsonLength).includes('BYTES')) return body.length;
  return jsonLength;
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
