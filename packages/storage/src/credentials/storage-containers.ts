import type { StorageContainerSource } from './credentials.ts';

const MAX_PATTERN = 500;
const MAX_URI = 2048;
/** The one that every KServe has, for the schemes that Berth fetches by itself. */
const DEFAULT_NAME = 'default';

/** Says of each ClusterStorageContainer that KServe would run for a URI that it is not run here. */
export function containerNotes(uri: string | undefined, containers: readonly StorageContainerSource[]): string[] {
  if (uri === undefined || uri.length > MAX_URI) return [];
  return containers
    .filter(({ metadata, disabled }) => metadata.name !== DEFAULT_NAME && disabled !== true)
    .filter(({ spec }) =>
      (spec?.supportedUriFormats ?? []).some(
        ({ prefix, regex }) =>
          (prefix !== undefined && uri.startsWith(prefix)) || (regex !== undefined && matches(regex, uri)),
      ),
    )
    .map(({ metadata }) => `ClusterStorageContainer ${metadata.name} is not run: Berth fetches the model itself`);
}

/** Go's `regexp` and JavaScript's agree on what such formats are written with. */
function matches(regex: string, uri: string): boolean {
  if (regex.length > MAX_PATTERN) return false;
  try {
    return new RegExp(regex).test(uri);
  } catch {
    return false;
  }
}
