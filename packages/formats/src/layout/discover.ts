import type { DiscoveredModel, DiscoverOptions } from './discovered.ts';

/**
 * The models that a path serves, sorted by name and version: a bare file; a folder with one model file; a folder of
 * folders, each that holds a model under its name; MLServer's `model-settings.json`; Triton's `name/version/file`.
 * Never throws for what lies there: a model that can not be served is an entry with a `problem`.
 */
export async function discoverModels(root: string, options: DiscoverOptions = {}): Promise<DiscoveredModel[]> {
  throw new Error(`not yet: ${root} ${options.name}`);
}
