import assert from 'node:assert/strict';
import { readProcStat } from '../processes/proc-stat.ts';

/** Asks every 10 ms until the answer is neither undefined nor false. */
export async function waitUntil<T>(what: string, ask: () => T | Promise<T>): Promise<Exclude<T, undefined | false>> {
  const until = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (performance.now() > until) assert.fail(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process runs (a zombie does not). */
export function isAlive(pid: number): boolean {
  if (process.platform === 'linux') {
    const stat = readProcStat(pid);
    return stat !== undefined && stat.state !== 'Z';
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
