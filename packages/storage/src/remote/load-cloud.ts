import { howToInstall, importPart, isMissing, type Part } from '@berth/parts';
import { StorageError } from '../storage-error.ts';
import type { RemoteAccess } from './remote-access.ts';

/**
 * Loads the part with a vendor's SDK; no package depends on these, since they are large and most models need none.
 * @throws StorageError StorageNotSupported with the command that brings it
 */
export async function loadCloud<T>(part: Part, what: string, access: RemoteAccess): Promise<T> {
  const load = access.importModule ?? importPart;
  try {
    return (await load(part)) as T;
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const message = `${what} is not installed; run ${howToInstall(part)}`;
    throw new StorageError('StorageNotSupported', message, { cause });
  }
}
