import { rmSync } from 'node:fs';
import type { Address } from '@berth/api';
import type { ReplicaFailure, ReplicaModel, ReplicaView, Workload } from '@berth/control';
import { showSocket } from '../isolation/shown-socket.ts';
import type { ProcessExit, ProcessRecord, ProcessSpec } from '../keeper/process-host.ts';
import type { ProbeTarget } from '../probes/run-probe.ts';
import { exitFailure, outOfMemoryKills } from './exit-failure.ts';
import { insidePid } from './inside-pid.ts';
import { type LaunchPlan, LaunchRefused } from './launch-plan.ts';
import type { NativeState } from './native-report.ts';
import { containerProbes, nativeProbes, type ReplicaProbes } from './readiness.ts';
import type { ReplicaContext, ReplicaNote } from './replica-context.ts';
import { ReplicaWatch } from './replica-watch.ts';
import { RestartBackOff } from './restart-back-off.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Milliseconds without readiness after which a start says what it waits for. */
const SLOW_START_MS = 5_000;

/** One replica: its process, started again as often as it ends, and what its probes say. */
export class Replica {
  readonly id: string;
  readonly workload: Workload;
  readonly #context: ReplicaContext;
  readonly #backOff = new RestartBackOff();
  #state: ReplicaView['state'] = 'starting';
  #plan: LaunchPlan | undefined;
  #pid: number | undefined;
  #containerPid: number | undefined;
  #startedAt: string;
  #launchedAt = 0;
  /** When this run was ready for the first time. */
  #readySince: number | undefined;
  #restarts = 0;
  #failure: ReplicaFailure | undefined;
  #startsAgainAt: number | undefined;
  #models: readonly ReplicaModel[] = [];
  #address: Address | undefined;
  #isExclusive = false;
  #notes: string[] = [];
  #watch: ReplicaWatch | undefined;
  #cancelRestart: () => void = () => undefined;
  #killedFor: { reason: 'OOMKilled' | 'Unhealthy'; message: string } | undefined;
  #killsBefore = 0;
  /** Whether it was ended to be started again at once. */
  #isRetrying = false;
  #isStopping = false;
  #isLaunching = false;
  /** An end that came before the start was known to have come about. */
  #earlyExit: ProcessExit | undefined;
  #isRunning = false;
  #isGone = false;
  #onFirstResult: () => void = () => undefined;

  constructor(id: string, workload: Workload, context: ReplicaContext) {
    this.id = id;
    this.workload = workload;
    this.#context = context;
    this.#startedAt = new Date(context.clock.now()).toISOString();
  }

  /** Its name among the keeper's processes. */
  get processId(): string {
    return `${this.workload.namespace}/${this.id}`;
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  /** The process whose descendants do the work: a container's is no child of its client. */
  get rootPid(): number | undefined {
    return this.#plan?.container === undefined ? this.#pid : this.#containerPid;
  }

  /** The folder of its process. */
  get folder(): string | undefined {
    return this.#plan?.folder;
  }

  get isInGroup(): boolean {
    return this.#plan?.group !== undefined;
  }

  get containerName(): string | undefined {
    return this.#plan?.container?.name;
  }

  get view(): ReplicaView {
    const http = this.#address;
    const grpc = this.#plan?.endpoint.grpc;
    return {
      id: this.id,
      workload: this.workload,
      state: this.#state,
      ...(http === undefined ? {} : { endpoint: { http, ...(grpc === undefined ? {} : { grpc }) } }),
      restarts: this.#restarts,
      failedRuns: this.#backOff.ends,
      startedAt: this.#startedAt,
      ...(this.#pid === undefined ? {} : { pid: this.#pid }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      ...(this.#state === 'failed' && this.#startsAgainAt !== undefined ? { startsAgainAt: this.#startsAgainAt } : {}),
      models: this.#models,
      notes: this.#notes,
      isExclusive: this.#isExclusive,
    };
  }

  /** Starts the first process. */
  begin(): void {
    void this.#launch();
  }

  /** Takes over a process that runs already; resolves when it is known whether it is ready, or has had its time. */
  async adopt(record: ProcessRecord, note: ReplicaNote, waitMs: number): Promise<void> {
    this.#restarts = note.restarts;
    const isKnown = new Promise<void>((resolve) => {
      this.#onFirstResult = resolve;
      this.#context.clock.after(waitMs, resolve);
    });
    this.#started(record, note.plan);
    await isKnown;
  }

  /** Ends it for good. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#cancelRestart();
    this.#watch?.stop();
    if (this.#isRunning) {
      this.#enter('stopping');
      void this.#context.host
        .stop(this.processId, this.workload.terminationGraceSeconds * 1_000)
        .catch(() => undefined)
        // The exit is told apart from this; a keeper that no longer knows the process tells nothing.
        .then(() => this.#gone());
    } else if (this.#isLaunching) {
      this.#enter('stopping');
    } else {
      this.#gone();
    }
  }

  /** Watches no more; the process goes on. */
  abandon(): void {
    if (this.#pid !== undefined && !isAlive(this.#pid)) this.#cleanUp();
    this.#isGone = true;
    this.#isStopping = true;
    this.#cancelRestart();
    this.#watch?.stop();
  }

  /** Its process has ended. */
  exited(exit: ProcessExit): void {
    if (this.#isLaunching) {
      this.#earlyExit = exit;
      return;
    }
    if (!this.#isRunning) return;
    this.#isRunning = false;
    const isContainer = this.#plan?.container !== undefined;
    const group = this.#plan?.group;
    if (group !== undefined && this.#context.groups?.ranOutOfMemory(group) === true) {
      const limit = this.workload.limits.memory;
      this.#killedFor ??= { reason: 'OOMKilled', message: `it passed its memory limit of ${limit} and was killed` };
    }
    this.#watch?.stop();
    this.#cleanUp();
    if (this.#isStopping) {
      this.#gone();
      return;
    }
    if (this.#isRetrying) {
      this.#isRetrying = false;
      this.#restart(0);
      return;
    }
    const now = this.#context.clock.now();
    const readyMs = this.#readySince === undefined ? 0 : now - this.#readySince;
    const waitMs = this.#backOff.next(now - this.#launchedAt, readyMs);
    this.#fail(
      exitFailure(exit, {
        ...(this.#killedFor === undefined ? {} : { killedFor: this.#killedFor }),
        isContainer,
        kernelRanOutOfMemory: outOfMemoryKills() > this.#killsBefore,
        restarts: this.#restarts,
        waitMs,
      }),
      waitMs,
    );
    this.#restart(waitMs);
  }

  /** Ends a process that is beyond its memory limit. */
  exceeded(bytes: number, limit: number): void {
    if (!this.#isRunning || this.#isStopping || this.#killedFor !== undefined) return;
    const mebibytes = (value: number) => `${Math.round(value / 2 ** 20)} MiB`;
    this.#kill('OOMKilled', `it used ${mebibytes(bytes)} of memory, and its limit is ${mebibytes(limit)}`, 0);
  }

  async #launch(): Promise<void> {
    this.#isLaunching = true;
    this.#earlyExit = undefined;
    this.#killedFor = undefined;
    let plan: LaunchPlan | undefined;
    try {
      plan = await this.#context.prepare(this.id, this.workload);
      if (this.#isStopping) {
        this.#plan = plan;
        this.#cleanUp();
        this.#gone();
        return;
      }
      this.#killsBefore = outOfMemoryKills();
      const record = await this.#context.host.start(this.#spec(plan));
      this.#isLaunching = false;
      this.#started(record, plan);
      if (this.#isStopping) {
        this.#isStopping = false;
        this.stop();
      } else if (this.#earlyExit !== undefined) {
        this.exited(this.#earlyExit);
      }
    } catch (error) {
      this.#isLaunching = false;
      this.#plan = plan ?? this.#plan;
      this.#cleanUp();
      if (this.#isStopping) this.#gone();
      else this.#refused(error);
    }
  }

  #spec(plan: LaunchPlan): ProcessSpec {
    const note: ReplicaNote = {
      kind: 'berth-replica',
      version: 1,
      id: this.id,
      workload: this.workload,
      plan,
      restarts: this.#restarts,
    };
    return {
      id: this.processId,
      command: plan.command,
      env: plan.env,
      ...(plan.cwd === undefined ? {} : { cwd: plan.cwd }),
      ...(plan.uid === undefined ? {} : { uid: plan.uid }),
      ...(plan.gid === undefined ? {} : { gid: plan.gid }),
      logFile: this.#context.nextLogFile(this.id, this.workload),
      note,
    };
  }

  #started(record: ProcessRecord, plan: LaunchPlan): void {
    this.#plan = plan;
    this.#pid = record.pid;
    this.#startedAt = record.startedAt;
    this.#launchedAt = this.#context.clock.now();
    this.#readySince = undefined;
    this.#isRunning = true;
    this.#address = plan.endpoint.http;
    this.#notes = [...plan.notes];
    this.#isExclusive = plan.isExclusive;
    this.#enter('starting');
    this.#watchOver(plan);
  }

  #refused(error: unknown): void {
    const isKnown = error instanceof LaunchRefused;
    const isFinal = isKnown && error.isFinal;
    const waitMs = isFinal ? undefined : Math.max(1_000, this.#backOff.next(0));
    const failure: ReplicaFailure = {
      reason: isKnown ? error.reason : 'StartError',
      kserveReason: isKnown && isFinal ? 'InvalidPredictorSpec' : 'ModelLoadFailed',
      message: error instanceof Error ? error.message : String(error),
      logTail: [],
      isFinal,
    };
    this.#fail(failure, waitMs);
    if (waitMs !== undefined) this.#restart(waitMs);
  }

  #restart(waitMs: number): void {
    this.#cancelRestart = this.#context.clock.after(waitMs, () => {
      this.#restarts++;
      this.#models = [];
      this.#enter('starting');
      void this.#launch();
    });
  }

  #watchOver(plan: LaunchPlan): void {
    this.#watch?.stop();
    this.#watch = new ReplicaWatch(
      this.#probesOf(plan),
      {
        onReady: () => this.#ready(),
        onUnready: (message) => this.#unready(message),
        onWaiting: (message) => {
          if (this.#state === 'starting') this.#stillStarting(message, plan);
        },
        onUnhealthy: (message) => this.#kill('Unhealthy', message, this.workload.terminationGraceSeconds * 1_000),
        onResult: () => this.#onFirstResult(),
      },
      this.#context.clock,
    );
  }

  #probesOf(plan: LaunchPlan): ReplicaProbes {
    const { runner } = this.workload;
    if (runner.kind === 'native') {
      return nativeProbes(
        plan.endpoint.http,
        runner.multiModel,
        (state) => this.#report(state),
        () => {
          if (plan.socket !== undefined) showSocket(plan.socket);
        },
      );
    }
    const target: ProbeTarget = {
      addressOf: (port) =>
        plan.ports.find((one) => one.port === port || (one.name !== undefined && one.name === port))?.address ??
        (this.#address as Address),
      exec: () => ({
        command: plan.inside.map((word) => (word === '{main}' ? String(insidePid(this.#pid ?? 0) ?? 0) : word)),
        env: plan.env,
        ...(plan.cwd === undefined || plan.inside.length > 0 ? {} : { cwd: plan.cwd }),
      }),
    };
    return containerProbes(this.workload, this.#address as Address, target);
  }

  #report({ models, failure }: NativeState): void {
    if (this.#isStopping || !this.#isRunning) return;
    const hasChanged = JSON.stringify(models) !== JSON.stringify(this.#models);
    this.#models = models;
    if (failure === undefined) {
      if (hasChanged) this.#tell();
      return;
    }
    if (this.#state === 'failed' && this.#failure?.message === failure.message) return;
    const waitMs = failure.isFinal ? undefined : Math.max(1_000, this.#backOff.next(0));
    this.#fail(failure, waitMs);
    // The bytes may be readable later: it is started anew, as a process that ended would be.
    if (waitMs === undefined) return;
    this.#cancelRestart = this.#context.clock.after(waitMs, () => {
      this.#isRetrying = true;
      void this.#context.host
        .stop(this.processId, this.workload.terminationGraceSeconds * 1_000)
        .catch(() => undefined);
    });
  }

  #ready(): void {
    if (this.#isStopping || !this.#isRunning) return;
    this.#failure = undefined;
    this.#readySince ??= this.#context.clock.now();
    this.#enter('ready');
    const container = this.#plan?.container;
    if (container === undefined) return;
    void this.#context.containers.processOf(container).then((pid) => {
      if (this.#plan?.container === container) this.#containerPid = pid;
    });
  }

  #unready(message: string): void {
    if (this.#isStopping || !this.#isRunning || this.#state === 'failed') return;
    if (this.#state === 'starting' || this.#failure?.message === message) return;
    this.#failure = this.#notReady(message);
    this.#enter('unready');
  }

  #stillStarting(message: string, plan: LaunchPlan): void {
    if (this.#isStopping || !this.#isRunning) return;
    const { insistsOn } = plan;
    if (
      insistsOn !== undefined &&
      !this.#isExclusive &&
      this.#context.sessionListensOn(this.#pid as number, insistsOn)
    ) {
      this.#address = { host: '127.0.0.1', port: insistsOn };
      this.#isExclusive = true;
      this.#notes.push(
        `its command listens on port ${insistsOn} whatever it is told, so that only one replica can run at a time, and a new revision starts when the old one has ended`,
      );
      this.#tell();
      this.#watchOver({ ...plan, endpoint: { http: this.#address }, ports: [] });
      return;
    }
    if (this.#failure !== undefined || this.#context.clock.now() - this.#launchedAt < SLOW_START_MS) return;
    this.#failure = this.#notReady(message);
    this.#tell();
  }

  #notReady(message: string): ReplicaFailure {
    return {
      reason: 'NotReady',
      kserveReason: 'RuntimeUnhealthy',
      message: `it is not ready: ${message}`,
      logTail: [],
      isFinal: false,
    };
  }

  #kill(reason: 'OOMKilled' | 'Unhealthy', message: string, graceMs: number): void {
    if (this.#isStopping || !this.#isRunning || this.#killedFor !== undefined) return;
    this.#killedFor = { reason, message };
    this.#watch?.stop();
    this.#fail({ reason, kserveReason: 'RuntimeUnhealthy', message, logTail: [], isFinal: false });
    void this.#context.host.stop(this.processId, graceMs).catch(() => undefined);
  }

  /** It has failed; `waitMs` until it starts again, where it does. */
  #fail(failure: ReplicaFailure, waitMs?: number): void {
    this.#failure = failure;
    this.#startsAgainAt = waitMs === undefined ? undefined : Number(process.hrtime.bigint() / 1_000_000n) + waitMs;
    this.#enter('failed');
  }

  #cleanUp(): void {
    this.#pid = undefined;
    this.#containerPid = undefined;
    this.#address = undefined;
    const { folder, container, group } = this.#plan ?? {};
    this.#plan = undefined;
    if (container !== undefined) void this.#context.containers.remove(container);
    if (group !== undefined) this.#context.groups?.remove(group);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }

  #enter(state: ReplicaView['state']): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    this.#context.onChange(this.id, this.view);
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#isRunning = false;
    this.#watch?.stop();
    this.#cleanUp();
    this.#context.onChange(this.id, undefined);
  }
}
