import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running platform says of itself in its state folder. */
export interface PlatformRecord {
  readonly pid: number;
  readonly startedAt: string;
  readonly version: string;
  /** E.g. `http://127.0.0.1:8080`. */
  readonly gatewayUrls: readonly string[];
  readonly apiUrl: string;
  readonly cacheFolder: string;
}

/** The platform that runs on a state folder; undefined where none does. */
export async function readPlatform(stateFolder: string): Promise<PlatformRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(join(stateFolder, 'platform.json'), 'utf8')) as PlatformRecord;
    return isAlive(record.pid) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
