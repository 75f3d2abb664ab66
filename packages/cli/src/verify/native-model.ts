import type { DiscoveredModel } from '@berth/formats';
import { LoadError, type Model } from '@berth/inference';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';

/**
 * The one model of a path.
 * @throws CommandError where there is none (not found) or several (usage)
 */
export async function findModel(path: string, format: string | undefined): Promise<DiscoveredModel> {
  const { discoverModels } = await import('@berth/formats');
  const models = await discoverModels(path, format === undefined ? {} : { format });
  const [model] = models;
  if (model !== undefined && models.length === 1) return model;
  const names = models.map(({ name, version }) => (version === undefined ? name : `${name}/${version}`)).slice(0, 10);
  throw new CommandError(`the folder holds ${models.length} models; verify takes one`, {
    exitCode: EXIT.usage,
    hint: `name one of ${names.join(', ')}`,
  });
}

/**
 * Loads it as the library would: what a settings file or Triton's configuration renames or bounds is left out.
 * @throws LoadError
 */
export async function loadNative(
  { settings: _, triton: __, tritonLayout: ___, ...plain }: DiscoveredModel,
  onWarning: (message: string) => void,
): Promise<Model> {
  const { loadModel } = await import('@berth/formats');
  return loadModel(plain, { flavour: 'kserve', onWarning });
}

/** Columns that a model without a number of them turns out to take: the first width that it answers for. */
export async function findWidth(model: Model): Promise<number | undefined> {
  const [input] = model.metadata.inputs;
  const most = 512;
  for (let width = 1; width <= most; width++) {
    const tensor = { name: input.name, datatype: 'FP64', shape: [1, width], data: new Float64Array(width) } as const;
    try {
      await model.infer({ layout: 'tensors', outputs: [], inputs: [tensor] });
      return width;
    } catch (thrown) {
      if (thrown instanceof LoadError) throw thrown;
    }
  }
  return undefined;
}
