import type { FieldPath, IssueCollector } from '../issue.ts';
import { ISVC_NAME_PATTERN, isInferenceServiceName } from '../meta/names.ts';
import { checkType, isObject, reportUnknownFields } from '../schema/check.ts';
import { type KindSchema, kindSchema, schemaType } from '../schema/crd-schema.ts';
import { componentsOf, implementationsOf, TRANSFORMER_CONTAINER } from './components.ts';
import { type InferenceService, LEGACY_PREDICTOR_KEYS } from './types.ts';
import { validateCanaries } from './validate-canary.ts';
import { validateContainer } from './validate-containers.ts';
import { validateScaling } from './validate-scaling.ts';
import { validateScalingAnnotations } from './validate-scaling-annotations.ts';
import { validateModelStorage, validateStorageUris } from './validate-storage.ts';

const AUTOSCALERS = ['hpa', 'external', 'keda', 'none'];
const MODES = ['Standard', 'RawDeployment', 'Knative', 'Serverless', 'ModelMesh'];
const PROTOCOLS = ['v1', 'v2', 'grpc-v1', 'grpc-v2'];

/** What people call a part of `spec` that has another name. */
const PART_SYNONYMS: readonly (readonly [RegExp, string])[] = [
  [/^(pre|post)?-?process|^transform/i, 'transformer'],
  [/^expl/i, 'explainer'],
  [/^(predict|serv|model|infer)/i, 'predictor'],
  [/^canar/i, 'canary'],
];

/** The name rule's error as KServe words it. */
function nameError(name: string): string {
  return `the InferenceService "${name.slice(0, 253)}" is invalid: a InferenceService name must consist of lower case alphanumeric characters or '-', and must start with alphabetical character. (e.g. "my-name" or "abc-123", regex used for validation is '${ISVC_NAME_PATTERN}')`;
}

/** KServe's message where a predictor has no implementation, or two. */
const EXACTLY_ONE =
  'exactly one of [Name, SKLearn, XGBoost, Tensorflow, PyTorch, Triton, ONNX, HuggingFace, PMML, LightGBM, Paddle, Model, StorageUris, StorageContainerName, WorkerSpec, PodSpec] must be specified in PredictorSpec';

/**
 * Checks an InferenceService whose metadata is sound: the structure by KServe's CRD, then the rules of its admission
 * webhooks, with their messages (kserve pkg/apis/serving/v1beta1).
 */
export function validateInferenceService(object: Record<string, unknown>, issues: IssueCollector): void {
  const schema = kindSchema('InferenceService') as KindSchema;
  reportUnknownFields(object, schema.top, [], issues);
  const name = String((object.metadata as Record<string, unknown>).name);
  if (!isInferenceServiceName(name)) {
    const hint =
      name.length > 63
        ? { hint: `it has ${name.length} characters; it becomes a label of a host name, which takes 63` }
        : {};
    issues.error(['metadata', 'name'], nameError(name), hint);
  }
  if (!isObject(object.spec)) {
    issues.error(['spec'], 'spec is required', { hint: 'add spec with a predictor' });
    return;
  }
  reportUnknownParts(object.spec, issues);
  for (const [field, value] of Object.entries(object.spec)) {
    const index = specFields().get(field);
    if (index !== undefined) checkType(value, index, ['spec', field], issues);
  }
  if (!isObject(object.spec.predictor)) {
    issues.error(['spec'], 'spec.predictor is required', { at: 'key' });
    return;
  }
  // The rules below read typed fields, so they run only where the structure is sound.
  if (!issues.hasErrors) validateRules(object as unknown as InferenceService, issues);
}

function specFields(): ReadonlyMap<string, number> {
  const type = schemaType((kindSchema('InferenceService') as KindSchema).spec);
  return new Map(type.t === 'object' ? Object.entries(type.fields) : []);
}

function reportUnknownParts(spec: Record<string, unknown>, issues: IssueCollector): void {
  const known = [...specFields().keys()];
  for (const field of Object.keys(spec)) {
    if (known.includes(field)) continue;
    if (issues.isFull) return;
    const meant = PART_SYNONYMS.find(([pattern]) => pattern.test(field))?.[1];
    const isPredictorField = [...LEGACY_PREDICTOR_KEYS, 'containers', 'minReplicas', 'storageUri'].some(
      (key) => key === field,
    );
    const hint = isPredictorField
      ? `move it under spec.predictor`
      : `${meant === undefined ? '' : `did you mean "${meant}"? `}A service has the parts ${known.join(', ')}`;
    issues.error(['spec', field], `unknown field "spec.${field.slice(0, 100)}"`, { at: 'key', hint });
  }
}

function validateRules(isvc: InferenceService, issues: IssueCollector): void {
  const owner = `the InferenceService "${isvc.metadata.name}"`;
  const annotations = new Map(Object.entries(isvc.metadata.annotations ?? {}));
  const deploymentMode = annotations.get('serving.kserve.io/deploymentMode');
  const autoscalerClass = annotations.get('serving.kserve.io/autoscalerClass');
  const annotationPath = (key: string): FieldPath => ['metadata', 'annotations', `serving.kserve.io/${key}`];
  if (autoscalerClass !== undefined && !AUTOSCALERS.includes(autoscalerClass)) {
    const message = `[${autoscalerClass.slice(0, 100)}] is not a supported autoscaler class type`;
    issues.error(annotationPath('autoscalerClass'), message, { hint: `one of ${AUTOSCALERS.join(', ')}` });
  }
  if (deploymentMode !== undefined && !MODES.includes(deploymentMode)) {
    // KServe takes its default mode then, and says nothing.
    const message = `"${deploymentMode.slice(0, 100)}" is no deployment mode and is not read`;
    issues.unread(annotationPath('deploymentMode'), message, { hint: `one of ${MODES.join(', ')}` });
  }
  validateScalingAnnotations(isvc, issues);
  validateImplementation(isvc, owner, issues);
  for (const { field, spec } of componentsOf(isvc)) {
    const path = ['spec', field];
    validateScaling(spec, path, { deploymentMode, autoscalerClass }, issues);
    validateLogger(spec.logger, [...path, 'logger'], issues);
    for (const list of ['containers', 'initContainers']) {
      const containers = spec[list];
      if (!Array.isArray(containers)) continue;
      for (const [index, container] of containers.entries()) {
        validateContainer(container, [...path, list, index], owner, issues);
      }
    }
    if (field !== 'predictor') {
      const hasParts = (spec.containers ?? []).length > 0 || isObject(spec.art);
      if (!hasParts) {
        const wanted = field === 'explainer' ? 'art or containers' : 'containers';
        issues.error(path, `${owner} is invalid: spec.${field} needs ${wanted}`);
      }
      validateStorageUris(spec.storageUris, false, path, issues);
    }
  }
  validateCanaries(isvc, deploymentMode, issues);
  validateWorkers(isvc, owner, autoscalerClass, issues);
}

function validateImplementation(isvc: InferenceService, owner: string, issues: IssueCollector): void {
  const predictor = isvc.spec.predictor;
  const path = ['spec', 'predictor'];
  const implementations = implementationsOf(predictor);
  if (implementations.length !== 1) {
    const found = implementations.map((one) => one.key);
    const hint =
      found.length === 0
        ? 'add model (with modelFormat and storageUri), or containers'
        : `it has ${found.join(' and ')}; keep one`;
    issues.error(path, EXACTLY_ONE, { at: 'key', hint });
  }
  for (const { key, spec } of implementations) {
    if (key === 'containers') continue;
    const at = [...path, key];
    if (typeof spec.name === 'string' && spec.name !== '') {
      issues.error([...at, 'name'], "the 'name' field is not allowed in standard predictor");
    }
    if (
      spec.protocolVersion !== undefined &&
      spec.protocolVersion !== null &&
      !PROTOCOLS.includes(spec.protocolVersion)
    ) {
      const message = `invalid protocol ${String(spec.protocolVersion).slice(0, 50)}. Must be one of [${PROTOCOLS.join(', ')}]`;
      issues.error([...at, 'protocolVersion'], message);
    }
    if (key === 'model' && !isNamedFormat(spec.modelFormat)) {
      const hint = 'e.g. modelFormat: {name: sklearn}';
      if (!isObject(spec.modelFormat)) issues.error(at, 'modelFormat is required', { at: 'key', hint });
      else issues.error([...at, 'modelFormat', 'name'], 'modelFormat.name is empty', { hint });
    }
    validateContainer(spec, at, owner, issues);
    validateModelStorage(spec, at, issues);
  }
  const storageUri = implementations.some((one) => one.key !== 'containers' && typeof one.spec.storageUri === 'string');
  validateStorageUris(predictor.storageUris, storageUri, path, issues);
  for (const [index, container] of (predictor.containers ?? []).entries()) {
    if (container.name !== TRANSFORMER_CONTAINER) continue;
    if ((container.env ?? []).some((variable) => variable.name === 'STORAGE_URI')) {
      const at = [...path, 'containers', index, 'env'];
      issues.error(at, 'storage uri should not be specified in transformer container');
    }
  }
}

function isNamedFormat(format: unknown): boolean {
  return isObject(format) && typeof format.name === 'string' && format.name !== '';
}

function validateLogger(logger: unknown, path: FieldPath, issues: IssueCollector): void {
  if (!isObject(logger)) return;
  // KServe documents `all` as the default of mode and then refuses a logger without one; here the default holds.
  const storage = logger.storage;
  if (!isObject(storage)) return;
  if (!isObject(storage.parameters) || typeof storage.path !== 'string' || typeof storage.key !== 'string') {
    issues.error([...path, 'storage'], 'invalid logger storage configuration', {
      hint: 'path, parameters and key are all needed',
    });
  }
}

function validateWorkers(
  isvc: InferenceService,
  owner: string,
  autoscaler: string | undefined,
  issues: IssueCollector,
): void {
  const worker = isvc.spec.predictor.workerSpec;
  if (!isObject(worker)) return;
  const path = ['spec', 'predictor', 'workerSpec'];
  const containers = Array.isArray(worker.containers) ? worker.containers : [];
  if (containers.length > 1) {
    issues.error(
      [...path, 'containers'],
      `${owner} is invalid: setting multiple containers in workerSpec is not allowed`,
    );
  }
  for (const [field, label] of [
    ['pipelineParallelSize', 'PipelineParallelSize'],
    ['tensorParallelSize', 'TensorParallelSize'],
  ] as const) {
    const size = worker[field];
    if (typeof size === 'number' && size < 1) {
      issues.error([...path, field], `${owner} is invalid: WorkerSpec.${label} cannot be less than 1(${size})`);
    }
  }
  const model = isvc.spec.predictor.model;
  if (model === undefined) return;
  for (const variable of ['PIPELINE_PARALLEL_SIZE', 'TENSOR_PARALLEL_SIZE']) {
    if ((model.env ?? []).some((one) => one.name === variable)) {
      const message = `${owner} is invalid: setting ${variable} in environment variables is not allowed`;
      issues.error(['spec', 'predictor', 'model', 'env'], message);
    }
  }
  const uri = model.storageUri;
  if (uri === undefined) issues.error(path, `${owner} is invalid: StorageURI must be set for multinode enabled`);
  else if (!/^(pvc|oci):/.test(uri)) {
    const scheme = /^[a-z0-9+.-]{1,30}(?=:)/i.exec(uri)?.[0] ?? '';
    const message = `${owner} is invalid: Multinode only supports 'pvc' and 'oci' Storage Protocol(${scheme})`;
    issues.error(['spec', 'predictor', 'model', 'storageUri'], message);
  }
  if (autoscaler !== undefined && autoscaler !== 'none') {
    issues.error(path, `${owner} is invalid: Multinode only supports 'none' autoscaler(${autoscaler})`);
  }
}
