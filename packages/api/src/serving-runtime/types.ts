import type { Container, ProtocolVersion } from '../inference-service/types.ts';
import type { ObjectMeta } from '../meta/object-meta.ts';

/** A model format that a runtime serves. */
export interface SupportedModelFormat {
  name: string;
  version?: string;
  autoSelect?: boolean;
  priority?: number;
}

/** KServe ServingRuntime and ClusterServingRuntime, serving.kserve.io/v1alpha1. */
export interface ServingRuntime {
  apiVersion: 'serving.kserve.io/v1alpha1';
  kind: 'ServingRuntime' | 'ClusterServingRuntime';
  metadata: ObjectMeta;
  spec: {
    supportedModelFormats?: SupportedModelFormat[];
    protocolVersions?: ProtocolVersion[];
    multiModel?: boolean;
    disabled?: boolean;
    containers: Container[];
    workerSpec?: Record<string, unknown>;
    [field: string]: unknown;
  };
}
