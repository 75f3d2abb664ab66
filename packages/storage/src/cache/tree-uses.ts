import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSameProcess, startOf } from './lock.ts';
import { isDigest } from './tree-record.ts';

interface UsesText {
  readonly pid: number;
  readonly started?: string;
  readonly digests: readonly string[];
}

/** What a process used stays for so long after its end: its replicas may outlive it, or it may come again. */
const GRACE_MS = 10 * 60_000;

/** Says on the disk which trees this process uses, so that no other process cleans them away. */
export class TreeUses {
  readonly #folder: string;
  readonly #path: string;
  #said = '';

  constructor(cacheFolder: string) {
    this.#folder = join(cacheFolder, 'uses');
    this.#path = join(this.#folder, `${process.pid}-${randomUUID()}.json`);
  }

  /** Replaces what is in use. It is on the disk when this returns. */
  set(digests: Iterable<string>): void {
    const started = startOf(process.pid);
    const sorted = [...new Set(digests)].filter(isDigest).sort();
    const text = JSON.stringify({
      pid: process.pid,
      ...(started === undefined ? {} : { started }),
      digests: sorted,
    } satisfies UsesText);
    if (text === this.#said) return;
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(`${this.#path}.new`, text);
    renameSync(`${this.#path}.new`, this.#path);
    this.#said = text;
  }

  /** Nothing is in use any more. */
  clear(): void {
    rmSync(this.#path, { force: true });
    this.#said = '';
  }

  /** What this process said last. */
  get digests(): readonly string[] {
    return this.#said === '' ? [] : (JSON.parse(readFileSync(this.#path, 'utf8')) as UsesText).digests;
  }
}

/** The trees that any process uses, or used until minutes ago. Notes of processes that are gone for good are removed. */
export async function usedDigests(cacheFolder: string): Promise<Set<string>> {
  const folder = join(cacheFolder, 'uses');
  const used = new Set<string>();
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    const path = join(folder, name);
    try {
      const { mtimeMs } = await stat(path);
      const uses = JSON.parse(await readFile(path, 'utf8')) as UsesText;
      if (!isSameProcess(uses) && Date.now() - mtimeMs > GRACE_MS) {
        await rm(path, { force: true });
        continue;
      }
      for (const digest of uses.digests) used.add(digest);
    } catch {
      // Gone, or nothing that says anything.
    }
  }
  return used;
}
