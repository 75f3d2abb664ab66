import { Worker } from 'node:worker_threads';
import type { Flavour } from '@berth/formats';
import { type ErrorCode, InferenceError, type InferResponse } from '@berth/inference';
import { OtherProtocol } from '../protocols/other-protocol.ts';
import type { V1Request, V1Target } from '../protocols/v1/request.ts';
import type { Answerer } from '../protocols/v2/encode.ts';
import type { V2DecodeRules, V2EncodeRequest, V2Request } from '../protocols/v2/request.ts';
import { type DecodeJob, decode, type EncodedBody, type EncodeJob, encode, refuseEndless } from './jobs.ts';

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
  | { readonly id: number; readonly code: ErrorCode; readonly message: string; readonly stack?: string | undefined }
  | { readonly id: number; readonly otherProtocol: string };

interface Waiting {
  readonly kind: 'decode' | 'encode';
  resolve(made: V1Request | V2Request | EncodedBody): void;
  reject(error: unknown): void;
}

/** Memory that the thread may take: a body of 64 MiB of small numbers needs about 1.5 GiB while it is parsed. */
const THREAD_MEMORY_MIB = 4096;
/** Bytes that one element of an answer takes at most, mostly. */
const BYTES_AN_ELEMENT = 16;
/** Milliseconds without a job after which the thread is ended: it gives back the gigabytes of a large one only so. */
const IDLE_MS = 30_000;

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
  readonly #idleMs: number;
  #idle: NodeJS.Timeout | undefined = undefined;

  constructor(offThreadBytes: number, idleMs = IDLE_MS) {
    this.#offThreadBytes = offThreadBytes;
    this.#idleMs = idleMs;
  }

  /** Whether the thread runs. */
  get started(): boolean {
    return this.#worker !== undefined;
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
    clearTimeout(this.#idle);
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
    refuseEndless(job);
    return this.#post(new Uint8Array(0), job) as Promise<EncodedBody>;
  }

  #elsewhere(body: Buffer, job: DecodeJob): Promise<V1Request | V2Request> {
    const own = body.byteLength === body.buffer.byteLength ? new Uint8Array(body.buffer) : new Uint8Array(body);
    return this.#post(own, job) as Promise<V1Request | V2Request>;
  }

  #post(body: Uint8Array, job: DecodeJob | EncodeJob): Promise<V1Request | V2Request | EncodedBody> {
    clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      const message: CodecMessage = { id: this.#nextId++, body, job };
      const kind = job.kind === 'encode v1' || job.kind === 'encode v2' ? 'encode' : 'decode';
      this.#waiting.set(message.id, { kind, resolve, reject });
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
    if (this.#waiting.size === 0) this.#endWhenIdle();
    if (waiting === undefined) return;
    if ('request' in reply) waiting.resolve(reply.request);
    else if ('encoded' in reply) {
      const { buffer, byteOffset, byteLength } = reply.encoded.body;
      waiting.resolve({ ...reply.encoded, body: Buffer.from(buffer, byteOffset, byteLength) });
    } else if ('code' in reply)
      waiting.reject(new InferenceError(reply.code, reply.message, { cause: asThrown(reply.stack) }));
    else waiting.reject(new OtherProtocol(reply.otherProtocol));
  }

  #broke(worker: Worker, error: unknown): void {
    if (this.#worker !== worker && this.#worker !== undefined) return;
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    // It works in order: the oldest is what it broke on, and the others only waited behind that.
    for (const [index, each] of waiting.entries())
      each.reject(brokenThread(error, index === 0 ? each.kind : undefined));
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#waiting.size === 0) void this.close();
    }, this.#idleMs);
    this.#idle.unref();
  }
}

/** Bytes that take work to decode: of numbers in binary only the JSON before them, texts in binary all. */
function weightOf(body: Buffer, jsonLength: number | undefined): number {
  if (jsonLength === undefined || body.subarray(0, jsonLength).includes('BYTES')) return body.length;
  return jsonLength;
}

/** The error that the thread met, for the log. */
function asThrown(stack: string | undefined): Error | undefined {
  return stack === undefined ? undefined : Object.assign(new Error('in the codec thread'), { stack });
}

function brokenThread(error: unknown, culprit: Waiting['kind'] | undefined): InferenceError {
  const outOfMemory = (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
  if (outOfMemory && culprit === 'decode') {
    return new InferenceError('TOO_LARGE', 'the body needs more memory to parse than the server gives one request');
  }
  if (outOfMemory && culprit === 'encode') {
    return new InferenceError(
      'TOO_LARGE',
      'the answer needs more memory to write than the server gives one request: send fewer rows, or ask for binary output over v2 or for gRPC',
    );
  }
  return new InferenceError('NOT_READY', 'the server was interrupted while it read or wrote a large body; try again', {
    cause: error,
    retryAfterSeconds: 1,
  });
}
