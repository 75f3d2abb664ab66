import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelMount } from '@berth/control';
import type { Machine } from './machine.ts';
import { isReadableTree, openingsFor } from './reach.ts';
import { copyForUser } from './readable-copy.ts';

/** Whether another user can get at a path and at what is below it, where need be by a mount that shows it to them. */
export function isReadableForOthers(path: string, machine: Machine): boolean {
  return isReadableTree(path) && (machine.mounts === 'root' || openingsFor([path]).length === 0);
}

/** Mounts with copies in a folder in the place of what a user could not read. */
export function readableMounts(
  mounts: readonly ModelMount[],
  folder: string,
  uid: number,
  machine: Machine,
): readonly ModelMount[] {
  return mounts.map((mount, index) => {
    if (!mount.readOnly || !existsSync(mount.path) || isReadableForOthers(mount.path, machine)) return mount;
    return { ...mount, path: copyForUser(mount.path, join(folder, `m${index}`), uid) };
  });
}
