import { listProcStats, type ProcStat, TICKS_PER_SECOND } from './proc-stat.ts';

const PAGE_BYTES = 4_096;

/** CPU seconds and resident bytes of each root process with everything below it; by root's process id. */
export function treeUsage(roots: readonly number[]): Map<number, { cpuSeconds: number; memoryBytes: number }> {
  const all = listProcStats();
  const children = new Map<number, ProcStat[]>();
  const byPid = new Map<number, ProcStat>();
  for (const stat of all) {
    byPid.set(stat.pid, stat);
    const siblings = children.get(stat.parent);
    if (siblings === undefined) children.set(stat.parent, [stat]);
    else siblings.push(stat);
  }
  const usage = new Map<number, { cpuSeconds: number; memoryBytes: number }>();
  for (const root of roots) {
    const waiting = [byPid.get(root)];
    let ticks = 0;
    let pages = 0;
    for (let stat = waiting.pop(); stat !== undefined; stat = waiting.pop()) {
      ticks += stat.userTicks + stat.systemTicks + stat.childTicks;
      pages += stat.residentPages;
      waiting.push(...(children.get(stat.pid) ?? []));
    }
    usage.set(root, { cpuSeconds: ticks / TICKS_PER_SECOND, memoryBytes: pages * PAGE_BYTES });
  }
  return usage;
}
