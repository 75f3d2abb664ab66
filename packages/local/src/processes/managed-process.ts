import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { OutputCapture } from '../logs/capture.ts';
import type { LogLimits } from '../logs/log-file.ts';
import { killGroup } from './process-group.ts';

/** How a child process is started. */
export interface LaunchSpec {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  readonly logFile: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Whether it speaks Node's IPC. */
  readonly hasIpc?: boolean;
  readonly logLimits?: LogLimits | undefined;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly logTail: readonly string[];
}

/** Milliseconds that output may still come after a process has ended. */
const OUTPUT_GRACE_MS = 300;

/** A child in a process group of its own, with its output on the way to a file. */
export interface ManagedProcess {
  readonly pid: number;
  readonly startedAt: Date;
  readonly child: ChildProcess;
  /** Resolves when it has ended and its output is read; what is left of its group has been killed. */
  readonly ended: Promise<Ending>;
  /** Whether it has not ended yet. */
  readonly isRunning: boolean;
  /** SIGTERM to the group, SIGKILL after `graceMs`. Resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
  /** The last lines that it wrote. */
  tail(): readonly string[];
}

/**
 * Starts a child whose standard input is a pipe that closes when this process ends, however it ends.
 * @throws Error where the command can not be started, saying why
 */
export async function launch(spec: LaunchSpec): Promise<ManagedProcess> {
  const [file, ...args] = spec.command;
  if (file === undefined || file === '') throw new Error('there is no command to start');
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', ...(spec.hasIpc === true ? ['ipc' as const] : [])];
  const child = spawn(file, args, {
    env: { ...spec.env },
    stdio,
    detached: true,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
  });
  const startedAt = new Date();
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  child.stdin?.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => reject(new Error(explain(error, file, spec.cwd))));
  });
  child.on('error', () => undefined);
  const pid = child.pid as number;
  const output = new OutputCapture(spec.logFile, spec.logLimits);
  if (child.stdout !== null) output.take(child.stdout, 'stdout');
  if (child.stderr !== null) output.take(child.stderr, 'stderr');
  let isRunning = true;
  const ended = exited.then(async ({ code, signal }) => {
    // Whoever stays in the group has nobody any more who would end it.
    killGroup(pid, 'SIGKILL');
    isRunning = false;
    await output.ended(OUTPUT_GRACE_MS);
    child.stdin?.destroy();
    await output.close();
    return { code, signal, logTail: output.tail() };
  });
  return {
    pid,
    startedAt,
    child,
    ended,
    get isRunning() {
      return isRunning;
    },
    tail: () => output.tail(),
    async stop(graceMs) {
      if (!isRunning) return void (await ended);
      killGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), Math.max(0, graceMs));
      await ended;
      clearTimeout(timer);
    },
  };
}

function explain(error: NodeJS.ErrnoException, file: string, cwd: string | undefined): string {
  switch (error.code) {
    case 'ENOENT':
      return cwd === undefined
        ? `there is no program ${file}`
        : `there is no program ${file}, or no working directory ${cwd}`;
    case 'EACCES':
      return `${file} may not be executed`;
    case 'E2BIG':
      return `the arguments and environment of ${file} are larger than this machine allows`;
    case 'EAGAIN':
      return `${file} does not start: this user has as many processes as it may`;
    default:
      return `${file} does not start: ${error.code ?? error.message}`;
  }
}
