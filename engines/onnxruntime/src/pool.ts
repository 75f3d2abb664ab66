import {
  type GraphSessionOptions,
  type GraphSource,
  InferenceError,
  type LoadError,
  type Tensor,
} from '@berth/inference';
import { runFailure } from './ort-errors.ts';
import { Slot } from './slot.ts';

/** A request that waits or runs. */
export interface Job {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** Whether someone has already been answered: the result, when it comes, is dropped. */
  settled: boolean;
  resolve(outputs: Tensor[]): void;
  reject(error: InferenceError): void;
}

/** Threads lost inside native code that may pile up before the model stops taking requests. */
const MAX_LOST_THREADS = 2;
const MAX_BACKOFF_MS = 30_000;

/** A fixed number of workers of one graph with one bounded queue before them. */
export class Pool {
  readonly #options: GraphSessionOptions;
  readonly #queue: Job[] = [];
  #slots: Slot[] = [];
  readonly #opening = new Set<Slot>();
  #lost = 0;
  #failures = 0;
  #closed = false;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ending = new Set<Promise<void>>();

  private constructor(options: GraphSessionOptions) {
    this.#options = options;
  }

  /** Starts every worker. @throws LoadError of the first that fails. */
  static async start(options: GraphSessionOptions): Promise<Pool> {
    const pool = new Pool(options);
    try {
      const source = await options.source();
      if (options.probe && options.isolation === 'thread') await probe(options, source);
      // The first alone: where the graph is refused there is no need to refuse it several times.
      await pool.#addSlot(source);
      await Promise.all(Array.from({ length: options.workers - 1 }, () => pool.#addSlot()));
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  run(inputs: readonly Tensor[], outputs: readonly string[], signal: AbortSignal | undefined): Promise<Tensor[]> {
    return new Promise((resolve, reject) => {
      const idle = this.#slots.find((slot) => slot.idle);
      const refusal = this.#refusal(signal, idle !== undefined);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      const onAbort = () => {
        job.reject(abortError(signal as AbortSignal));
        const waiting = this.#queue.indexOf(job);
        if (waiting >= 0) this.#queue.splice(waiting, 1);
        else this.#slots.find((slot) => slot.job === job)?.abandon();
      };
      const settle = (finish: () => void) => {
        if (job.settled) return;
        job.settled = true;
        signal?.removeEventListener('abort', onAbort);
        finish();
      };
      const job: Job = {
        inputs,
        outputs,
        signal,
        settled: false,
        resolve: (tensors) => settle(() => resolve(tensors)),
        reject: (error) => settle(() => reject(error)),
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (idle === undefined) this.#queue.push(job);
      else idle.start(job);
    });
  }

  #refusal(signal: AbortSignal | undefined, idle: boolean): InferenceError | undefined {
    if (this.#closed) return unloading();
    if (signal?.aborted === true) return abortError(signal);
    if (idle) return undefined;
    if (this.#lost > MAX_LOST_THREADS) return stuck();
    if (this.#queue.length < this.#options.maxQueue) return undefined;
    return new InferenceError(
      'OVERLOADED',
      `${this.#queue.length} requests already wait for this model; try again later`,
      {
        retryAfterSeconds: 1,
      },
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const job of this.#queue.splice(0)) job.reject(unloading());
    for (const slot of [...this.#slots.splice(0), ...this.#opening]) this.#end(slot);
    await Promise.all(this.#ending);
  }

  async #addSlot(source?: GraphSource): Promise<void> {
    const slot = new Slot(this.#options, {
      free: () => this.#next(slot),
      refused: (job, message) => job.reject(runFailure(message)),
      lost: (why, inNativeCode) => this.#replace(slot, why, inNativeCode),
    });
    this.#opening.add(slot);
    try {
      await slot.open(source);
    } finally {
      this.#opening.delete(slot);
    }
    if (this.#closed) {
      this.#end(slot);
      return;
    }
    this.#slots.push(slot);
    this.#failures = 0;
    this.#next(slot);
  }

  #end(slot: Slot): void {
    const ended = slot.close().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #next(slot: Slot): void {
    const job = this.#queue.shift();
    if (job !== undefined) slot.start(job);
  }

  /** A worker ended or had to be given up: its request is answered, another worker takes its place. */
  #replace(slot: Slot, why: string, inNativeCode: boolean): void {
    this.#slots = this.#slots.filter((other) => other !== slot);
    slot.job?.reject(
      new InferenceError('NOT_READY', `the worker that computed this request was lost (${why}); another one starts`, {
        retryAfterSeconds: 1,
      }),
    );
    if (this.#closed) return;
    this.#options.onWarning?.(`an ONNX Runtime worker was lost (${why}) and is replaced`);
    if (inNativeCode) {
      this.#lost += 1;
      void slot.close().then(() => {
        this.#lost -= 1;
      });
      if (this.#lost > MAX_LOST_THREADS) {
        for (const job of this.#queue.splice(0)) job.reject(stuck());
      }
    }
    this.#restart();
  }

  #restart(): void {
    if (this.#closed) return;
    if (this.#lost > MAX_LOST_THREADS) {
      this.#later(() => this.#restart(), 1000);
      return;
    }
    this.#addSlot().catch((error: LoadError) => {
      this.#failures += 1;
      this.#options.onWarning?.(`an ONNX Runtime worker could not be replaced: ${error.message}`);
      for (const job of this.#queue.splice(0)) {
        job.reject(
          new InferenceError('NOT_READY', 'the worker of this model can not be started again', {
            retryAfterSeconds: 5,
          }),
        );
      }
      this.#later(() => this.#restart(), Math.min(MAX_BACKOFF_MS, 500 * 2 ** this.#failures));
    });
  }

  #later(action: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}

/** Opens the graph in a process that is then ended. @throws LoadError */
async function probe(options: GraphSessionOptions, source: GraphSource): Promise<void> {
  const slot = new Slot({ ...options, isolation: 'process' }, { free() {}, refused() {}, lost() {} });
  try {
    await slot.open(source);
  } finally {
    await slot.close();
  }
}

function unloading(): InferenceError {
  return new InferenceError('NOT_READY', 'the model is unloading', { retryAfterSeconds: 1 });
}

function stuck(): InferenceError {
  return new InferenceError('NOT_READY', 'earlier requests still compute past their time; try again later', {
    retryAfterSeconds: 5,
  });
}

/** The error that fits why a request was aborted: its deadline, or its client. */
export function abortError(signal: AbortSignal): InferenceError {
  const reason: unknown = signal.reason;
  if (reason instanceof InferenceError) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new InferenceError('DEADLINE', 'the deadline passed before the model answered');
  }
  return new InferenceError('CANCELLED', 'the request was cancelled by its client');
}
