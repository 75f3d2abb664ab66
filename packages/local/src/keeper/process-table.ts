import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { listProcStats, type ProcStat, readProcStat } from '../processes/proc-stat.ts';
import { killGroup } from '../processes/process-group.ts';

/** A running process as the file names it: enough to find it again, nothing that is secret. */
export interface TableEntry {
  readonly id: string;
  readonly pid: number;
  /** Of `/proc/<pid>/stat`; 0 where there is none. */
  readonly startTicks: number;
}

interface TableFile {
  readonly boot: string;
  readonly processes: readonly TableEntry[];
}

/** The file of what runs, so that the keeper after a killed one finds what that left behind. */
export class ProcessTable {
  readonly #path: string;
  readonly #entries = new Map<number, TableEntry>();
  #isDirty = false;

  constructor(path: string) {
    this.#path = path;
  }

  add(id: string, pid: number): void {
    this.#entries.set(pid, { id, pid, startTicks: readProcStat(pid)?.startTicks ?? 0 });
    this.#changed();
  }

  remove(pid: number): void {
    if (this.#entries.delete(pid)) this.#changed();
  }

  /** Writes now what waits to be written. */
  flush(): void {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    const file: TableFile = { boot: bootId(), processes: [...this.#entries.values()] };
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify(file), { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      // A full disk: the guard and the death signals end the processes without the file, too.
    }
  }

  #changed(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    setImmediate(() => this.flush());
  }
}

/**
 * Kills what a killed keeper left behind: processes of the table, and what stays in their sessions. A process id that
 * now belongs to another process is told by its start time. Returns the names of what was killed.
 */
export function endOrphans(path: string): string[] {
  const table = readTable(path);
  if (table === undefined || table.boot !== bootId() || table.boot === '') return [];
  const running = listProcStats();
  const killed: string[] = [];
  for (const entry of table.processes) {
    const leader = running.find(({ pid }) => pid === entry.pid);
    // Another process has its id by now: then the session is that one's.
    if (leader !== undefined && leader.startTicks !== entry.startTicks) continue;
    const members = running.filter((stat) => stat.state !== 'Z' && isOf(entry, stat));
    if (members.length === 0) continue;
    killGroup(entry.pid, 'SIGKILL');
    for (const { pid } of members) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    killed.push(entry.id);
  }
  return killed;
}

/** The kernel gives no process an id that a session still has, so a session is its leader's for as long as it lasts. */
function isOf(entry: TableEntry, stat: ProcStat): boolean {
  return stat.pid === entry.pid || (stat.session === entry.pid && stat.startTicks >= entry.startTicks);
}

function readTable(path: string): TableFile | undefined {
  try {
    const table = JSON.parse(readFileSync(path, 'utf8')) as TableFile;
    const isEntry = (entry: TableEntry) => Number.isSafeInteger(entry?.pid) && entry.pid > 1;
    return { boot: String(table.boot), processes: table.processes.filter(isEntry) };
  } catch {
    return undefined;
  }
}

/** Names this run of the machine; process ids mean nothing after it. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
