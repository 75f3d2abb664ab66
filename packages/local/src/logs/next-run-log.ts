import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runLogName } from './read-log.ts';

/**
 * The log file of a replica's next run. The run before is kept for `logs --previous`, without what was rotated away of
 * it; older ones go.
 */
export function nextRunLog(folder: string): string {
  const names = namesIn(folder);
  const run = Math.max(-1, ...names.map(runOf)) + 1;
  for (const name of names) {
    if (runOf(name) < run - 1 || /\.log\.\d+$/.test(name)) rmSync(join(folder, name), { force: true });
  }
  return join(folder, runLogName(run));
}

function runOf(name: string): number {
  return Number(/^(\d{1,9})\.log/.exec(name)?.[1] ?? -1);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
