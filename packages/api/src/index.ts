export { type Issue, type Position, type Severity } from './issue.ts';
export { type ManifestOptions, type Manifests, parseManifests } from './manifest/parse-manifests.ts';
export { DEFAULT_NAMESPACE, inferenceServices, type Resource, servingRuntimes } from './manifest/resource.ts';
