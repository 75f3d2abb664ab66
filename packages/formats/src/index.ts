export { exploreModel } from './explore.ts';
export type { Category, FeatureFacts } from './feature-facts.ts';
export type { Flavour, Inspection, LoadOptions, ModelFile, ModelFormat } from './format.ts';
export { inspectDiscovered, inspectModel } from './inspect.ts';
export { type ModelReport, reportModel } from './inspect-report.ts';
export { discoverModels } from './layout/discover.ts';
export type {
  DeclaredTensor,
  DiscoveredModel,
  DiscoverOptions,
  FormatName,
  ModelSettings,
} from './layout/discovered.ts';
export { isModelName, toModelName } from './layout/model-name.ts';
export { readServerSettings, type ServerSettings } from './layout/server-settings.ts';
export type { TritonConfig, TritonTensor, VersionPolicy } from './layout/triton-config.ts';
export { type ConfigJson, tritonConfigJson } from './layout/triton-config-json.ts';
export { loadModel } from './load.ts';
export { FORMAT_NAMES, formatNamed, isFormatName } from './registry.ts';
export type { NamedGlobal, SafetyReport } from './safety/safety-report.ts';
export type { SampleRequests } from './sample-request.ts';
export type { ModelStep } from './sklearn/steps.ts';
export { type WarmUpKind, type WarmUpOptions, warmUp } from './warmup.ts';
