import { isObject, quantityValue } from '@berth/api';
import type { ApiObject } from '@berth/control';

/** A TrainedModel, as far as it is read. */
export interface TrainedModel extends ApiObject {
  spec: { inferenceService: string; model: { storageUri: string; framework: string; memory: string | number } };
}

/** The predictor's memory where it sets no limit (KServe's inferenceservice-config). */
const DEFAULT_MEMORY = '2Gi';
const CONTAINER_FLAG = 'MULTI_MODEL_SERVER';

/**
 * Whether a service loads its models one by one, as KServe decides it (utils.IsMMSPredictor): a container says so in its
 * environment; anything else but Hugging Face's does where it has no model of its own.
 */
export function isMultiModel(service: ApiObject | undefined): boolean {
  const predictor = predictorOf(service);
  if (predictor === undefined) return false;
  const [container] = Array.isArray(predictor.containers) ? predictor.containers : [];
  if (isObject(container)) {
    const env = Array.isArray(container.env) ? container.env : [];
    return env.some((one) => isObject(one) && one.name === CONTAINER_FLAG && one.value === 'true');
  }
  if (isSet(predictor.huggingface)) return false;
  const { model } = predictor;
  if (isObject(model) && isObject(model.modelFormat) && model.modelFormat.name === 'huggingface') return false;
  if (Array.isArray(predictor.storageUris) && predictor.storageUris.length > 0) return false;
  const parts = Object.values(predictor).filter(isObject);
  return parts.every((part) => !isSet(part.storageUri) && !isSet(part.storage));
}

/** The predictor's memory, as a quantity: all of its models share it. */
export function memoryText(service: ApiObject | undefined): string {
  const predictor = predictorOf(service) ?? {};
  const containers = Array.isArray(predictor.containers) ? predictor.containers : [];
  for (const part of [...Object.values(predictor), ...containers]) {
    const resources = isObject(part) && isObject(part.resources) ? part.resources : undefined;
    const limit = isObject(resources?.limits) ? resources.limits.memory : undefined;
    if (typeof limit === 'string' || typeof limit === 'number') return String(limit);
  }
  return DEFAULT_MEMORY;
}

/** The predictor's memory in bytes. */
export function memoryOf(service: ApiObject | undefined): number {
  return quantityValue(memoryText(service)) ?? Number.POSITIVE_INFINITY;
}

/** What a model is given, in bytes. */
export function bytesOf(model: TrainedModel): number {
  return Math.max(0, quantityValue(String(model.spec.model.memory)) ?? 0);
}

/** Where the model is asked below `url`, by the protocol of its predictor. */
export function modelUrl(url: string, name: string, service: ApiObject | undefined): string {
  const parts = Object.values(predictorOf(service) ?? {}).filter(isObject);
  const isV2 = parts.some((part) => part.protocolVersion === 'v2');
  return `${url}${isV2 ? `/v2/models/${name}/infer` : `/v1/models/${name}:predict`}`;
}

function predictorOf(service: ApiObject | undefined): Record<string, unknown> | undefined {
  return isObject(service?.spec) && isObject(service.spec.predictor) ? service.spec.predictor : undefined;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
