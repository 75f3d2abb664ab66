import type { ObjectMeta } from '../meta/object-meta.ts';
import type { InferenceServiceStatus } from './status.ts';

/** An entry of a container's environment. */
export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: Record<string, unknown>;
}

/** The parts of a Kubernetes container that Berth reads; the others are kept as they are. */
export interface Container {
  name?: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  [field: string]: unknown;
}

/** `v1` and `v2` are HTTP, `grpc-v1` TensorFlow Serving's gRPC, `grpc-v2` the Open Inference Protocol's. */
export type ProtocolVersion = 'v1' | 'v2' | 'grpc-v1' | 'grpc-v2';

/** What `model` and the keys named after a framework share (KServe PredictorExtensionSpec). */
export interface PredictorExtension extends Container {
  storageUri?: string;
  storage?: { key?: string; path?: string; schemaPath?: string; parameters?: Record<string, string> };
  runtimeVersion?: string;
  protocolVersion?: ProtocolVersion;
}

/** KServe ModelSpec. */
export interface ModelSpec extends PredictorExtension {
  modelFormat: { name: string; version?: string };
  runtime?: string;
}

/** The keys of a predictor that name a framework, from before `model` was there. */
export const LEGACY_PREDICTOR_KEYS = [
  'sklearn',
  'xgboost',
  'tensorflow',
  'pytorch',
  'triton',
  'onnx',
  'huggingface',
  'pmml',
  'lightgbm',
  'paddle',
] as const;

export type LegacyPredictorKey = (typeof LEGACY_PREDICTOR_KEYS)[number];

/** Replicas, scaling, logging and batching of a component, and the fields of its pod. */
export interface ComponentSpec {
  minReplicas?: number;
  maxReplicas?: number;
  canaryTrafficPercent?: number;
  containers?: Container[];
  logger?: Record<string, unknown>;
  batcher?: Record<string, unknown>;
  storageUris?: { uri: string; mountPath?: string }[];
  [field: string]: unknown;
}

/** KServe PredictorSpec: exactly one of `model`, a legacy key, or `containers`. */
export type PredictorSpec = ComponentSpec & {
  model?: ModelSpec;
  name?: string;
  workerSpec?: Record<string, unknown>;
} & { [key in LegacyPredictorKey]?: PredictorExtension };

/** KServe InferenceService, serving.kserve.io/v1beta1. */
export interface InferenceService {
  apiVersion: 'serving.kserve.io/v1beta1';
  kind: 'InferenceService';
  metadata: ObjectMeta;
  spec: {
    predictor: PredictorSpec;
    transformer?: ComponentSpec;
    explainer?: ComponentSpec & { art?: Record<string, unknown> };
    canary?: { predictor: PredictorSpec; trafficPercent: number }[];
  };
  status?: InferenceServiceStatus;
}
