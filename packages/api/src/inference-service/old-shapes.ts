import { stringify } from 'yaml';
import { isObject } from '../schema/check.ts';
import { LEGACY_PREDICTOR_KEYS } from './types.ts';

/** The API group before KServe left Kubeflow. */
export const KUBEFLOW_GROUP = 'serving.kubeflow.org';
export const INFERENCE_SERVICE_API = 'serving.kserve.io/v1beta1';

/** Whether it is written for `v1alpha2`, where the components stand under `spec.default`. */
export function isV1alpha2(object: Record<string, unknown>): boolean {
  const apiVersion = String(object.apiVersion);
  const spec = object.spec;
  return apiVersion.endsWith('/v1alpha2') || (isObject(spec) && isObject(spec.default));
}

/** The v1beta1 YAML that means what a v1alpha2 InferenceService said (KFServing's own conversion, component by component). */
export function v1beta1Yaml(object: Record<string, unknown>): string {
  const spec = isObject(object.spec) ? object.spec : {};
  const stable = isObject(spec.default) ? spec.default : spec;
  const canary = isObject(spec.canary) ? spec.canary : undefined;
  const result: Record<string, unknown> = {};
  for (const part of ['predictor', 'transformer', 'explainer']) {
    const newest = canary !== undefined && isObject(canary[part]) ? canary[part] : stable[part];
    if (!isObject(newest)) continue;
    const component = convertComponent(newest);
    if (newest !== stable[part] && typeof spec.canaryTrafficPercent === 'number') {
      component.canaryTrafficPercent = spec.canaryTrafficPercent;
    }
    result[part] = component;
  }
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return stringify({ apiVersion: INFERENCE_SERVICE_API, kind: 'InferenceService', metadata, spec: result });
}

/** Fields of a v1alpha2 component that have another name or place now. */
const RENAMED: ReadonlyMap<string, string> = new Map([['parallelism', 'containerConcurrency']]);

function convertComponent(component: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(component)) {
    if (field === 'custom' && isObject(value) && isObject(value.container)) {
      result.containers = [{ name: 'kserve-container', ...value.container }];
    } else if ((LEGACY_PREDICTOR_KEYS as readonly string[]).includes(field) && isObject(value)) {
      const { modelUri, ...rest } = value;
      const storageUri = modelUri === undefined ? {} : { storageUri: modelUri };
      result.model = { modelFormat: { name: field }, ...storageUri, ...rest };
    } else {
      result[RENAMED.get(field) ?? field] = value;
    }
  }
  return result;
}
