import { LoadError, type Model, type ModelMetadata, type TensorSpec } from '@berth/inference';
import type { ModelSettings } from './discovered.ts';
import { MODEL_SETTINGS_FILE } from './model-settings.ts';

/**
 * A model whose metadata its `model-settings.json` completes, as MLServer shows it: declared inputs and platform in place of
 * its own, declared outputs over its own of the same name. What it computes stays, and what a request that asks for nothing gets is
 * `parameters.extra.predict_fn`, as in MLServer's scikit-learn runtime.
 * @throws LoadError ModelLayout where the model has no output of that name.
 */
export function withSettings(model: Model, settings: ModelSettings, onWarning?: (message: string) => void): Model {
  const predictFn = model.metadata.platform === 'sklearn' ? settings.extra?.get('predict_fn') : undefined;
  const completing = completed(model.metadata, settings, onWarning);
  const metadata = predictFn === undefined ? completing : answering(completing, predictFn);
  if (metadata === model.metadata) return model;
  const { defaultOutputs } = metadata;
  return {
    metadata,
    infer: (request) => {
      if (predictFn === undefined || request.outputs.length > 0) return model.infer(request);
      return model.infer({ ...request, outputs: defaultOutputs });
    },
    close: () => model.close(),
  };
}

/** The metadata with `predictFn`, or all of `predictFn_0`, `predictFn_1`, …, for the default outputs. */
function answering(metadata: ModelMetadata, predictFn: unknown): ModelMetadata {
  const names = metadata.outputs.map((output) => output.name);
  const defaultOutputs = names.filter((name) => name === predictFn || name.replace(/_\d+$/, '') === predictFn);
  if (defaultOutputs.length > 0) return { ...metadata, defaultOutputs };
  throw new LoadError(
    'ModelLayout',
    `${MODEL_SETTINGS_FILE}: parameters.extra.predict_fn is ${JSON.stringify(predictFn)}, which the model has not; it has ${names.join(', ')}`,
  );
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
    ...(platform === undefined ? {} : { declaredPlatform: platform }),
    ...(inputs === undefined ? {} : { inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })) }),
    outputs: merged,
  };
}
