import { StartError } from '@berth/exposure';
import { InferenceError } from '@berth/inference';
import type { ProcessSettings } from '../start/app-process.ts';
import { BackOff } from './back-off.ts';
import { NO_COUNTS, retire, sumCounts, withRetired } from './counts.ts';
import { LinkError } from './link.ts';
import { type Change, type Changed, type Counts, type Listening, type Readiness, readyInAll } from './messages.ts';
import { WorkerHandle } from './worker-handle.ts';

export interface PoolOptions {
  readonly module: string;
  readonly config: unknown;
  readonly settings: ProcessSettings;
  readonly workers: number;
  readonly onReport: (report: unknown, worker: number) => void;
  readonly onNotice: (message: string) => void;
  /** Milliseconds that a load or unload may take in one worker before it is killed as stuck; default 10 minutes. */
  readonly changeTimeoutMs?: number;
  /** Milliseconds that a worker has to say what it counted; then what it said last is used; default 1,000. */
  readonly countsTimeoutMs?: number;
}

const CHANGE_TIMEOUT_MS = 600_000;
const COUNTS_TIMEOUT_MS = 1_000;
/** Milliseconds beyond the drain time that a worker has to end. */
const END_GRACE_MS = 3_000;

/** The primary's side of several worker processes: starts and replaces them, and makes them act as one server. */
export class WorkerPool {
  private readonly options: PoolOptions;
  private readonly workers = new Set<WorkerHandle>();
  private readonly backOffs: BackOff[];
  /** What loads and unloads by name have left, for workers that start later. */
  private readonly wanted = new Map<string, Change>();
  /** Changes, and the joining of new workers, happen one after the other. */
  private queue: Promise<unknown> = Promise.resolve();
  private retired: Counts = NO_COUNTS;
  private told = '';
  private ending = false;
  /** Whether all first workers have come up; before that a death ends the start. */
  private started = false;
  /** Whether their first loads have ended, well or badly. */
  private hasSettled = false;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(options: PoolOptions) {
    this.options = options;
    this.backOffs = Array.from({ length: options.workers }, () => new BackOff());
  }

  /**
   * Starts all workers; resolves when each of them listens.
   * @throws StartError where one can not start
   */
  async start(): Promise<{ listening: Listening; settled: Promise<void> }> {
    const first = Array.from({ length: this.options.workers }, (_, slot) => this.fork(slot));
    const died = new Promise<never>((_, reject) => {
      for (const worker of first) {
        worker.ended.then(() => reject(new StartError(`worker ${worker.slot} ended while it started`)));
      }
    });
    died.catch(() => undefined);
    const up = Promise.all(first.map((worker) => this.bringUp(worker)));
    try {
      const [listening] = await Promise.race([up, died]);
      this.started = true;
      this.tellReadiness();
      return { listening: listening as Listening, settled: this.settled(first) };
    } catch (error) {
      up.catch(() => undefined);
      await this.kill();
      if (error instanceof StartError || !(error instanceof LinkError)) throw error;
      throw new StartError('a worker ended while it started', { cause: error });
    }
  }

  private tellStarted(worker: WorkerHandle): Promise<void> {
    return worker.link.call<void>('started', this.readiness()).catch(() => undefined);
  }

  private async settled(first: readonly WorkerHandle[]): Promise<void> {
    await Promise.all(
      first.map(async (worker) => {
        const readiness = await worker.link.call<Readiness>('settled', undefined).catch(() => undefined);
        if (readiness !== undefined) worker.readiness = readiness;
      }),
    );
    this.hasSettled = true;
    // Waited for, so that whoever waits for the server finds every worker knowing it.
    await Promise.all(this.listening().map((worker) => this.tellStarted(worker)));
  }

  private fork(slot: number): WorkerHandle {
    const worker: WorkerHandle = new WorkerHandle(slot, {
      ready: () => this.tellReadiness(),
      report: (report) => this.options.onReport(report, slot),
      notice: (message) => this.options.onNotice(`worker ${slot}: ${message}`),
      change: (change) => this.change(change),
      collect: () => this.collect(),
      exit: (how) => this.onExit(worker, how),
    });
    this.workers.add(worker);
    return worker;
  }

  private async bringUp(worker: WorkerHandle): Promise<Listening> {
    const { module, config, settings } = this.options;
    await worker.link.call('start', { module, config, settings, worker: worker.slot });
    return this.listen(worker);
  }

  private async listen(worker: WorkerHandle): Promise<Listening> {
    const listening = await worker.link.call<Listening>('listen', undefined);
    worker.state = 'listening';
    worker.listeningSince = performance.now();
    return listening;
  }

  /** A worker in the place of a dead one takes requests only once it has what the others have. */
  private async replace(slot: number): Promise<void> {
    const worker = this.fork(slot);
    const { module, config, settings } = this.options;
    try {
      await worker.link.call('start', { module, config, settings, worker: slot });
      worker.readiness = await worker.link.call<Readiness>('settled', undefined);
      await this.inTurn(async () => {
        worker.state = 'catching-up';
        for (const change of this.wanted.values()) {
          await worker.link.call('change', change).catch((error) => {
            this.options.onNotice(`worker ${slot}: ${change.operation} of ${change.name} failed: ${error.message}`);
          });
          worker.link.event('release', change);
        }
        if (this.hasSettled) await this.tellStarted(worker);
        await this.listen(worker);
      });
      this.tellReadiness();
    } catch (error) {
      if (!(error instanceof LinkError)) {
        this.options.onNotice(`worker ${slot} could not start: ${error instanceof Error ? error.message : error}`);
      }
      worker.kill();
    }
  }

  private onExit(worker: WorkerHandle, how: string): void {
    this.workers.delete(worker);
    if (worker.counts !== undefined) this.retired = retire(this.retired, worker.counts);
    if (this.ending || !this.started) return;
    const served = worker.listeningSince === undefined ? undefined : performance.now() - worker.listeningSince;
    const delay = this.backOffs[worker.slot]?.delayAfter(served) ?? 0;
    const when = delay === 0 ? 'now' : `in ${Math.round(delay / 1000)} s`;
    this.options.onNotice(`worker ${worker.slot} (pid ${worker.pid}) ended: ${how}; it is replaced ${when}`);
    this.tellReadiness();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (!this.ending) void this.replace(worker.slot);
    }, delay);
    this.timers.add(timer);
  }

  private listening(): WorkerHandle[] {
    return [...this.workers].filter((worker) => worker.state === 'listening');
  }

  /** A service is ready when it is in every worker that takes requests; at the start, in all. */
  private readiness(): Readiness {
    const workers = this.hasSettled ? this.listening() : [...this.workers];
    return readyInAll(workers.map((worker) => worker.readiness));
  }

  private tellReadiness(): void {
    const readiness = this.readiness();
    const told = JSON.stringify(readiness);
    if (told === this.told) return;
    this.told = told;
    for (const worker of this.workers) worker.link.event('readiness', readiness);
  }

  /** Runs something after everything that was begun before, whether that failed or not. */
  private inTurn<Value>(action: () => Promise<Value>): Promise<Value> {
    const result = this.queue.then(action, action);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /**
   * Loads or unloads in every worker.
   * @throws InferenceError where it failed; then it holds in none, or those where it did not hold are being replaced
   */
  private change(change: Change): Promise<void> {
    return this.inTurn(async () => {
      if (this.ending) throw new InferenceError('NOT_READY', 'the server is shutting down');
      const targets = [...this.workers].filter((worker) => worker.state !== 'starting' && worker.state !== 'ended');
      try {
        await this.changeIn(targets, change);
      } finally {
        for (const worker of targets) worker.link.event('release', change);
      }
    });
  }

  private async changeIn(targets: readonly WorkerHandle[], change: Change): Promise<void> {
    const timeout = this.options.changeTimeoutMs ?? CHANGE_TIMEOUT_MS;
    const results = await Promise.allSettled(
      targets.map((worker) => worker.link.call<Changed>('change', change, timeout)),
    );
    const done: { worker: WorkerHandle; changed: Changed }[] = [];
    const failed: { worker: WorkerHandle; error: unknown }[] = [];
    for (const [index, result] of results.entries()) {
      const worker = targets[index] as WorkerHandle;
      if (result.status === 'fulfilled') done.push({ worker, changed: result.value });
      else if (!(result.reason instanceof LinkError)) failed.push({ worker, error: result.reason });
      // A worker that died gets the change when it is replaced; one that is stuck dies now.
      else if (result.reason.reason === 'timeout') worker.kill();
    }
    if (done.length === 0) {
      throw (
        failed[0]?.error ??
        new InferenceError('NOT_READY', 'no worker is there to do this; try again', { retryAfterSeconds: 1 })
      );
    }
    if (failed.length === 0) {
      this.wanted.set(`${change.service}/${change.name}`, change);
      return;
    }
    await this.undo(change, done, failed);
    throw failed[0]?.error;
  }

  /** After a change that held in some workers only: back where that is possible, else the others start anew. */
  private async undo(
    change: Change,
    done: readonly { worker: WorkerHandle; changed: Changed }[],
    failed: readonly { worker: WorkerHandle }[],
  ): Promise<void> {
    const fresh = done.every(({ changed }) => !changed.wasReady);
    if (change.operation === 'load' && fresh) {
      const back: Change = { ...change, operation: 'unload' };
      await Promise.allSettled(done.map(({ worker }) => worker.link.call('change', back, CHANGE_TIMEOUT_MS)));
      return;
    }
    if (change.operation === 'unload') this.wanted.set(`${change.service}/${change.name}`, change);
    for (const { worker } of failed) {
      this.options.onNotice(
        `worker ${worker.slot} could not ${change.operation} ${change.name} as the others did; it is replaced`,
      );
      worker.kill();
    }
  }

  /** What all workers, dead ones included, have counted. What was once said is never taken back. */
  async collect(): Promise<Counts> {
    const timeout = this.options.countsTimeoutMs ?? COUNTS_TIMEOUT_MS;
    const asked = [...this.workers].filter((worker) => worker.state === 'listening' || worker.state === 'catching-up');
    await Promise.all(
      asked.map(async (worker) => {
        const counts = await worker.link.call<Counts>('counts', undefined, timeout).catch(() => undefined);
        if (counts !== undefined) worker.setCounts(counts);
      }),
    );
    const live = [...this.workers].flatMap((worker) => (worker.counts === undefined ? [] : [worker.counts]));
    return withRetired(sumCounts(live), this.retired);
  }

  /** Drains every worker; answers how many requests were cut. */
  async drain(timeoutMs: number): Promise<number> {
    this.end();
    const cut = await Promise.all(
      [...this.workers].map(async (worker) => {
        if (worker.state === 'starting') {
          worker.kill();
          return 0;
        }
        const result = await worker.link
          .call<{ cut: number }>('drain', timeoutMs, timeoutMs + END_GRACE_MS)
          .catch((error) => ({ cut: error instanceof LinkError && error.reason === 'gone' ? 0 : 1 }));
        return result.cut;
      }),
    );
    await this.kill();
    return cut.reduce((sum, each) => sum + each, 0);
  }

  /** Ends every worker at once. */
  async kill(): Promise<void> {
    this.end();
    const workers = [...this.workers];
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map((worker) => worker.ended));
  }

  /** Process ids of the workers that are there, by slot; for tests and for people. */
  get pids(): readonly (number | undefined)[] {
    return [...this.workers].sort((left, right) => left.slot - right.slot).map((worker) => worker.pid);
  }

  private end(): void {
    this.ending = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
