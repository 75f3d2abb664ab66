import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isModelName } from '@berth/formats';
import type { CatalogModel, ModelCatalog } from '@berth/server';

/** A model of the catalog; `digest` tells two contents of one name apart. */
export interface ListedModel extends CatalogModel {
  readonly digest?: string;
}

/** The catalog of a folder of models, as whoever fills the folder wrote it. */
export interface FolderCatalog extends ModelCatalog {
  readonly models: ReadonlyMap<string, ListedModel>;
}

/** Beside the models' folders: `{"memory": BYTES, "models": [{"name", "memory": BYTES, "digest"}]}`. */
const CATALOG_FILE = '.catalog.json';
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads a folder's catalog each time it has been replaced (by a rename, after the models it names); what can not be read
 * leaves the one before. Undefined where the folder has none.
 */
export function folderCatalog(root: string): (() => FolderCatalog) | undefined {
  const file = join(root, CATALOG_FILE);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  let known: FolderCatalog = { models: new Map() };
  let seen = '';
  return () => {
    const stat = statSync(file, { throwIfNoEntry: false });
    const now = stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (stat === undefined || now === seen || stat.size > MAX_BYTES) return known;
    try {
      known = parse(readFileSync(file, 'utf8'));
      seen = now;
    } catch {
      // The one before is in force; the next look tries again.
    }
    return known;
  };
}

function parse(text: string): FolderCatalog {
  const { memory, models } = JSON.parse(text) as { memory?: unknown; models?: unknown };
  const listed = new Map<string, ListedModel>();
  for (const one of Array.isArray(models) ? models : []) {
    const { name, memory: bytes, digest } = one as { name?: unknown; memory?: unknown; digest?: unknown };
    if (typeof name !== 'string' || !isModelName(name) || typeof bytes !== 'number' || !(bytes >= 0)) continue;
    listed.set(name, { name, memory: bytes, ...(typeof digest === 'string' ? { digest } : {}) });
  }
  return { ...(typeof memory === 'number' && memory >= 0 ? { memory } : {}), models: listed };
}
