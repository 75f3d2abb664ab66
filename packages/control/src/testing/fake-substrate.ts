import type { ReplicaFailure, ReplicaUsage, ReplicaView, Substrate, Workload } from '../substrate/substrate.ts';

/** A substrate in memory: replicas become what a test says. */
export class FakeSubstrate implements Substrate {
  readonly #views = new Map<string, ReplicaView>();
  readonly #listeners = new Set<(id: string, view: ReplicaView | undefined) => void>();
  readonly #now: () => Date;
  /** Every replica ever started, in order. */
  readonly started: string[] = [];
  /** What a replica uses; undefined where that is not known. */
  use: (view: ReplicaView) => Omit<ReplicaUsage, 'id'> | undefined = () => undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  start(id: string, workload: Workload): void {
    if (this.#views.has(id)) return;
    this.started.push(id);
    this.#set(id, {
      id,
      workload,
      state: 'starting',
      restarts: 0,
      failedRuns: 0,
      startedAt: this.#now().toISOString(),
      models: [],
      notes: [],
      isExclusive: false,
    });
  }

  stop(id: string): void {
    const view = this.#views.get(id);
    if (view !== undefined) this.#set(id, { ...view, state: 'stopping' });
  }

  replicas(): readonly ReplicaView[] {
    return [...this.#views.values()];
  }

  usage(): readonly ReplicaUsage[] {
    return this.replicas().flatMap((view) => {
      const used = this.use(view);
      return used === undefined ? [] : [{ id: view.id, ...used }];
    });
  }

  onChange(listener: (id: string, view: ReplicaView | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes what a replica looks like. */
  set(id: string, change: Partial<ReplicaView>): void {
    const view = this.#views.get(id);
    if (view !== undefined) this.#set(id, { ...view, ...change });
  }

  /** Makes a replica ready. */
  ready(id: string, change: Partial<ReplicaView> = {}): void {
    const view = this.#views.get(id);
    if (view === undefined || view.state === 'stopping') return;
    const { failure: _failure, startsAgainAt: _at, ...rest } = view;
    this.#set(id, { ...rest, state: 'ready', pid: 1000, endpoint: { http: { path: `/run/${id}` } }, ...change });
  }

  /** Makes a replica fail. */
  fail(id: string, failure: Partial<ReplicaFailure> = {}): void {
    const view = this.#views.get(id);
    if (view === undefined || view.state === 'stopping') return;
    const { endpoint: _endpoint, ...rest } = view;
    this.#set(id, {
      ...rest,
      state: 'failed',
      restarts: view.restarts + 1,
      failedRuns: view.failedRuns + 1,
      failure: {
        reason: 'CrashLoopBackOff',
        kserveReason: 'ModelLoadFailed',
        message: 'it ended with exit code 1',
        exitCode: 1,
        logTail: ['starting', 'boom'],
        isFinal: false,
        ...failure,
      },
    });
  }

  /** Ends a replica that was told to stop, or that is gone for another reason. */
  gone(id: string): void {
    if (!this.#views.delete(id)) return;
    for (const listener of this.#listeners) listener(id, undefined);
  }

  #set(id: string, view: ReplicaView): void {
    this.#views.set(id, view);
    for (const listener of this.#listeners) listener(id, view);
  }
}
