import type { LogLimits } from '../logs/log-file.ts';
import { findProgram } from '../processes/find-program.ts';
import type { Guard } from '../processes/guard.ts';
import { deathSignalPrefix } from '../processes/launch-prefix.ts';
import { launch, type ManagedProcess } from '../processes/managed-process.ts';
import type { ProcessExit, ProcessHost, ProcessRecord, ProcessSpec } from './process-host.ts';
import type { ProcessTable } from './process-table.ts';

/** What the host of processes needs besides the operating system. */
export interface LocalHostOptions {
  readonly table?: ProcessTable;
  readonly guard?: Guard;
  readonly logLimits?: LogLimits;
}

/** A ProcessHost whose processes are this process's own children. */
export interface LocalHost extends ProcessHost {
  /** Starts nothing from now on. */
  refuseStarts(why: string): void;
  /** Ends everything; resolves with the number of processes that had to be killed. */
  stopAll(graceMs: number): Promise<number>;
}

/** Makes a host without processes. */
export function createLocalHost(options: LocalHostOptions = {}): LocalHost {
  return new Host(options);
}

class Host implements LocalHost {
  readonly #options: LocalHostOptions;
  readonly #prefix = deathSignalPrefix();
  readonly #running = new Map<string, { readonly record: ProcessRecord; readonly process: ManagedProcess }>();
  /** Ids whose process is being started. */
  readonly #starting = new Set<string>();
  readonly #listeners = new Set<(exit: ProcessExit) => void>();
  #refusal: string | undefined;

  constructor(options: LocalHostOptions) {
    this.#options = options;
  }

  async start(spec: ProcessSpec): Promise<ProcessRecord> {
    if (this.#refusal !== undefined) throw new Error(this.#refusal);
    if (this.#running.has(spec.id) || this.#starting.has(spec.id)) {
      throw new Error(`a process named ${spec.id} runs already`);
    }
    this.#starting.add(spec.id);
    try {
      const [name = '', ...args] = spec.command;
      // Asked beforehand: what stands before the command would be found, and then fail with words of its own.
      const program = findProgram(name, spec.env.PATH, spec.cwd);
      if (program === undefined) throw new Error(`there is no program ${name} that can be executed`);
      const started = await launch({
        ...spec,
        command: [...this.#prefix, program, ...args],
        logLimits: this.#options.logLimits,
      });
      if (this.#refusal !== undefined) {
        await started.stop(0);
        throw new Error(this.#refusal);
      }
      const record = { spec, pid: started.pid, startedAt: started.startedAt.toISOString() };
      this.#running.set(spec.id, { record, process: started });
      this.#options.guard?.add(started.pid);
      this.#options.table?.add(spec.id, started.pid);
      void this.#follow(spec.id, started);
      return record;
    } finally {
      this.#starting.delete(spec.id);
    }
  }

  async stop(id: string, graceMs: number): Promise<void> {
    const found = this.#running.get(id);
    if (found === undefined) return;
    await found.process.stop(graceMs);
    this.#ended(id, found.process);
  }

  async list(): Promise<readonly ProcessRecord[]> {
    return [...this.#running.values()].map(({ record }) => record);
  }

  onExit(listener: (exit: ProcessExit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  refuseStarts(why: string): void {
    this.#refusal = why;
  }

  async stopAll(graceMs: number): Promise<number> {
    let killed = 0;
    const stops = [...this.#running].map(async ([id, { process }]) => {
      await process.stop(graceMs);
      if ((await process.ended).signal === 'SIGKILL') killed++;
      this.#ended(id, process);
    });
    await Promise.all(stops);
    return killed;
  }

  async #follow(id: string, process: ManagedProcess): Promise<void> {
    const { code, signal, logTail } = await process.ended;
    this.#ended(id, process);
    for (const listener of [...this.#listeners]) listener({ id, code, signal, logTail });
  }

  #ended(id: string, process: ManagedProcess): void {
    if (this.#running.get(id)?.process !== process) return;
    this.#running.delete(id);
    this.#options.guard?.remove(process.pid);
    this.#options.table?.remove(process.pid);
  }
}
