import { isObject } from '../schema/check.ts';
import type { Container, InferenceService, LegacyPredictorKey, ModelSpec, PredictorExtension } from './types.ts';
import { type ComponentSpec, LEGACY_PREDICTOR_KEYS, type PredictorSpec } from './types.ts';

/** KServe's name for the container of a predictor, and of a transformer beside it. */
export const PREDICTOR_CONTAINER = 'kserve-container';
export const TRANSFORMER_CONTAINER = 'transformer-container';

/** One way a predictor is implemented. */
export type Implementation =
  | { readonly key: 'model'; readonly spec: ModelSpec }
  | { readonly key: LegacyPredictorKey; readonly spec: PredictorExtension }
  | { readonly key: 'containers'; readonly spec: Container };

/** Whatever implements the predictor, by KServe's rule (PredictorSpec.GetImplementations); one in a valid spec. */
export function implementationsOf(predictor: PredictorSpec): Implementation[] {
  const found: Implementation[] = [];
  for (const key of LEGACY_PREDICTOR_KEYS) {
    const spec = predictor[key];
    if (spec !== undefined && spec !== null) found.push({ key, spec });
  }
  if (predictor.model !== undefined && predictor.model !== null) found.push({ key: 'model', spec: predictor.model });
  const containers = predictor.containers ?? [];
  for (const container of containers) {
    if (container.name === PREDICTOR_CONTAINER) found.push({ key: 'containers', spec: container });
  }
  const first = containers[0];
  if (found.length === 0 && first !== undefined) found.push({ key: 'containers', spec: first });
  return found;
}

/** The components that are there, with the field each stands in. */
export function componentsOf(isvc: InferenceService): { field: string; spec: ComponentSpec }[] {
  const { predictor, transformer, explainer } = isvc.spec;
  const components: { field: string; spec: ComponentSpec }[] = [{ field: 'predictor', spec: predictor }];
  if (transformer !== undefined && transformer !== null) components.push({ field: 'transformer', spec: transformer });
  if (explainer !== undefined && explainer !== null) components.push({ field: 'explainer', spec: explainer });
  return components;
}

/** The formats whose runtime speaks v2 unless told otherwise (KServe's defaulting webhook). */
const V2_KEYS: ReadonlySet<string> = new Set(['triton', 'onnx', 'huggingface']);
const V2_FORMATS: ReadonlySet<string> = new Set(['triton', 'vLLM']);

/**
 * The predictor as KServe's webhook leaves it: a legacy key becomes `model`. A new object; the spec itself stays as written.
 * Undefined for a custom predictor (`containers`).
 */
export function effectiveModel(predictor: PredictorSpec): ModelSpec | undefined {
  const implementation = implementationsOf(predictor)[0];
  if (implementation === undefined || implementation.key === 'containers') return undefined;
  const model: ModelSpec =
    implementation.key === 'model'
      ? { ...implementation.spec }
      : { ...implementation.spec, modelFormat: { name: implementation.key } };
  // A variant is merged before it is planned, and may come without one.
  if (!isObject(model.modelFormat)) model.modelFormat = { name: '' };
  const speaksV2 = V2_KEYS.has(implementation.key) || V2_FORMATS.has(model.modelFormat.name);
  if ((model.protocolVersion === undefined || model.protocolVersion === null) && speaksV2) model.protocolVersion = 'v2';
  return model;
}
