import { StorageError } from '../storage-error.ts';
import type { RemoteAccess } from './remote-access.ts';

/**
 * Loads a workspace with a vendor's SDK; no package depends on these, since they are large and most models need none.
 * @throws StorageError StorageNotSupported with the command that brings it
 */
export async function loadCloud<T>(workspace: string, what: string, access: RemoteAccess): Promise<T> {
  const load = access.importModule ?? ((specifier: string) => import(specifier));
  try {
    return (await load(workspace)) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message = `${what} is not installed; run "npm ci" in Berth's folder`;
    throw new StorageError('StorageNotSupported', message, { cause });
  }
}
