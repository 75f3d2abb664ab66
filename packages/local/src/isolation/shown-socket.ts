import { linkSync, lstatSync, rmSync } from 'node:fs';

/** A socket that a replica makes in its own folder, and the name under which the platform uses it. */
export interface ShownSocket {
  readonly from: string;
  /** In a folder that the replica can not write to. */
  readonly to: string;
  /** The replica's user. */
  readonly uid: number;
}

/**
 * Gives the socket its second name, once it is there. The platform, which may be root, must not connect to what a replica
 * may exchange for a link to somebody else's socket; a second name of the same socket stays what it is. Making it
 * follows no link, and what came of it is looked at before it is used.
 */
export function showSocket({ from, to, uid }: ShownSocket): void {
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return;
  try {
    linkSync(from, to);
  } catch {
    return;
  }
  const stat = lstatSync(to, { throwIfNoEntry: false });
  if (stat === undefined || (stat.isSocket() && stat.uid === uid)) return;
  rmSync(to, { force: true });
}
