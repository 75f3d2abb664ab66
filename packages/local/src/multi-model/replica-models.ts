import type { Address } from '@berth/api';
import type { ReplicaView } from '@berth/control';
import type { Clock } from '../processes/clock.ts';
import type { callRepository, readRepository } from './repository-call.ts';

/** What became of a model in one replica. */
export interface LoadOutcome {
  /** Whether the replica answers with the wanted files, from memory or after loading them. */
  readonly isThere: boolean;
  readonly error?: string;
}

/** How replicas are asked, and who hears of it. */
export interface ReplicaModelsParts {
  readonly call: typeof callRepository;
  readonly read: typeof readRepository;
  readonly clock: Clock;
  /** Called when something was done or failed for a replica: what is to be done next has to be looked at again. */
  readonly onSettled: (view: ReplicaView) => void;
}

/** A model in one run of a replica. */
interface Slot {
  /** Which files are there, or failed to load; undefined where none are. */
  digest: string | undefined;
  error: string | undefined;
  /** Not in memory; the next request loads it. */
  isAsleep: boolean;
  /** Failures in a row, of loads and unloads. */
  failures: number;
  retryAt: number;
  isBusy: boolean;
}

interface Run {
  /** Undefined until the replica has said what it has. */
  slots: Map<string, Slot> | undefined;
  failures: number;
  retryAt: number;
  isBusy: boolean;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;
/** Loads that one replica is asked for at once. */
const LOADS_PER_REPLICA = 4;

/**
 * Brings the models of each run of a replica to what is wanted. Nothing waits for anything else: each model of each replica
 * is loaded and unloaded by itself, and what failed is tried again later and later.
 */
export class ReplicaModels {
  readonly #parts: ReplicaModelsParts;
  readonly #runs = new Map<string, Run>();
  /** Files that some replica has loaded. */
  readonly #proven = new Set<string>();
  readonly #work = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(parts: ReplicaModelsParts) {
    this.#parts = parts;
  }

  /**
   * Starts what is to be done for a replica that is ready. `wanted`: digests by name; `kept`: names whose files are on their
   * way, which keep what they have.
   */
  bring(view: ReplicaView, wanted: ReadonlyMap<string, string>, kept: ReadonlySet<string>): void {
    const address = view.endpoint?.http;
    if (address === undefined || this.#stop.signal.aborted) return;
    const run = this.#run(view);
    if (run.slots === undefined) {
      this.#ask(view, run, address);
      return;
    }
    const now = this.#parts.clock.now();
    let loads = 0;
    for (const [name, slot] of run.slots) {
      if (slot.isBusy) loads++;
      else if (!wanted.has(name) && !kept.has(name) && slot.retryAt <= now) this.#unload(view, run.slots, name, slot);
    }
    for (const [name, digest] of wanted) {
      const slot = run.slots.get(name) ?? emptySlot();
      if (slot.isBusy || this.#isThere(name, slot, digest)) continue;
      if (slot.digest === digest && slot.retryAt > now) continue;
      if (++loads > LOADS_PER_REPLICA) break;
      run.slots.set(name, slot);
      this.#load(view, name, slot, digest, address);
    }
  }

  /** What became of a model in a replica. */
  outcome(view: ReplicaView, name: string, digest: string): LoadOutcome {
    const slot = this.#runs.get(runOf(view))?.slots?.get(name);
    if (slot === undefined || slot.digest !== digest) return { isThere: false };
    if (slot.error !== undefined) return { isThere: false, error: slot.error };
    return { isThere: this.#isThere(name, slot, digest) };
  }

  /** Whether a replica has ever loaded these files under this name. */
  isProven(name: string, digest: string): boolean {
    return this.#proven.has(`${name} ${digest}`);
  }

  /** When the next failure of a replica is to be tried again, by the clock; undefined where there is none. */
  retryAt(view: ReplicaView): number | undefined {
    const run = this.#runs.get(runOf(view));
    if (run === undefined) return undefined;
    const now = this.#parts.clock.now();
    // What is due has been begun, or is not wanted any more.
    const waiting = [run, ...(run.slots?.values() ?? [])].filter((each) => each.failures > 0 && each.retryAt > now);
    return waiting.length === 0 ? undefined : Math.min(...waiting.map((each) => each.retryAt));
  }

  /** Forgets the runs that are over. */
  keepOnly(views: readonly ReplicaView[]): void {
    const runs = new Set(views.map(runOf));
    for (const run of this.#runs.keys()) if (!runs.has(run)) this.#runs.delete(run);
  }

  /** Ends what is under way; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#work);
  }

  #run(view: ReplicaView): Run {
    const key = runOf(view);
    const known = this.#runs.get(key) ?? { slots: undefined, failures: 0, retryAt: 0, isBusy: false };
    this.#runs.set(key, known);
    return known;
  }

  /** A replica that sleeps on files which were loaded before need not prove them again. */
  #isThere(name: string, slot: Slot, digest: string): boolean {
    if (slot.digest !== digest || slot.error !== undefined) return false;
    return !slot.isAsleep || this.isProven(name, digest);
  }

  /** What a replica loaded when it started, or for a control part that has ended. */
  #ask(view: ReplicaView, run: Run, address: Address): void {
    if (run.isBusy || run.retryAt > this.#parts.clock.now()) return;
    run.isBusy = true;
    this.#do(view, async () => {
      const answer = await this.#parts.read(address, this.#stop.signal);
      run.isBusy = false;
      if (typeof answer === 'string') {
        this.#failed(run);
        return;
      }
      run.failures = 0;
      run.slots = new Map();
      for (const { name, state, digest, reason, message } of answer) {
        const isAsleep = state === 'UNAVAILABLE' && reason === 'Asleep';
        if (state === 'LOADING' || digest === undefined) continue;
        const slot = { ...emptySlot(), digest, isAsleep };
        run.slots.set(name, slot);
        if (state === 'READY') this.#prove(name, digest);
        else if (!isAsleep) {
          slot.error = message ?? 'it could not be loaded';
          this.#failed(slot);
        }
      }
    });
  }

  #load(view: ReplicaView, name: string, slot: Slot, digest: string, address: Address): void {
    slot.isBusy = true;
    this.#do(view, async () => {
      const error = await this.#parts.call(address, name, 'load', this.#stop.signal);
      if (slot.digest !== digest) slot.failures = 0;
      Object.assign(slot, { isBusy: false, digest, error, isAsleep: false });
      if (error !== undefined) {
        this.#failed(slot);
        return;
      }
      slot.failures = 0;
      this.#prove(name, digest);
    });
  }

  #unload(view: ReplicaView, slots: Map<string, Slot>, name: string, slot: Slot): void {
    const address = view.endpoint?.http as Address;
    slot.isBusy = true;
    this.#do(view, async () => {
      const error = await this.#parts.call(address, name, 'unload', this.#stop.signal);
      slot.isBusy = false;
      if (error === undefined) slots.delete(name);
      else this.#failed(slot);
    });
  }

  #prove(name: string, digest: string): void {
    this.#proven.add(`${name} ${digest}`);
    // It may be a very long life; what is forgotten is loaded once more.
    if (this.#proven.size > MAX_PROVEN) this.#proven.delete(this.#proven.values().next().value as string);
  }

  #failed(what: { failures: number; retryAt: number }): void {
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(what.failures, 20));
    what.failures++;
    what.retryAt = this.#parts.clock.now() + delay;
  }

  #do(view: ReplicaView, work: () => Promise<void>): void {
    const done = work().then(() => {
      this.#work.delete(done);
      if (!this.#stop.signal.aborted) this.#parts.onSettled(view);
    });
    this.#work.add(done);
  }
}

const MAX_PROVEN = 10_000;

function emptySlot(): Slot {
  return { digest: undefined, error: undefined, isAsleep: false, failures: 0, retryAt: 0, isBusy: false };
}

/** A replica's process: one that starts anew has nothing loaded. */
function runOf(view: ReplicaView): string {
  return `${view.id} ${view.restarts} ${view.pid ?? ''}`;
}
