/** One line that a replica wrote. */
export interface LogLine {
  /** RFC 3339 with nanoseconds or less. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** Whether the line was too long to be kept whole: what follows of the same stream goes on with it. */
  readonly isPart?: boolean;
}

/** What to read; as `kubectl logs` asks. */
export interface LogOptions {
  readonly follow: boolean;
  readonly tailLines?: number;
  readonly since?: Date;
  /** Of the process before the last restart. */
  readonly previous: boolean;
  readonly signal?: AbortSignal;
}

/** The output of replicas, also of those that have ended and whose files are still there. */
export interface PodLogs {
  /** Ends when everything is read, or with `follow` when the replica is gone or `signal` fires. */
  read(namespace: string, pod: string, options: LogOptions): AsyncIterable<LogLine>;
}
