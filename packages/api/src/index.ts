export type {
  Address,
  GatewayCommand,
  GatewayReport,
  RevisionLoad,
  RoutedEndpoint,
  RoutedHost,
  RoutedRevision,
  RoutedService,
  ServiceKey,
  TrafficShare,
} from './data-path/route-table.ts';
export {
  addAddresses,
  isReady,
  makeStatus,
  type ServicePhase,
  type StatusInput,
} from './inference-service/make-status.ts';
export type {
  Condition,
  InferenceServiceStatus,
  ModelStatus,
  ServedModelStatus,
} from './inference-service/status.ts';
export type { InferenceService, ModelSpec, PredictorSpec, ProtocolVersion } from './inference-service/types.ts';
export type { Issue, Position, Severity } from './issue.ts';
export { KINDS, type KindInfo, kindInfo } from './kinds/kind-info.ts';
export { checkObject } from './manifest/check-object.ts';
export { type ManifestOptions, type Manifests, parseManifests } from './manifest/parse-manifests.ts';
export { DEFAULT_NAMESPACE, inferenceServices, type Resource, servingRuntimes } from './manifest/resource.ts';
export type { ObjectMeta } from './meta/object-meta.ts';
export { quantityValue } from './meta/quantity.ts';
export { nearest } from './nearest.ts';
export type { RuntimeFlavour } from './plan/engines.ts';
export {
  type FailureReason,
  type PlanContext,
  type PlanFailure,
  planService,
  type ServicePlan,
  type ServingPlan,
} from './plan/plan.ts';
export { type RuntimeArguments, readRuntimeArguments } from './plan/runtime-arguments.ts';
export { type KindSchema, kindSchema, type SchemaType, schemaType } from './schema/crd-schema.ts';
export { BUILT_IN_RUNTIMES } from './serving-runtime/built-in/index.ts';
export { type RuntimeChoice, type Selection, selectRuntime } from './serving-runtime/selection.ts';
export type { ServingRuntime } from './serving-runtime/types.ts';
export { parseYaml } from './yaml/parse.ts';
export { toYaml } from './yaml/to-yaml.ts';
