import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Guard } from '../processes/guard.ts';
import { deathSignalPrefix } from '../processes/launch-prefix.ts';
import { launch, type ManagedProcess } from '../processes/managed-process.ts';
import type { PartMessage } from './messages.ts';
import type { ProcessTable } from './process-table.ts';

/** A part of the platform that runs in a process of its own. */
export interface PartSpec {
  readonly name: 'control' | 'gateway';
  /** Path of the module that it runs. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** What keeping a part needs. */
export interface PartOptions {
  readonly node: string;
  readonly logFolder: string;
  readonly table: ProcessTable;
  readonly guard: Guard;
  readonly onNotice: (message: string) => void;
  readonly onMessage: (child: ChildProcess, message: PartMessage) => void;
  readonly onStart: (child: ChildProcess) => void;
}

/** A part that ended before it served: its own last words say why, in words for people. */
export class PartFailed extends Error {
  /** A row of the table of errors. */
  readonly code: string;

  constructor(message: string) {
    super(message);
    // What the command line prints without a stack.
    this.name = 'StartError';
    this.code = /^port \d+ is in use/m.test(message) ? 'AddressInUse' : 'StartFailed';
  }
}

/** Waits before a restart in milliseconds: the first comes at once, since its absence is felt by every client. */
const WAITS_MS = [0, 100, 250, 500, 1_000, 2_000, 5_000];
/** Milliseconds after which a part counts as healthy again. */
const HEALTHY_MS = 10_000;

/** Keeps one part of the platform running. */
export class Part {
  readonly #spec: PartSpec;
  readonly #options: PartOptions;
  #process: ManagedProcess | undefined;
  #failures = 0;
  #startedAt = 0;
  #isStopping = false;
  #wasReady = false;
  #timer: NodeJS.Timeout | undefined;
  #resolveReady: (info: unknown) => void = () => undefined;
  #rejectReady: (error: Error) => void = () => undefined;
  /** Resolves when it says for the first time that it serves; rejects where it ends before. */
  readonly ready: Promise<unknown>;

  constructor(spec: PartSpec, options: PartOptions) {
    this.#spec = spec;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#process?.isRunning === true ? this.#process.pid : undefined;
  }

  /** @throws Error where it can not be started at all */
  async start(): Promise<void> {
    const { name, entry, args, env, nodeArgs = [] } = this.#spec;
    const { node, logFolder, table, guard } = this.#options;
    const started = await launch({
      command: [...deathSignalPrefix(), node, ...nodeArgs, entry, ...args],
      env,
      logFile: join(logFolder, `${name}.log`),
      hasIpc: true,
    });
    this.#process = started;
    this.#startedAt = performance.now();
    table.add(name, started.pid);
    guard.add(started.pid);
    started.child.on('message', (message) => this.#receive(started.child, message as PartMessage));
    this.#options.onStart(started.child);
    void this.#follow(started);
    // It may have been told to stop while it was being started.
    if (this.#isStopping) await started.stop(0);
  }

  /** SIGTERM, then SIGKILL after `graceMs`. Resolves with its exit code; 75 where it had to be killed. */
  async stop(graceMs: number): Promise<number> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const running = this.#process;
    if (running === undefined || !running.isRunning) return 0;
    await running.stop(graceMs);
    const { code } = await running.ended;
    return code ?? EXIT_CUT;
  }

  #receive(child: ChildProcess, message: PartMessage): void {
    if (message?.type !== 'ready') {
      this.#options.onMessage(child, message);
      return;
    }
    this.#wasReady = true;
    this.#resolveReady(message.info);
  }

  async #follow(running: ManagedProcess): Promise<void> {
    const { code, signal, logTail } = await running.ended;
    this.#options.table.remove(running.pid);
    this.#options.guard.remove(running.pid);
    if (this.#isStopping) return;
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const last = logTail.length === 0 ? '' : `: ${logTail.slice(-5).join(' | ')}`;
    if (!this.#wasReady) {
      this.#isStopping = true;
      const said = logTail.join('\n');
      this.#rejectReady(new PartFailed(`the ${this.#spec.name} part ended ${how} before it served:\n${said}`));
      return;
    }
    if (performance.now() - this.#startedAt >= HEALTHY_MS) this.#failures = 0;
    const wait = WAITS_MS[Math.min(this.#failures++, WAITS_MS.length - 1)] as number;
    this.#options.onNotice(
      `the ${this.#spec.name} part ended ${how}${last}; it starts again ${wait === 0 ? 'now' : `in ${wait} ms`}`,
    );
    this.#timer = setTimeout(() => void this.#restart(), wait);
  }

  async #restart(): Promise<void> {
    if (this.#isStopping) return;
    await this.start().catch((error: Error) => {
      this.#options.onNotice(`the ${this.#spec.name} part does not start: ${error.message}`);
      this.#timer = setTimeout(() => void this.#restart(), WAITS_MS.at(-1));
    });
  }
}

/** Exit code where something under way was cut. */
export const EXIT_CUT = 75;
