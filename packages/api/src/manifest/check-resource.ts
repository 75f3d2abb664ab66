import { checkCoreKind, coreApiVersion, coreKinds } from '../core/kinds.ts';
import { validateInferenceGraph } from '../inference-graph/validation.ts';
import { INFERENCE_SERVICE_API, isV1alpha2, KUBEFLOW_GROUP, v1beta1Yaml } from '../inference-service/old-shapes.ts';
import { validateInferenceService } from '../inference-service/validation.ts';
import type { IssueCollector } from '../issue.ts';
import { checkName } from '../meta/check-name.ts';
import { warnOfUnreadKeys } from '../meta/key-warnings.ts';
import { isDnsLabel } from '../meta/names.ts';
import { checkObjectMeta } from '../meta/object-meta.ts';
import { nearest } from '../nearest.ts';
import { checkType, isObject, reportUnknownFields } from '../schema/check.ts';
import { kindSchema, knownKinds } from '../schema/crd-schema.ts';
import { validateServingRuntime } from '../serving-runtime/validation.ts';
import { validateTrainedModel } from '../trained-model/validation.ts';

/** What a resource is, once it is known to be one that Berth understands. */
export interface CheckedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

/**
 * Checks one Kubernetes object of any kind and reports what is wrong with it. Undefined where it can not be used:
 * it is invalid, or of a kind that Berth does not know.
 */
export function checkResource(
  object: Record<string, unknown>,
  usedSecrets: ReadonlySet<string>,
  issues: IssueCollector,
): CheckedResource | undefined {
  const kind = object.kind;
  if (typeof kind !== 'string' || kind === '' || typeof object.apiVersion !== 'string') {
    reportMissingType(object, issues);
    return undefined;
  }
  const apiVersion = checkApiVersion(object, kind, object.apiVersion, issues);
  if (apiVersion === undefined || !checkObjectMeta(object.metadata, issues)) return undefined;
  const { name, namespace } = object.metadata;
  if (typeof namespace === 'string' && !isDnsLabel(namespace)) {
    issues.error(['metadata', 'namespace'], `"${namespace.slice(0, 100)}" is no valid namespace`, {
      hint: "up to 63 lower-case letters, digits and '-'",
    });
  }
  if (kind !== 'InferenceService') checkName(kind, name, issues);
  if (kind === 'InferenceService') validateInferenceService(object, issues);
  else if (kind === 'ServingRuntime' || kind === 'ClusterServingRuntime') validateServingRuntime(object, kind, issues);
  else if (kind === 'TrainedModel') validateTrainedModel(object, issues);
  else if (kind === 'InferenceGraph') {
    validateInferenceGraph(object, issues);
    noteUnused(kind, name, issues);
  } else checkOtherKind(object, kind, name, usedSecrets, issues);
  warnOfUnreadKeys(object.metadata, kind, issues);
  return issues.hasErrors ? undefined : { apiVersion, kind, name, namespace: namespace ?? undefined };
}

function reportMissingType(object: Record<string, unknown>, issues: IssueCollector): void {
  reportUnknownFields(
    object,
    ['apiVersion', 'kind', 'metadata', 'spec', 'status', 'data', 'stringData', 'items', 'secrets', 'type'],
    [],
    issues,
  );
  for (const field of ['apiVersion', 'kind']) {
    if (typeof object[field] === 'string' && object[field] !== '') continue;
    if (issues.issues.some((issue) => issue.hint === `did you mean "${field}"?`)) continue;
    issues.error([field], `${field} is required`, {
      hint: field === 'kind' ? 'e.g. kind: InferenceService' : `e.g. apiVersion: ${INFERENCE_SERVICE_API}`,
    });
  }
}

/** Kinds of KServe's that have no part here: serving across nodes, and what its own controllers write. */
const OTHERS_OF_KSERVE: ReadonlySet<string> = new Set([
  'LLMInferenceService',
  'LLMInferenceServiceConfig',
  'LocalModelNode',
]);

function checkApiVersion(
  object: Record<string, unknown>,
  kind: string,
  apiVersion: string,
  issues: IssueCollector,
): string | undefined {
  const wanted = kindSchema(kind)?.apiVersion ?? coreApiVersion(kind);
  if (wanted === undefined) {
    const close = nearest(kind, [...knownKinds(), ...coreKinds()]);
    const isOurs = apiVersion.startsWith('serving.');
    const message = `kind "${kind.slice(0, 100)}" is not known`;
    if (OTHERS_OF_KSERVE.has(kind)) {
      issues.warning(['kind'], `${kind} is a kind of KServe's that Berth does not serve; it is left out`);
    } else if (close !== undefined && (isOurs || coreApiVersion(close) === apiVersion)) {
      issues.error(['kind'], message, { hint: `did you mean "${close}"?` });
    } else {
      issues.warning(['kind'], `${message}; it is left out`);
    }
    return undefined;
  }
  if (kind === 'InferenceService' && isV1alpha2(object)) {
    const message = `${apiVersion} with spec.default is an old form of InferenceService; its components stand directly under spec in ${INFERENCE_SERVICE_API} (spec.default.predictor is spec.predictor)`;
    issues.error(['apiVersion'], message, { hint: `use this YAML, which means the same:\n\n${v1beta1Yaml(object)}` });
    return undefined;
  }
  if (apiVersion === wanted) return wanted;
  if (apiVersion === wanted.replace('serving.kserve.io', KUBEFLOW_GROUP)) {
    issues.warning(['apiVersion'], `${apiVersion} is the old name of the API group; it is read as ${wanted}`, {
      hint: `write apiVersion: ${wanted}`,
    });
    return wanted;
  }
  issues.error(['apiVersion'], `${kind} has no version "${apiVersion.slice(0, 100)}"`, {
    hint: `write apiVersion: ${wanted}`,
  });
  return undefined;
}

function checkOtherKind(
  object: Record<string, unknown>,
  kind: string,
  name: string,
  usedSecrets: ReadonlySet<string>,
  issues: IssueCollector,
): void {
  const schema = kindSchema(kind);
  if (schema === undefined) {
    checkCoreKind(object, kind, issues, usedSecrets.has(name));
  } else {
    reportUnknownFields(object, schema.top, [], issues);
    if (isObject(object.spec)) checkType(object.spec, schema.spec, ['spec'], issues);
    else issues.error(['spec'], 'spec is required');
  }
  noteUnused(kind, name, issues);
}

function noteUnused(kind: string, name: string, issues: IssueCollector): void {
  if (!issues.hasErrors) issues.note(['kind'], `${kind} "${name}" is read and checked, and not used yet`);
}
