import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Ended replicas whose logs are kept. */
const MAX_KEPT = 200;
const MAX_AGE_MS = 24 * 60 * 60 * 1_000;

/** Removes the folders of processes that have ended without anybody to clean up after them. */
export function removeRunFolders(runFolder: string, inUse: ReadonlySet<string>): void {
  for (const name of namesIn(runFolder)) {
    const folder = join(runFolder, name);
    if (!/^[0-9a-f]{10}$/.test(name) || inUse.has(folder)) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes the logs of replicas that ended more than a day ago, and of the oldest beyond a number. */
export function removeOldLogs(
  logFolder: string,
  isRunning: (namespace: string, pod: string) => boolean,
  now: number,
): void {
  const ended: { readonly path: string; readonly changedAt: number }[] = [];
  for (const namespace of namesIn(logFolder)) {
    for (const pod of namesIn(join(logFolder, namespace))) {
      if (isRunning(namespace, pod)) continue;
      const path = join(logFolder, namespace, pod);
      const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      ended.push({ path, changedAt });
    }
  }
  ended.sort((left, right) => right.changedAt - left.changedAt);
  for (const [index, { path, changedAt }] of ended.entries()) {
    if (index >= MAX_KEPT || now - changedAt > MAX_AGE_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** The folders in a folder; empty where there is none. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
