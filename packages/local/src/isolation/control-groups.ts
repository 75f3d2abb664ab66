import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a group is held to. */
export interface GroupLimits {
  /** CPUs, e.g. 0.5. */
  readonly cpu?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

/** The kernel's control groups, as far as this process may make some (Linux, mostly root). */
export interface ControlGroups {
  /** Makes a group; returns the files that a process writes `0` to in order to join. @throws Error where it can not be made */
  create(name: string, limits: GroupLimits): readonly string[];
  /** Whether the kernel killed a process of it for lack of memory. */
  ranOutOfMemory(name: string): boolean;
  /** Removes a group that is empty; one that is not yet stays until `removeAll`. */
  remove(name: string): void;
  /** Removes every empty group of this platform. */
  removeAll(): void;
}

const PERIOD_US = 100_000;
/** The kernel takes no quota below a millisecond. */
const LEAST_QUOTA_US = 1_000;

/** Finds out whether groups can be made, by making one. */
export function findControlGroups(stateFolder: string, root = '/sys/fs/cgroup'): ControlGroups | undefined {
  const name = `berth-${createHash('sha256').update(stateFolder).digest('hex').slice(0, 12)}`;
  const candidate = existsSync(join(root, 'cgroup.controllers'))
    ? new Groups([join(root, name)], writeUnified, 'memory.events')
    : new Groups([join(root, 'memory', name), join(root, 'cpu', name)], writeSeparate, 'memory.oom_control');
  try {
    candidate.removeAll();
    candidate.create('trial', { cpu: 1, memoryBytes: 2 ** 30 });
    candidate.remove('trial');
    return candidate;
  } catch {
    return undefined;
  }
}

class Groups implements ControlGroups {
  readonly #bases: readonly string[];
  readonly #write: (folder: string, limits: GroupLimits) => void;
  readonly #events: string;

  constructor(bases: readonly string[], write: (folder: string, limits: GroupLimits) => void, events: string) {
    this.#bases = bases;
    this.#write = write;
    this.#events = events;
  }

  create(name: string, limits: GroupLimits): readonly string[] {
    return this.#bases.map((base) => {
      const folder = join(base, name);
      mkdirSync(base, { recursive: true });
      if (this.#bases.length === 1) enableControllers(base);
      mkdirSync(folder, { recursive: true });
      this.#write(folder, limits);
      return join(folder, 'cgroup.procs');
    });
  }

  ranOutOfMemory(name: string): boolean {
    try {
      const text = readFileSync(join(this.#bases[0] as string, name, this.#events), 'latin1');
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0;
    } catch {
      return false;
    }
  }

  remove(name: string): void {
    for (const base of this.#bases) {
      for (const folder of [join(base, name), base]) {
        try {
          rmdirSync(folder);
        } catch {
          // A process of it is still ending, or another group is there.
        }
      }
    }
  }

  removeAll(): void {
    for (const base of this.#bases) {
      if (!existsSync(base)) continue;
      for (const entry of readdirSync(base, { withFileTypes: true })) if (entry.isDirectory()) this.remove(entry.name);
    }
  }
}

/** Version 2: one tree, whose folders pass controllers on where they are told to. */
function enableControllers(base: string): void {
  for (const folder of [dirname(base), base]) writeFileSync(join(folder, 'cgroup.subtree_control'), '+cpu +memory');
}

function writeUnified(folder: string, { cpu, memoryBytes }: GroupLimits): void {
  if (cpu !== undefined) writeFileSync(join(folder, 'cpu.max'), `${quota(cpu)} ${PERIOD_US}`);
  if (memoryBytes === undefined) return;
  writeFileSync(join(folder, 'memory.max'), String(Math.floor(memoryBytes)));
  // All or nothing: a server without one of its processes is no server.
  writeFileSync(join(folder, 'memory.oom.group'), '1');
}

/** Version 1: a tree for each controller. */
function writeSeparate(folder: string, { cpu, memoryBytes }: GroupLimits): void {
  if (cpu !== undefined && existsSync(join(folder, 'cpu.cfs_quota_us'))) {
    writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_US));
    writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quota(cpu)));
  }
  if (memoryBytes !== undefined && existsSync(join(folder, 'memory.limit_in_bytes'))) {
    writeFileSync(join(folder, 'memory.limit_in_bytes'), String(Math.floor(memoryBytes)));
  }
}

function quota(cpu: number): number {
  return Math.max(LEAST_QUOTA_US, Math.round(cpu * PERIOD_US));
}
