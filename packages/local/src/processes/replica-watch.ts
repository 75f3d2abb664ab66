import { Prober, type ProberEvents } from '../probes/prober.ts';
import type { Clock } from './clock.ts';
import type { ReplicaProbes, RunnableProbe } from './readiness.ts';

/** What the probes of a replica come to. */
export interface WatchEvents {
  readonly onReady: () => void;
  readonly onUnready: (message: string) => void;
  /** It does not answer yet. */
  readonly onWaiting: (message: string) => void;
  /** It has to be ended and started again. */
  readonly onUnhealthy: (message: string) => void;
  /** A probe of startup or readiness has come back, well or not. */
  readonly onResult: () => void;
}

/** Runs the probes of one process: the startup probe first, where there is one, then readiness and liveness. */
export class ReplicaWatch {
  readonly #clock: Clock;
  readonly #events: WatchEvents;
  #probers: Prober[] = [];
  #isStopped = false;

  constructor(probes: ReplicaProbes, events: WatchEvents, clock: Clock) {
    this.#clock = clock;
    this.#events = events;
    if (probes.startup === undefined) this.#serve(probes);
    else this.#begin(probes, probes.startup);
  }

  stop(): void {
    this.#isStopped = true;
    for (const prober of this.#probers.splice(0)) prober.stop();
  }

  #begin(probes: ReplicaProbes, startup: RunnableProbe): void {
    const { onUnhealthy, onWaiting, onResult } = this.#events;
    const prober = this.#add(startup, true, {
      onSuccess: () => {
        prober.stop();
        this.#serve(probes);
      },
      onFailure: (message) => onUnhealthy(`its startup probe failed: ${message}`),
      onResult: (result) => {
        onResult();
        if (!result.isOk) onWaiting(result.message);
      },
    });
  }

  #serve(probes: ReplicaProbes): void {
    if (this.#isStopped) return;
    const { onReady, onUnready, onUnhealthy, onWaiting, onResult } = this.#events;
    this.#add(probes.readiness, true, {
      onSuccess: onReady,
      onFailure: onUnready,
      onResult: (result) => {
        onResult();
        if (!result.isOk) onWaiting(result.message);
      },
    });
    if (probes.liveness === undefined) return;
    this.#add(probes.liveness, false, {
      onSuccess: () => undefined,
      onFailure: (message) => onUnhealthy(`its liveness probe failed: ${message}`),
    });
  }

  #add({ spec, run }: RunnableProbe, isEager: boolean, events: ProberEvents): Prober {
    const prober = new Prober(spec, run, events, { clock: this.#clock, isEager });
    this.#probers.push(prober);
    return prober;
  }
}
