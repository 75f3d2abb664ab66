import { LoadError } from '@berth/inference';
import type { DiscoveredModel, DiscoverOptions, FormatName } from './discovered.ts';
import type { FolderTree } from './folder.ts';

/** What a walk through a root carries along. */
export interface Search {
  readonly tree: FolderTree;
  readonly declared: FormatName | undefined;
  readonly environment: ReadonlyMap<string, string>;
  readonly options: DiscoverOptions;
}

/** An entry for a model that can not be loaded. @throws whatever is no LoadError: that is our own fault. */
export function problem(
  name: string,
  path: string,
  error: unknown,
  more: Partial<DiscoveredModel> = {},
): DiscoveredModel {
  if (!(error instanceof LoadError)) throw error;
  return { name, path, folder: path, warnings: [], ...more, problem: error };
}
