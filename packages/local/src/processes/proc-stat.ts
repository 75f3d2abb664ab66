import { readdirSync, readFileSync } from 'node:fs';

/** What Linux tells of a process in `/proc/<pid>/stat` (proc(5)); times in clock ticks, memory in pages. */
export interface ProcStat {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** Of children that ended and were waited for. */
  readonly childTicks: number;
  /** Since boot: with the process id it names one process for ever. */
  readonly startTicks: number;
  readonly residentPages: number;
}

/** USER_HZ, which Linux has fixed at 100 for every architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** The numbers of a line of `/proc/<pid>/stat`. The name in parentheses may hold anything, also parentheses. */
export function parseProcStat(line: string): ProcStat | undefined {
  const nameEnd = line.lastIndexOf(')');
  const nameStart = line.indexOf('(');
  if (nameStart < 0 || nameEnd < nameStart) return undefined;
  const fields = line.slice(nameEnd + 2).split(' ');
  const number = (index: number) => Number(fields[index - 3]);
  if (fields.length < 22) return undefined;
  return {
    pid: Number(line.slice(0, nameStart)),
    state: fields[0] as string,
    parent: number(4),
    group: number(5),
    session: number(6),
    userTicks: number(14),
    systemTicks: number(15),
    childTicks: number(16) + number(17),
    startTicks: number(22),
    residentPages: number(24),
  };
}

/** Undefined where there is no such process, or no /proc. */
export function readProcStat(pid: number): ProcStat | undefined {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Every process that this one can see; empty where there is no /proc. */
export function listProcStats(): ProcStat[] {
  let entries: string[];
  try {
    entries = readdirSync('/proc');
  } catch {
    return [];
  }
  const found: ProcStat[] = [];
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readProcStat(Number(entry));
    if (stat !== undefined) found.push(stat);
  }
  return found;
}
