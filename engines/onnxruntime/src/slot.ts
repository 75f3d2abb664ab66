import { type GraphSessionOptions, type GraphSource, InferenceError, LoadError, type Tensor } from '@berth/inference';
import { howToInstall } from '@berth/parts';
import { type Carrier, startCarrier } from './carrier.ts';
import type { FromWorker, TensorMessage } from './messages.ts';
import { openFailure } from './ort-errors.ts';
import type { Job } from './pool.ts';

/** What a slot tells its pool. */
export interface SlotEvents {
  free(): void;
  refused(job: Job, message: string): void;
  /** The worker is gone, or, `inNativeCode`, runs on where it can not be stopped. */
  lost(why: string, inNativeCode: boolean): void;
}

/** How long a request that nobody waits for may go on before its process is killed for it. */
const ABANDONED_MS = 1000;

/** One worker and the request it computes. */
export class Slot {
  readonly #options: GraphSessionOptions;
  readonly #events: SlotEvents;
  readonly #carrier: Carrier;
  #opening: { resolve(): void; reject(error: LoadError): void } | undefined;
  #opened = false;
  #lost = false;
  #timer: NodeJS.Timeout | undefined;
  #runs = 0;
  /** The request that it computes. */
  job: Job | undefined;

  constructor(options: GraphSessionOptions, events: SlotEvents) {
    this.#options = options;
    this.#events = events;
    this.#carrier = startCarrier(options.isolation, {
      message: (message) => this.#receive(message),
      ended: (why) => this.#ended(why),
    });
  }

  get idle(): boolean {
    return this.#opened && !this.#lost && this.job === undefined;
  }

  /** @throws LoadError where the graph is refused, takes too long, or takes the worker with it. */
  async open(given?: GraphSource): Promise<void> {
    try {
      const source = given ?? (await this.#options.source());
      if (this.#lost) throw new LoadError('ModelUnreadable', 'the worker ended before it got the graph');
      await new Promise<void>((resolve, reject) => {
        this.#opening = { resolve, reject };
        const seconds = this.#options.loadTimeoutMs / 1000;
        this.#timer = setTimeout(
          () => reject(new LoadError('LimitExceeded', `loading the graph took longer than ${seconds} s`)),
          this.#options.loadTimeoutMs,
        );
        this.#carrier.open(source, this.#options.threads);
      });
      this.#opened = true;
      this.#carrier.hold(false);
    } catch (error) {
      void this.close();
      throw error;
    } finally {
      this.#opening = undefined;
      clearTimeout(this.#timer);
    }
  }

  start(job: Job): void {
    this.job = job;
    this.#runs += 1;
    this.#carrier.hold(true);
    this.#timer = setTimeout(() => this.#overdue(), this.#options.runTimeoutMs);
    const transfer: ArrayBuffer[] = [];
    // A copy of each input changes hands: the request's memory stays with its owner, who may log or retry it.
    const inputs = job.inputs.map((tensor) => this.#message(tensor, transfer));
    this.#carrier.post({ kind: 'run', id: this.#runs, inputs, outputs: job.outputs }, transfer);
  }

  /** Nobody waits for the current request any more: a process is killed for it when it goes on, a thread can not be. */
  abandon(): void {
    if (this.#options.isolation !== 'process' || this.job === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lose('its request was abandoned'), ABANDONED_MS);
  }

  /** Ends the worker; resolves when it is gone. */
  async close(): Promise<void> {
    this.#lost = true;
    clearTimeout(this.#timer);
    const unloading = 'the model is unloading';
    this.job?.reject(new InferenceError('NOT_READY', unloading, { retryAfterSeconds: 1 }));
    this.#opening?.reject(new LoadError('ModelUnreadable', unloading));
    await this.#carrier.kill();
  }

  #message(tensor: Tensor, transfer: ArrayBuffer[]): TensorMessage {
    const { name, datatype, shape, data } = tensor;
    if (Array.isArray(data) || this.#options.isolation === 'process') return { name, datatype, shape, data };
    const copy = data.slice();
    transfer.push(copy.buffer as ArrayBuffer);
    return { name, datatype, shape, data: copy };
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'opened') this.#opening?.resolve();
    else if (message.kind === 'failed') {
      this.#opening?.reject(message.missing ? engineUnusable(message.message) : openFailure(message.message));
    } else this.#answered(message);
  }

  #answered(message: Extract<FromWorker, { id: number }>): void {
    const { job } = this;
    if (job === undefined || this.#lost || message.id !== this.#runs) return;
    clearTimeout(this.#timer);
    this.job = undefined;
    this.#carrier.hold(false);
    if (message.kind === 'ran') job.resolve(message.outputs as Tensor[]);
    else this.#events.refused(job, message.message);
    this.#events.free();
  }

  #overdue(): void {
    const seconds = this.#options.runTimeoutMs / 1000;
    this.job?.reject(new InferenceError('DEADLINE', `the model did not answer within ${seconds} s`));
    this.#lose(`a request took longer than ${seconds} s`);
  }

  #lose(why: string): void {
    if (this.#lost) return;
    this.#lost = true;
    const thread = this.#options.isolation === 'thread';
    if (!thread) void this.#carrier.kill();
    else this.#carrier.hold(false);
    this.#events.lost(why, thread);
  }

  #ended(why: string): void {
    clearTimeout(this.#timer);
    this.#opening?.reject(
      new LoadError(
        'CorruptModel',
        `ONNX Runtime does not survive this graph (the process that loaded it ended: ${why})`,
      ),
    );
    const running = this.#opened && !this.#lost;
    this.#lost = true;
    if (running) this.#events.lost(why, false);
  }
}

/** What to say where onnxruntime-node is there and its binary does not load: no build for this machine, an old libc. */
function engineUnusable(cause: string): LoadError {
  const why = cause.split('\n')[0].replace(/\/\S*\//g, '');
  const machine = `${process.platform} ${process.arch}`;
  return new LoadError('EngineMissing', `ONNX Runtime does not start on this machine (${machine}): ${why}`, { cause });
}

/** What to say where onnxruntime-node is not installed. */
export function engineMissing(cause: string): LoadError {
  return new LoadError(
    'EngineMissing',
    `ONNX models need ONNX Runtime, which is not installed; run ${howToInstall('engine-onnxruntime')}`,
    { cause },
  );
}
