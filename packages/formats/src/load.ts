import { LoadError, type Model } from '@berth/inference';
import type { LoadOptions } from './format.ts';
import type { DiscoveredModel } from './layout/discovered.ts';
import { readLabels } from './layout/label-files.ts';
import { withSettings } from './layout/settings-model.ts';
import { tritonConfigJson } from './layout/triton-config-json.ts';
import { withTritonConfig } from './layout/triton-model.ts';
import { formatNamed } from './registry.ts';

/**
 * Loads what `discoverModels` found, with the names, shapes and bounds that its settings or `config.pbtxt` add.
 * @throws LoadError its `problem`, or what the format finds.
 */
export async function loadModel(discovered: DiscoveredModel, options: LoadOptions): Promise<Model> {
  if (discovered.problem !== undefined) throw discovered.problem;
  if (discovered.format === undefined) throw new LoadError('ModelLayout', `${discovered.name} has no known format`);
  for (const warning of discovered.warnings) options.onWarning?.(warning);
  const format = await formatNamed(discovered.format);
  const model = await format.load(discovered.path, { name: discovered.name, ...options });
  try {
    return await completed(model, discovered, options);
  } catch (error) {
    await model.close();
    throw error;
  }
}

async function completed(model: Model, discovered: DiscoveredModel, options: LoadOptions): Promise<Model> {
  if (discovered.settings !== undefined) return withSettings(model, discovered.settings, options.onWarning);
  if (discovered.tritonLayout !== true && options.flavour !== 'triton') return model;
  const { triton } = discovered;
  const configured =
    triton === undefined
      ? model
      : withTritonConfig(model, discovered.name, triton, await readLabels(discovered.folder, triton));
  return {
    metadata: configured.metadata,
    config: tritonConfigJson(discovered, configured.metadata),
    infer: (request) => configured.infer(request),
    close: () => configured.close(),
  };
}
