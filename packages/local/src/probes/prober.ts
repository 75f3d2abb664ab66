import type { Clock } from '../processes/clock.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { ProbeResult } from './run-probe.ts';

/** What a prober tells as it goes. */
export interface ProberEvents {
  /** The first success in a row of `successThreshold`, and again after each failure that counted. */
  readonly onSuccess: (result: ProbeResult) => void;
  /** `failureThreshold` failures in a row. Told again with each failure that follows. */
  readonly onFailure: (message: string) => void;
  /** Every result. */
  readonly onResult?: (result: ProbeResult) => void;
}

/** Milliseconds between two tries while nothing has succeeded yet: a model that loads in 100 ms is ready then. */
const FAST_MS = [10, 10, 15, 15, 20, 25];
const EXEC_FAST_MS = 250;
/** Milliseconds after which a start is no longer quick, and a try a quarter of a second is enough. */
const QUICK_START_MS = 15_000;
const SLOW_START_MS = 250;

/**
 * Runs a probe again and again. Until the first success it tries often (but counts a failure once a period only, so that
 * thresholds mean what Kubernetes means by them); after it once a period.
 */
export class Prober {
  readonly #spec: ProbeSpec;
  readonly #run: () => Promise<ProbeResult>;
  readonly #events: ProberEvents;
  readonly #clock: Clock;
  readonly #isEager: boolean;
  readonly #startedAt: number;
  #successes = 0;
  #failures = 0;
  #countedAt: number;
  #tries = 0;
  #hasSucceeded = false;
  #isStopped = false;
  #cancel: () => void = () => undefined;

  /** `isEager` tries often at the start; a liveness probe does not. */
  constructor(
    spec: ProbeSpec,
    run: () => Promise<ProbeResult>,
    events: ProberEvents,
    options: { readonly clock: Clock; readonly isEager: boolean },
  ) {
    this.#spec = spec;
    this.#run = run;
    this.#events = events;
    this.#clock = options.clock;
    this.#isEager = options.isEager;
    this.#startedAt = options.clock.now();
    this.#countedAt = this.#startedAt + spec.initialDelayMs;
    this.#later(spec.initialDelayMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #later(milliseconds: number): void {
    this.#cancel = this.#clock.after(milliseconds, () => void this.#try());
  }

  async #try(): Promise<void> {
    const result = await this.#run();
    if (this.#isStopped) return;
    this.#events.onResult?.(result);
    if (result.isOk) this.#succeeded(result);
    else this.#failed(result.message);
    // A listener may have stopped it.
    if (!this.#isStopped) this.#later(this.#pause());
  }

  #succeeded(result: ProbeResult): void {
    this.#failures = 0;
    if (++this.#successes < this.#spec.successThreshold) return;
    this.#hasSucceeded = true;
    if (this.#successes === this.#spec.successThreshold) this.#events.onSuccess(result);
  }

  #failed(message: string): void {
    this.#successes = 0;
    const now = this.#clock.now();
    // A start that is watched closely counts by the period.
    if (this.#isEager && !this.#hasSucceeded && now - this.#countedAt < this.#spec.periodMs) return;
    this.#countedAt = now;
    if (++this.#failures >= this.#spec.failureThreshold) this.#events.onFailure(message);
  }

  #pause(): number {
    if (!this.#isEager || this.#hasSucceeded) return this.#spec.periodMs;
    if (this.#spec.action.kind === 'exec') return Math.min(EXEC_FAST_MS, this.#spec.periodMs);
    if (this.#clock.now() - this.#startedAt > QUICK_START_MS) return Math.min(SLOW_START_MS, this.#spec.periodMs);
    return FAST_MS[Math.min(this.#tries++, FAST_MS.length - 1)] as number;
  }
}
