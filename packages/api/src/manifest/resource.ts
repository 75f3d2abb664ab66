import type { InferenceService } from '../inference-service/types.ts';
import type { Locator } from '../issue.ts';
import type { ServingRuntime } from '../serving-runtime/types.ts';

/** A resource that passed validation, as the person wrote it (never defaulted, never rewritten). */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  /** `default` where the YAML names none; empty for kinds that belong to no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly file?: string;
  readonly locator: Locator;
}

/** The namespace of what names none. */
export const DEFAULT_NAMESPACE = 'default';

/** The InferenceServices among resources. */
export function inferenceServices(resources: readonly Resource[]): InferenceService[] {
  return resources
    .filter((resource) => resource.kind === 'InferenceService')
    .map((resource) => {
      const isvc = resource.object as unknown as InferenceService;
      return { ...isvc, metadata: { ...isvc.metadata, namespace: resource.namespace } };
    });
}

/** The runtimes among resources, of both kinds. */
export function servingRuntimes(resources: readonly Resource[]): ServingRuntime[] {
  return resources
    .filter((resource) => resource.kind === 'ServingRuntime' || resource.kind === 'ClusterServingRuntime')
    .map((resource) => {
      const runtime = resource.object as unknown as ServingRuntime;
      const namespace = resource.namespace === '' ? {} : { namespace: resource.namespace };
      return { ...runtime, metadata: { ...runtime.metadata, ...namespace } };
    });
}
