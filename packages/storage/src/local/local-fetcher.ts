import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, sep } from 'node:path';
import { isDeclaredArchive } from '../archive/archive-name.ts';
import { DEFAULT_LIMITS, type FetchedModel, type Fetcher, type FetchOptions } from '../fetcher.ts';
import { StorageError } from '../storage-error.ts';
import { localPath } from './local-path.ts';

/** Never a model's place; refused unless a configured root names them. */
const SYSTEM_FOLDERS = ['/proc', '/sys', '/dev', '/etc', '/boot'];

/** Bare paths and `file://`: used where they lie, or copied into the cache where that is asked for. */
export const localFetcher: Fetcher = {
  schemes: ['', 'file'],

  async fetch(uri: string, options: FetchOptions): Promise<FetchedModel> {
    const wanted = localPath(uri, options.baseFolder ?? process.cwd());
    const path = await resolveLinks(wanted);
    const roots = await realRoots(options.roots);
    checkRootsOf(path, wanted, roots);
    const found = await stat(path);
    if (!found.isFile() && !found.isDirectory()) {
      throw new StorageError('InvalidStorageUri', `${wanted} is neither a file nor a folder`);
    }
    await access(path, found.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK).catch((thrown) => {
      throw new StorageError('AccessDenied', `permission denied for ${wanted}`, { cause: thrown });
    });
    if (found.isFile() && isDeclaredArchive(basename(path), '')) return unpacked(path, options);
    if (options.copyUpToBytes === undefined) return { path, fromCache: true };
    const { takeSnapshot } = await import('./take-snapshot.ts');
    return takeSnapshot(path, {
      ...options,
      source: wanted,
      fileName: found.isFile() ? basename(wanted) : undefined,
      copyUpToBytes: options.copyUpToBytes,
      checkLink: (real) => checkRootsOf(real, `${wanted} (a link in it)`, roots),
    });
  },
};

/** An archive on this machine is unpacked into the cache, once for each content. */
async function unpacked(path: string, options: FetchOptions): Promise<FetchedModel> {
  const [{ archiveKind }, { unpack }, { fileDigest }, { ModelCache }] = await Promise.all([
    import('../archive/archive-kind.ts'),
    import('../archive/unpack.ts'),
    import('../cache/hash-files.ts'),
    import('../cache/cache.ts'),
  ]);
  const kind = await archiveKind(path);
  if (kind === undefined) {
    throw new StorageError('CorruptArchive', `${basename(path)} is no tar, tgz or zip file, whatever its name says`);
  }
  const sha256 = await fileDigest(path, { signal: options.signal });
  const cache = new ModelCache(options.cacheFolder);
  const key = `archive:${sha256}`;
  const known = await cache.lookUp(key);
  const tree = known === undefined ? undefined : await cache.use(known.digest);
  if (tree !== undefined) return { ...tree, sha256, fromCache: true };
  let doneBytes = 0;
  const onBytes = (count: number) => {
    doneBytes += count;
    options.onProgress?.({ phase: 'unpacking', doneBytes });
  };
  const added = await cache.add({ source: path, signal: options.signal }, (folder) =>
    unpack(path, kind, folder, { ...DEFAULT_LIMITS, ...options.limits, onBytes, signal: options.signal }),
  );
  await cache.remember(key, { digest: added.digest, sha256 });
  return { ...added, sha256, fromCache: false };
}

async function resolveLinks(wanted: string): Promise<string> {
  try {
    return await realpath(wanted);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'EACCES') throw new StorageError('AccessDenied', `permission denied for ${wanted}`, { cause: thrown });
    if (code === 'ELOOP')
      throw new StorageError('InvalidStorageUri', `${wanted} is a link to itself`, { cause: thrown });
    if (code === 'ENAMETOOLONG') {
      throw new StorageError('InvalidStorageUri', 'the path of the storage URI is too long', { cause: thrown });
    }
    throw new StorageError('NotFound', `there is no file or folder ${wanted}${await neighbours(wanted)}`, {
      cause: thrown,
    });
  }
}

async function realRoots(roots: readonly string[] | undefined): Promise<readonly string[] | undefined> {
  if (roots === undefined) return undefined;
  const real = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  return real.filter((root): root is string => root !== undefined);
}

/** @throws StorageError where a place, links followed, lies where no model is taken from */
function checkRootsOf(path: string, wanted: string, roots: readonly string[] | undefined): void {
  if (roots === undefined) {
    const system = SYSTEM_FOLDERS.find((folder) => isWithin(path, folder));
    if (system === undefined) return;
    throw new StorageError('InvalidStorageUri', `${wanted} lies in ${system}, where no model is taken from`);
  }
  if (roots.some((root) => isWithin(path, root))) return;
  throw new StorageError('InvalidStorageUri', `${wanted} lies outside the folders that models may come from`);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** What is there instead, so that a typing error is seen at once. */
async function neighbours(wanted: string): Promise<string> {
  const parent = dirname(wanted);
  const names = await readdir(parent).catch(() => undefined);
  if (names === undefined) return `; its folder ${parent} is not there either`;
  const first = basename(wanted)[0]?.toLowerCase();
  const close = names.filter((name) => !name.startsWith('.') && name[0]?.toLowerCase() === first);
  const shown = (close.length > 0 ? close : names.filter((name) => !name.startsWith('.'))).sort().slice(0, 8);
  return shown.length === 0 ? `; ${parent} is empty` : `; ${parent} has ${shown.join(', ')}`;
}
