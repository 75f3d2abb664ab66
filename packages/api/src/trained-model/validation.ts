import { formatPath, type IssueCollector } from '../issue.ts';
import { isInferenceServiceName } from '../meta/names.ts';
import { quantityValue } from '../meta/quantity.ts';
import { checkType, isObject, reportUnknownFields } from '../schema/check.ts';
import { type KindSchema, kindSchema } from '../schema/crd-schema.ts';

/** What KServe's webhook takes (agent/storage SupportedProtocols). */
const KSERVE_SCHEMES: readonly string[] = ['s3://', 'gs://', 'https://', 'http://'];
/** What Berth's storage brings beyond that. */
const MORE_SCHEMES: readonly string[] = ['hf://', 'oci://', 'oci+native://', 'oci+fetch://', 'abfs://', 'abfss://'];
/** What lies on this machine. */
const LOCAL_SCHEMES: readonly string[] = ['pvc://', 'file://', '/'];
const MEMORY = ['spec', 'model', 'memory'];

/**
 * Checks a TrainedModel whose metadata is sound: the structure by KServe's CRD, then the rules of its webhook
 * (pkg/apis/serving/v1alpha1/trainedmodel_webhook.go), which is stricter about schemes.
 */
export function validateTrainedModel(object: Record<string, unknown>, issues: IssueCollector): void {
  const schema = kindSchema('TrainedModel') as KindSchema;
  reportUnknownFields(object, schema.top, [], issues);
  const { spec } = object;
  if (!isObject(spec)) {
    issues.error(['spec'], 'spec is required', { hint: 'add spec with inferenceService and model' });
    return;
  }
  checkType(spec, schema.spec, ['spec'], issues);
  if (issues.hasErrors || !isObject(spec.model)) return;
  const service = String(spec.inferenceService);
  if (!isInferenceServiceName(service)) {
    issues.error(
      ['spec', 'inferenceService'],
      `${JSON.stringify(service.slice(0, 253))} is no InferenceService's name`,
    );
  }
  const { storageUri, framework, memory } = spec.model;
  checkUri(String(storageUri), issues);
  if (framework === '') {
    issues.error(['spec', 'model', 'framework'], 'spec.model.framework is empty', { hint: 'e.g. sklearn' });
  }
  if ((quantityValue(String(memory)) ?? 0) < 0) {
    issues.error(MEMORY, `${formatPath(MEMORY)} must not be negative, not ${String(memory).slice(0, 100)}`);
  }
}

/** What a change of a TrainedModel may not do: its memory is given once. Both are sound for themselves. */
export function validateTrainedModelChange(before: unknown, after: unknown, issues: IssueCollector): void {
  const [old, next] = [memoryOf(before), memoryOf(after)];
  if (old === undefined || next === undefined || quantityValue(old) === quantityValue(next)) return;
  issues.error(MEMORY, `the memory of a TrainedModel is immutable; it was ${old.slice(0, 100)}`, {
    hint: 'delete it and make it again, or make another one beside it',
  });
}

function checkUri(uri: string, issues: IssueCollector): void {
  const path = ['spec', 'model', 'storageUri'];
  const isOf = (schemes: readonly string[]) => schemes.some((one) => uri.startsWith(one) && uri.length > one.length);
  if (isOf(KSERVE_SCHEMES)) return;
  if (isOf(MORE_SCHEMES) || isOf(LOCAL_SCHEMES)) {
    issues.note(path, `KServe takes ${KSERVE_SCHEMES.join(', ')} in a TrainedModel; Berth takes this one too`);
    return;
  }
  const message = uri === '' ? 'spec.model.storageUri is empty' : `"${uri.slice(0, 100)}" is no storage URI`;
  issues.error(path, message, {
    hint: `it starts with one of ${[...KSERVE_SCHEMES, ...MORE_SCHEMES, ...LOCAL_SCHEMES].join(', ')} and goes on`,
  });
}

function memoryOf(object: unknown): string | undefined {
  const spec = isObject(object) && isObject(object.spec) ? object.spec : {};
  const memory = isObject(spec.model) ? spec.model.memory : undefined;
  return typeof memory === 'string' || typeof memory === 'number' ? String(memory) : undefined;
}
