import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest } from './tree-record.ts';

/** A tree that stays, whatever else is cleaned. */
export interface TreePin {
  /** Who wants it, e.g. `LocalModelCache/iris`. */
  readonly owner: string;
  readonly digest: string;
}

/** Keeps a tree for an owner; another tree of the same owner is not kept any more. */
export async function pinTree(cacheFolder: string, pin: TreePin): Promise<void> {
  const folder = join(cacheFolder, 'pins');
  await mkdir(folder, { recursive: true });
  await writeFile(pinPath(folder, pin.owner), JSON.stringify(pin));
}

/** The owner does not want its tree any more. */
export async function unpinTree(cacheFolder: string, owner: string): Promise<void> {
  await rm(pinPath(join(cacheFolder, 'pins'), owner), { force: true });
}

/** All pins of a cache; what can not be read is none. */
export async function treePins(cacheFolder: string): Promise<TreePin[]> {
  const folder = join(cacheFolder, 'pins');
  const pins: TreePin[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    try {
      const pin = JSON.parse(await readFile(join(folder, name), 'utf8')) as TreePin;
      if (typeof pin.owner === 'string' && isDigest(pin.digest)) pins.push(pin);
    } catch {
      // Half written: its owner writes it again.
    }
  }
  return pins;
}

function pinPath(folder: string, owner: string): string {
  return join(folder, `${createHash('sha256').update(owner).digest('hex')}.json`);
}
