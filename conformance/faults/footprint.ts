/** What a platform takes of its machine: memory and descriptors by process, files, rows of the database. Linux's /proc. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The processes that are there without any service. */
export const PARTS = ['keeper', 'control', 'gateway'] as const;
export type PartName = (typeof PARTS)[number];

/** One look. Memory in bytes. */
export interface Footprint {
  readonly parts: Readonly<Record<PartName, { readonly rss: number; readonly descriptors: number }>>;
  /** Processes below the keeper, without the parts. */
  readonly processes: number;
  /** Files of the folders that sockets, downloads and temporary files go to. */
  readonly files: number;
  /** Bytes of the database with what has not been merged into it yet. */
  readonly databaseBytes: number;
}

/** Looks at the platform of a keeper. @param folders counted in `files`, with everything below them */
export function footprint(keeper: number, state: string, folders: readonly string[]): Footprint {
  const pids: Record<PartName, number> = {
    keeper,
    control: partPid(keeper, 'control-main'),
    gateway: partPid(keeper, 'gateway-main'),
  };
  return {
    parts: { keeper: take(pids.keeper), control: take(pids.control), gateway: take(pids.gateway) },
    processes: descendants(keeper).length - 2,
    files: folders.reduce((sum, folder) => sum + list(folder, true).length, 0),
    databaseBytes: list(state, false)
      .filter((name) => /\.db(-wal)?$/.test(name))
      .reduce((sum, name) => sum + (statSync(join(state, name), { throwIfNoEntry: false })?.size ?? 0), 0),
  };
}

/** The pid of a part of the platform, by the name of its entry. @throws Error where it does not run */
export function partPid(keeper: number, entry: string): number {
  for (const pid of descendants(keeper)) if (read(`/proc/${pid}/cmdline`).includes(entry)) return pid;
  throw new Error(`there is no process ${entry} below ${keeper}`);
}

/** What the descriptors of a process lead to, for the message when they grow. */
export function openFiles(pid: number): string[] {
  return list(`/proc/${pid}/fd`, false).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return [];
    }
  });
}

function take(pid: number): { rss: number; descriptors: number } {
  const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return { rss: kibibytes * 1024, descriptors: list(`/proc/${pid}/fd`, false).length };
}

function descendants(root: number): number[] {
  const parents = list('/proc', false)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const stat = read(`/proc/${name}/stat`);
      return [Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const;
    });
  const found: number[] = [];
  for (let level = [root]; level.length > 0; ) {
    level = parents.filter(([, parent]) => level.includes(parent)).map(([pid]) => pid);
    found.push(...level);
  }
  return found;
}

/** Empty where the process or folder is gone. */
function list(folder: string, recursive: boolean): string[] {
  try {
    return readdirSync(folder, { encoding: 'utf8', recursive });
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
