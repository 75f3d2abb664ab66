import type { ResourceStore } from '@berth/control';

/** On a PersistentVolumeClaim: the folder of this machine that it stands for. */
export const FOLDER_ANNOTATION = 'berth.dev/folder';

/**
 * The folders of a namespace's claims: what the platform was started with, and above it what the claims themselves say.
 */
export function volumeFolders(
  store: ResourceStore,
  namespace: string,
  volumes: Readonly<Record<string, string>>,
): Record<string, string> {
  const folders = new Map(Object.entries(volumes));
  for (const claim of store.list('PersistentVolumeClaim', { namespace })) {
    const folder = claim.metadata.annotations?.[FOLDER_ANNOTATION];
    if (typeof folder === 'string' && folder !== '') folders.set(claim.metadata.name, folder);
  }
  return Object.fromEntries(folders);
}
