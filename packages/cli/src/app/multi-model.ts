import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type DiscoveredModel, discoverModels, isModelName } from '@berth/formats';

/**
 * The model that lies under `<root>/<name>`, a file or a folder; a link is followed once, since whoever fills the root
 * may keep the bytes elsewhere. Empty where there is none.
 * @throws LoadError where something lies there that can not be a model
 */
export async function discoverNamed(root: string, name: string): Promise<readonly DiscoveredModel[]> {
  if (!isModelName(name)) return [];
  const path = await realpath(join(root, name)).catch(() => undefined);
  return path === undefined ? [] : discoverModels(path, { name });
}
