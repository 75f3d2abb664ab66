import type { Model, ModelMetadata, TensorSpec } from '@berth/inference';
import type { ModelSettings } from './discovered.ts';
import { MODEL_SETTINGS_FILE } from './model-settings.ts';

/**
 * A model whose metadata its `model-settings.json` completes, as MLServer shows it: declared inputs and platform in place of
 * its own, declared outputs over its own of the same name. What it computes stays.
 */
export function withSettings(model: Model, settings: ModelSettings, onWarning?: (message: string) => void): Model {
  const metadata = completed(model.metadata, settings, onWarning);
  if (metadata === model.metadata) return model;
  return {
    metadata,
    infer: (request) => model.infer(request),
    close: () => model.close(),
  };
}

function completed(
  metadata: ModelMetadata,
  settings: ModelSettings,
  onWarning: ((message: string) => void) | undefined,
): ModelMetadata {
  const { inputs, outputs, platform } = settings;
  if (inputs === undefined && outputs === undefined && platform === undefined) return metadata;
  const declared = new Map(outputs?.map((output) => [output.name, output]));
  const merged: TensorSpec[] = metadata.outputs.map((own) => {
    const said = declared.get(own.name);
    declared.delete(own.name);
    return said === undefined ? own : { ...own, datatype: said.datatype, shape: said.shape };
  });
  if (metadata.outputs.length > 0 && declared.size > 0) {
    const names = [...declared.keys()].join(', ');
    const has = metadata.outputs.map((output) => output.name).join(', ');
    onWarning?.(`${MODEL_SETTINGS_FILE} declares the outputs ${names}, which the model has not; it has ${has}`);
  }
  return {
    ...metadata,
    ...(platform === undefined ? {} : { platform }),
    ...(inputs === undefined ? {} : { inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })) }),
    outputs: merged,
  };
}
