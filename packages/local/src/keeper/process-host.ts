/** A process that the keeper starts and watches. Plain data; travels by IPC. */
export interface ProcessSpec {
  /** Unique among running processes; the pod's name with its namespace. */
  readonly id: string;
  readonly command: readonly string[];
  /** The whole environment; nothing of the platform's own is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** File that its output goes to, a line each: `<RFC 3339 time> <stdout|stderr> <F|P> <text>`, rotated by the keeper. */
  readonly logFile: string;
  /** User and group to run as, where the platform is root. */
  readonly uid?: number;
  readonly gid?: number;
  /** Whatever the owner wants back after a restart of its own; must be JSON. */
  readonly note: unknown;
}

/** A process as the keeper knows it. */
export interface ProcessRecord {
  readonly spec: ProcessSpec;
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** How a process ended. */
export interface ProcessExit {
  readonly id: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** Last lines that it wrote, oldest first. */
  readonly logTail: readonly string[];
}

/**
 * The part that owns processes and their output. It lives longer than the control part, so that replicas do, and none of
 * its processes lives longer than it does.
 */
export interface ProcessHost {
  /** @throws Error where the command can not be started, saying why */
  start(spec: ProcessSpec): Promise<ProcessRecord>;
  /** SIGTERM to the process group, SIGKILL after `graceMs`. Resolves when it has ended; unknown ids are fine. */
  stop(id: string, graceMs: number): Promise<void>;
  list(): Promise<readonly ProcessRecord[]>;
  onExit(listener: (exit: ProcessExit) => void): () => void;
}
