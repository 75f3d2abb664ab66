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
  effectiveModel,
  implementationsOf,
  PREDICTOR_CONTAINER,
  TRANSFORMER_CONTAINER,
} from './inference-service/components.ts';
export {
  addAddresses,
  isReady,
  makeStatus,
  type ServicePhase,
  type StatusInput,
} from './inference-service/make-status.ts';
export type {
  CanaryStatus,
  ComponentStatus,
  Condition,
  FailureInfo,
  InferenceServiceStatus,
  ModelStateName,
  ModelStatus,
  ServedModelStatus,
  TrafficTargetStatus,
} from './inference-service/status.ts';
export {
  type ComponentSpec,
  type Container,
  type EnvVar,
  type InferenceService,
  LEGACY_PREDICTOR_KEYS,
  type ModelSpec,
  type PredictorSpec,
  type ProtocolVersion,
} from './inference-service/types.ts';
export type { Issue, Position, Severity } from './issue.ts';
export { KINDS, type KindInfo, kindInfo } from './kinds/kind-info.ts';
export { checkObject } from './manifest/check-object.ts';
export {
  type ManifestEntry,
  type ManifestOptions,
  type Manifests,
  parseManifests,
} from './manifest/parse-manifests.ts';
export { DEFAULT_NAMESPACE, inferenceServices, type Resource, servingRuntimes } from './manifest/resource.ts';
export type { ObjectMeta } from './meta/object-meta.ts';
export { quantityValue } from './meta/quantity.ts';
export { nearest } from './nearest.ts';
export { type Engine, engineOf, type RuntimeFlavour, serverTypeOf, serverTypeOfImage } from './plan/engines.ts';
export { DEFAULT_DOMAIN, pathPrefixOf } from './plan/hosts.ts';
export { expandVariables, fillPlaceholders, PlaceholderError } from './plan/placeholders.ts';
export {
  type FailureReason,
  isStopped,
  lowestProtocolOf,
  type PlanContext,
  type PlanFailure,
  planService,
  type ServicePlan,
  type ServingPlan,
} from './plan/plan.ts';
export { defaultedMetadata, missingEngine, nativeSettings } from './plan/resolve-runtime.ts';
export { type RuntimeArguments, readRuntimeArguments } from './plan/runtime-arguments.ts';
export { isObject } from './schema/check.ts';
export { type KindSchema, kindSchema, type SchemaType, schemaType } from './schema/crd-schema.ts';
export { BUILT_IN_RUNTIMES } from './serving-runtime/built-in/index.ts';
export { type RuntimeChoice, type Selection, selectRuntime } from './serving-runtime/selection.ts';
export type { ServingRuntime } from './serving-runtime/types.ts';
export { parseYaml } from './yaml/parse.ts';
export { toYaml } from './yaml/to-yaml.ts';
