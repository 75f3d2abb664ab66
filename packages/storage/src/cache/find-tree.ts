import { readFileSync } from 'node:fs';
import type { ModelCache } from './cache.ts';
import { checkedRecord, isDigest, type TreeRecord } from './tree-record.ts';
import { looksUntouched } from './verify-tree.ts';

/**
 * Where the bytes of a digest are, if they are here and nobody has touched them: by sizes and times alone, without the
 * network and without waiting. Undefined asks for `ModelCache.use`, which reads them.
 */
export function findTree(cache: ModelCache, digest: string): string | undefined {
  const record = readRecord(cache, digest);
  return record !== undefined && looksUntouched(cache, record) ? cache.pathOf(record) : undefined;
}

function readRecord(cache: ModelCache, digest: string): TreeRecord | undefined {
  if (!isDigest(digest)) return undefined;
  try {
    return checkedRecord(readFileSync(cache.records.path(digest), 'utf8'), digest);
  } catch {
    return undefined;
  }
}
