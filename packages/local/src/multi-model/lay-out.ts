import { createHash, randomUUID } from 'node:crypto';
import { constants, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import type { ModelMount } from '@berth/control';

/**
 * Lays several mounts out below one folder, as a container would see them below the parent that they share: Berth's own
 * server takes one folder. Copies (reflinks where the disk has them), made once for the same files; as a whole or not at all.
 */
export function layOut(mounts: readonly ModelMount[], folder: string): ModelMount {
  const parent = commonParent(mounts.map((one) => one.mountPath));
  const parts = mounts.map(({ mountPath, path }) => ({
    below: posix.relative(parent, posix.normalize(mountPath)),
    path,
  }));
  const name = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  const place = join(folder, name);
  if (!existsSync(place)) {
    const draft = join(folder, `.${randomUUID()}`);
    mkdirSync(draft, { recursive: true, mode: 0o755 });
    try {
      for (const { below, path } of parts) {
        const to = join(draft, below);
        mkdirSync(to, { recursive: true, mode: 0o755 });
        const isFile = statSync(path).isFile();
        cpSync(path, isFile ? join(to, basename(path)) : to, { recursive: true, mode: constants.COPYFILE_FICLONE });
      }
      renameSync(draft, place);
    } catch (thrown) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(place)) throw thrown;
    }
  }
  return { mountPath: parent, path: place, readOnly: true };
}

/** The deepest folder that holds all of them; of one alone it is that one. */
function commonParent(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => posix.normalize(path).split('/').filter(Boolean));
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && other[same] === first[same]) same++;
    length = same;
  }
  return `/${first.slice(0, length).join('/')}`;
}
