import { LoadError, type Model } from '@berth/inference';
import type { LoadOptions } from './format.ts';
import type { DiscoveredModel } from './layout/discovered.ts';
import { formatNamed } from './registry.ts';

/**
 * Loads what `discoverModels` found, with the names, shapes and bounds that its settings or `config.pbtxt` add.
 * @throws LoadError its `problem`, or what the format finds.
 */
export async function loadModel(discovered: DiscoveredModel, options: LoadOptions): Promise<Model> {
  if (discovered.problem !== undefined) throw discovered.problem;
  if (discovered.format === undefined) throw new LoadError('ModelLayout', `${discovered.name} has no known format`);
  const format = await formatNamed(discovered.format);
  return format.load(discovered.path, options);
}
