import type { ModelState } from '@berth/control';
import { type FetchedModel, type FetchProgress, StorageError } from '@berth/storage';
import type { Clock } from '../processes/clock.ts';
import { failedState, type ModelFailure, modelFailure, retryPause } from './model-failure.ts';
import { progressText } from './progress-text.ts';
import type { Slots } from './slots.ts';
import { Speed } from './speed.ts';

/** What one try is given. */
export interface FetchHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: FetchProgress) => void;
  readonly onWarning: (message: string) => void;
  readonly onRetry: (error: StorageError) => void;
}

/** What a job needs. */
export interface JobOptions {
  /** One try. @throws StorageError */
  readonly fetch: (hooks: FetchHooks) => Promise<FetchedModel>;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onChange: () => void;
}

/** Progress is told so often at most. */
const PROGRESS_MS = 500;
/** Nothing gained for so long counts as a failure that people should see, although the try goes on. */
const SILENCE_MS = 20_000;

const SILENCE = { reason: 'DownloadFailed', message: `the storage has sent nothing for ${SILENCE_MS / 1000} s` };

/**
 * The fetch of one model, tried until it is here: what it is at now is its `state`. Each failure is visible at once, and
 * silence after a while.
 */
export class ModelJob {
  readonly warnings = new Set<string>();
  readonly #options: JobOptions;
  readonly #abort = new AbortController();
  #state: ModelState = { state: 'fetching', message: 'the model is about to be read', doneBytes: 0 };
  #failures = 0;
  /** Why the last connection failed, while nothing has come since. */
  #lastFailure: ModelFailure | undefined;
  #told = Number.NEGATIVE_INFINITY;
  #takeBack: () => void = () => undefined;
  #silence: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: JobOptions) {
    this.#options = options;
    this.#begin();
  }

  get state(): ModelState {
    return this.#state;
  }

  /** Begins anew: what was ready is not any more, or a failure may be over. */
  restart(): void {
    this.#takeBack();
    if (this.#abort.signal.aborted || this.#state.state === 'fetching') return;
    this.#set({ state: 'fetching', message: 'checking the model again', doneBytes: 0 });
    this.#begin();
  }

  /** Ends the work. Resolves when nothing of it goes on. */
  async stop(): Promise<void> {
    this.#takeBack();
    this.#silence();
    this.#abort.abort(new StorageError('DownloadCancelled', 'nobody needs the model any more'));
    await this.#running;
  }

  #begin(): void {
    this.#running = this.#run().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { clock, slots } = this.#options;
    const { signal } = this.#abort;
    let began = clock.now();
    try {
      const work = () => {
        began = clock.now();
        return this.#try();
      };
      const fetched = await slots.run(work, signal, (before) => this.#wait(before));
      if (signal.aborted) return;
      this.#failures = 0;
      this.#set({
        state: 'ready',
        path: fetched.path,
        digest: fetched.digest ?? '',
        bytes: fetched.bytes ?? 0,
        fromCache: fetched.fromCache,
        milliseconds: Math.max(0, clock.now() - began),
      });
    } catch (thrown) {
      if (!signal.aborted) this.#fail(thrown);
    }
  }

  /** Says what it waits for; a failure stays visible while the next try waits. */
  #wait(before: number): void {
    if (this.#state.state !== 'fetching') return;
    const { count, what } = this.#options.slots;
    const place = before === 0 ? 'it is the next' : before === 1 ? '1 is before it' : `${before} are before it`;
    this.#set({ state: 'fetching', message: `waiting for its turn: ${count} ${what}, ${place}`, doneBytes: 0 });
  }

  async #try(): Promise<FetchedModel> {
    const { clock } = this.#options;
    const speed = new Speed();
    let gained = -1;
    this.#lastFailure = undefined;
    this.#watch();
    try {
      return await this.#options.fetch({
        signal: this.#abort.signal,
        onWarning: (message) => this.#warn(message),
        onRetry: (error) => {
          this.#lastFailure = modelFailure(error);
        },
        onProgress: (progress) => {
          const now = clock.now();
          speed.note(now, progress.doneBytes);
          const isWaiting = progress.phase === 'waiting';
          const isSilent = progress.doneBytes === gained && !isWaiting;
          gained = progress.doneBytes;
          // Another process that fetches the same model may take its time.
          if (isWaiting) this.#silence();
          else if (!isSilent) {
            this.#lastFailure = undefined;
            this.#watch();
          }
          const wasSilent = this.#state.state === 'failed';
          if (isSilent && wasSilent) return;
          if (now - this.#told < PROGRESS_MS && !wasSilent) return;
          this.#told = now;
          this.#set({
            state: 'fetching',
            message: progressText(progress, speed.bytesPerSecond()),
            doneBytes: progress.doneBytes,
            ...(progress.totalBytes === undefined ? {} : { totalBytes: progress.totalBytes }),
          });
        },
      });
    } finally {
      this.#silence();
    }
  }

  /** Waits for a sign of life. */
  #watch(): void {
    this.#silence();
    this.#silence = this.#options.clock.after(SILENCE_MS, () => {
      if (this.#state.state !== 'fetching') return;
      const { reason, message } = this.#lastFailure ?? SILENCE;
      const soon = new Date(this.#options.clock.now() + SILENCE_MS);
      this.#set(failedState({ reason, message: `${message}; the download goes on trying` }, soon));
    });
  }

  #warn(message: string): void {
    if (this.warnings.has(message)) return;
    this.warnings.add(message);
    this.#options.onChange();
  }

  #fail(thrown: unknown): void {
    const { clock, random } = this.#options;
    const failure = modelFailure(thrown);
    this.#failures++;
    if (!failure.mayRecover) {
      this.#set(failedState(failure, undefined));
      return;
    }
    const pause = retryPause(failure, this.#failures, random());
    // It stays failed, with its reason, until there is something better to tell.
    this.#set(failedState(failure, new Date(clock.now() + pause)));
    this.#takeBack = clock.after(pause, () => this.#begin());
  }

  #set(state: ModelState): void {
    this.#state = state;
    this.#options.onChange();
  }
}
