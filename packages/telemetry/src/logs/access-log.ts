import type { DestinationStream } from 'pino';

/** One answered request. */
export interface AccessEntry {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestId: string;
  readonly durationMs: number;
}

/** Lines that wait at most; beyond, lines are dropped and counted, so that a slow disk never slows an answer. */
const MAX_WAITING = 10_000;

/**
 * Writes a JSON line a request, gathered and written together a little later: the request itself only puts its entry
 * into a list.
 */
export class AccessLog {
  #destination: DestinationStream;
  #entries: AccessEntry[] = [];
  #times: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #intervalMs: number;

  constructor(destination: DestinationStream, intervalMs = 100) {
    this.#destination = destination;
    this.#intervalMs = intervalMs;
  }

  /** Lines dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** To be given to the HTTP handler as `accessLog`. */
  readonly write = (entry: AccessEntry): void => {
    if (this.#entries.length >= MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#entries.push(entry);
    this.#times.push(Date.now());
    this.#timer ??= setTimeout(() => this.flush(), this.#intervalMs).unref();
  };

  /** Writes what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#entries;
    const times = this.#times;
    this.#entries = [];
    this.#times = [];
    if (entries.length === 0) return;
    const lines = entries.map((entry, index) => line(entry, times[index]));
    this.#destination.write(`${lines.join('\n')}\n`);
  }
}

function line(entry: AccessEntry, time: number): string {
  return JSON.stringify({
    time: new Date(time).toISOString(),
    level: 'info',
    msg: 'request',
    method: entry.method,
    path: entry.path,
    status: entry.status,
    requestId: entry.requestId,
    durationMs: Math.round(entry.durationMs * 1000) / 1000,
  });
}
