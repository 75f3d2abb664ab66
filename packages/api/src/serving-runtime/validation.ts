import { validateContainer } from '../inference-service/validate-containers.ts';
import { formatPath, type IssueCollector } from '../issue.ts';
import { checkType, isObject, reportUnknownFields } from '../schema/check.ts';
import { type KindSchema, kindSchema } from '../schema/crd-schema.ts';
import type { ServingRuntime, SupportedModelFormat } from './types.ts';

/**
 * Checks a ServingRuntime or ClusterServingRuntime whose metadata is sound: the structure by KServe's CRD, then the rules
 * of its webhook that need no other runtime.
 */
export function validateServingRuntime(
  object: Record<string, unknown>,
  kind: ServingRuntime['kind'],
  issues: IssueCollector,
): void {
  const schema = kindSchema(kind) as KindSchema;
  reportUnknownFields(object, schema.top, [], issues);
  const name = String((object.metadata as Record<string, unknown>).name);
  if (!isObject(object.spec)) {
    issues.error(['spec'], 'spec is required');
    return;
  }
  checkType(object.spec, schema.spec, ['spec'], issues);
  if (issues.hasErrors) return;
  const spec = (object as unknown as ServingRuntime).spec;
  const owner = `the ${kind} "${name}"`;
  if (spec.containers.length === 0) issues.error(['spec', 'containers'], 'spec.containers: Required value');
  for (const [index, container] of spec.containers.entries()) {
    validateContainer(container, ['spec', 'containers', index], owner, issues);
  }
  validatePriorities(spec.supportedModelFormats ?? [], kind, name, issues);
  const worker = spec.workerSpec;
  if (isObject(worker)) {
    const containers = Array.isArray(worker.containers) ? worker.containers : [];
    if (containers.length === 0) issues.error(['spec', 'workerSpec'], 'spec.workerSpec.containers: Required value');
    if (containers.length > 1) {
      const message = `${owner} is invalid: setting multiple containers in workerSpec is not allowed`;
      issues.error(['spec', 'workerSpec', 'containers'], message);
    }
  }
}

function validatePriorities(
  formats: readonly SupportedModelFormat[],
  kind: string,
  name: string,
  issues: IssueCollector,
): void {
  const priorities = new Map<string, number>();
  for (const [index, format] of formats.entries()) {
    const at = ['spec', 'supportedModelFormats', index];
    const priority = format.priority ?? undefined;
    if (priority !== undefined && priority < 1) {
      issues.error([...at, 'priority'], `${formatPath([...at, 'priority'])} must be at least 1, not ${priority}`);
    }
    if (format.autoSelect !== true || priority === undefined) continue;
    const other = priorities.get(format.name);
    if (other !== undefined && other !== priority) {
      const message = `different priorities assigned for the model format ${format.name} under the ${kind.toLowerCase()} ${name}`;
      issues.error([...at, 'priority'], message);
    }
    priorities.set(format.name, priority);
  }
}

/**
 * KServe's rule across runtimes: two enabled ones of one scope and protocol may not give one format, version and priority.
 * Returns the format's name where they do.
 */
export function conflictingPriority(left: ServingRuntime, right: ServingRuntime): string | undefined {
  if (left.spec.disabled === true || right.spec.disabled === true) return undefined;
  if ((left.spec.multiModel ?? false) !== (right.spec.multiModel ?? false)) return undefined;
  const sharesProtocol = (left.spec.protocolVersions ?? []).some((one) => right.spec.protocolVersions?.includes(one));
  if (!sharesProtocol) return undefined;
  for (const one of left.spec.supportedModelFormats ?? []) {
    if (one.autoSelect !== true || one.priority === undefined) continue;
    const clash = (right.spec.supportedModelFormats ?? []).some(
      (other) =>
        other.autoSelect === true &&
        other.name === one.name &&
        other.version === one.version &&
        other.priority === one.priority,
    );
    if (clash) return one.name;
  }
  return undefined;
}
