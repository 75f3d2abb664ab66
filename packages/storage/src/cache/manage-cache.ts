import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../storage-error.ts';
import { ModelCache } from './cache.ts';
import { withLock } from './lock.ts';
import { treePins } from './tree-pins.ts';
import { isDigest, type TreeRecord } from './tree-record.ts';
import { usedDigests } from './tree-uses.ts';
import { checkTree, quarantine } from './verify-tree.ts';

/** A model in the cache, for people. */
export interface CachedModel {
  readonly digest: string;
  /** Where it came from, without anything secret. */
  readonly source: string;
  readonly bytes: number;
  readonly files: number;
  readonly lastUsed: Date;
  /** A process uses it, or did until minutes ago. */
  readonly isUsed: boolean;
  /** Who wants it kept. */
  readonly pinnedBy: readonly string[];
  /** For a model that is used where it lies: nothing of it is in the cache. */
  readonly inPlace?: string;
}

/** The models in a cache, the latest used first. */
export async function listCache(cacheFolder: string): Promise<CachedModel[]> {
  const cache = new ModelCache(cacheFolder);
  const [used, pins] = await Promise.all([usedDigests(cacheFolder), treePins(cacheFolder)]);
  const models: CachedModel[] = [];
  for (const name of await namesIn(cache.records.folder)) {
    const digest = name.replace(/\.json$/, '');
    const record = await cache.records.read(digest);
    if (record === undefined) continue;
    const lastUsed = (await stat(cache.records.path(digest)).catch(() => undefined))?.mtime;
    if (lastUsed === undefined) continue;
    models.push({
      digest,
      source: record.source,
      bytes: record.inPlace === undefined ? record.bytes : 0,
      files: record.files.length,
      lastUsed,
      isUsed: used.has(digest),
      pinnedBy: pins.filter((pin) => pin.digest === digest).map(({ owner }) => owner),
      ...(record.inPlace === undefined ? {} : { inPlace: record.inPlace }),
    });
  }
  return models.sort((one, other) => other.lastUsed.getTime() - one.lastUsed.getTime());
}

/**
 * Removes models by the start of their digest (8 characters at least) or by their source. What is in use or pinned is
 * refused unless `force` is set.
 * @throws StorageError NotFound, or InvalidStorageUri where more than one fits or it is in use
 */
export async function removeFromCache(
  cacheFolder: string,
  which: string,
  options: { readonly force?: boolean } = {},
): Promise<CachedModel[]> {
  const models = await listCache(cacheFolder);
  const bySource = models.filter(({ source }) => source === which);
  const byDigest = /^[0-9a-f]{8,64}$/.test(which) ? models.filter(({ digest }) => digest.startsWith(which)) : [];
  const found = byDigest.length > 0 ? byDigest : bySource;
  if (found.length === 0) throw new StorageError('NotFound', `the cache has no model ${which.slice(0, 200)}`);
  if (byDigest.length > 1) {
    throw new StorageError('InvalidStorageUri', `${byDigest.length} models of the cache begin with ${which}`);
  }
  for (const model of found) {
    const why = model.isUsed ? 'is in use' : model.pinnedBy.length > 0 ? `is kept by ${model.pinnedBy.join(', ')}` : '';
    if (why === '' || options.force === true) continue;
    throw new StorageError(
      'InvalidStorageUri',
      `${model.source} (${model.digest.slice(0, 12)}) ${why}; nothing is removed`,
    );
  }
  for (const { digest } of found) await removeTree(new ModelCache(cacheFolder), digest);
  return found;
}

/** What is cleaned away, and what was. */
export interface PruneOptions {
  /** Bytes that may stay; without it everything goes that nobody uses. */
  readonly maxBytes?: number;
  /** Only what was not used for so long. */
  readonly unusedForMs?: number;
  /** Kept as well, e.g. the revisions of a platform that may come back. */
  readonly keep?: ReadonlySet<string>;
  /** Tell only. */
  readonly dryRun?: boolean;
}

export interface PruneResult {
  readonly removed: readonly CachedModel[];
  /** Of the models, and of what downloads and damage left behind. */
  readonly freedBytes: number;
  readonly keptBytes: number;
}

/** What is left of downloads that nobody goes on with. */
const ABANDONED_MS = 24 * 60 * 60_000;
/** A tree that came a moment ago may not be noted as used yet. */
const YOUNG_MS = 60_000;

/** Removes what nobody uses and nobody has pinned, the longest unused first, until the rest fits. */
export async function pruneCache(cacheFolder: string, options: PruneOptions = {}): Promise<PruneResult> {
  const cache = new ModelCache(cacheFolder);
  const models = await listCache(cacheFolder);
  const now = Date.now();
  let keptBytes = models.reduce((sum, { bytes }) => sum + bytes, 0);
  let freedBytes = 0;
  const removed: CachedModel[] = [];
  for (const model of [...models].reverse()) {
    if (options.maxBytes !== undefined && keptBytes <= options.maxBytes) break;
    const age = now - model.lastUsed.getTime();
    const isWanted = model.isUsed || model.pinnedBy.length > 0 || options.keep?.has(model.digest) === true;
    if (isWanted || age < Math.max(YOUNG_MS, options.unusedForMs ?? 0)) continue;
    if (options.dryRun !== true) await removeTree(cache, model.digest);
    removed.push(model);
    keptBytes -= model.bytes;
    freedBytes += model.bytes;
  }
  for (const path of await leftovers(cache)) {
    freedBytes += await bytesBelow(path);
    if (options.dryRun !== true) await rm(path, { recursive: true, force: true });
  }
  return { removed, freedBytes, keptBytes };
}

/** What a full check of a cache found. */
export interface CacheCheck {
  readonly model: CachedModel;
  /** Files that are not as they were recorded; empty where all are. */
  readonly damaged: readonly string[];
}

/** Reads every byte of every model. What is damaged goes to the quarantine, and is fetched anew when it is next asked for. */
export async function verifyCache(
  cacheFolder: string,
  options: { readonly onChecked?: (check: CacheCheck) => void; readonly signal?: AbortSignal } = {},
): Promise<CacheCheck[]> {
  const cache = new ModelCache(cacheFolder);
  const checks: CacheCheck[] = [];
  for (const model of await listCache(cacheFolder)) {
    options.signal?.throwIfAborted();
    const record = await cache.records.read(model.digest);
    if (record === undefined) continue;
    const check = await checkOne(cache, record, model, options.signal);
    checks.push(check);
    options.onChecked?.(check);
  }
  return checks;
}

async function checkOne(
  cache: ModelCache,
  record: TreeRecord,
  model: CachedModel,
  signal: AbortSignal | undefined,
): Promise<CacheCheck> {
  const check = await checkTree(cache, record, signal === undefined ? {} : { signal });
  if (check.isWhole) return { model, damaged: [] };
  await withLock(cache.treeLockPath(record.digest), () => quarantine(cache, record));
  return { model, damaged: check.damaged };
}

async function removeTree(cache: ModelCache, digest: string): Promise<void> {
  await withLock(cache.treeLockPath(digest), async () => {
    // Without its record it is nobody's, whatever happens to the rest.
    await cache.records.remove(digest);
    await rm(cache.treeFolder(digest), { recursive: true, force: true });
  });
}

/** Trees without a record, drafts and downloads that nobody goes on with, what was damaged. */
async function leftovers(cache: ModelCache): Promise<string[]> {
  const found: string[] = [];
  for (const name of await namesIn(join(cache.folder, 'trees'))) {
    const isKnown = isDigest(name) && (await cache.records.read(name)) !== undefined;
    if (!isKnown && (await isOlder(join(cache.folder, 'trees', name), YOUNG_MS)))
      found.push(join(cache.folder, 'trees', name));
  }
  for (const [kind, age] of [
    ['drafts', ABANDONED_MS],
    ['partial', ABANDONED_MS],
    ['quarantine', 0],
  ] as const) {
    for (const name of await namesIn(join(cache.folder, kind))) {
      const path = join(cache.folder, kind, name);
      if (await isOlder(path, age)) found.push(path);
    }
  }
  return found;
}

/** Whether nothing at a place, or right below it, was touched for so long. */
async function isOlder(path: string, milliseconds: number): Promise<boolean> {
  const facts = await Promise.all([path, ...(await namesIn(path)).map((name) => join(path, name))].map(statOf));
  const latest = Math.max(...facts.map((one) => one?.mtimeMs ?? 0));
  return latest > 0 && Date.now() - latest >= milliseconds;
}

function statOf(path: string) {
  return stat(path).catch(() => undefined);
}

async function bytesBelow(path: string): Promise<number> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return 0;
  if (!facts.isDirectory()) return facts.blocks * 512;
  let bytes = 0;
  for (const name of await namesIn(path)) bytes += await bytesBelow(join(path, name));
  return bytes;
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
