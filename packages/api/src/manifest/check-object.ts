import { validateCoreChange } from '../core/changes.ts';
import { coreApiVersion } from '../core/kinds.ts';
import { type Issue, IssueCollector, type Locator } from '../issue.ts';
import { kindInfo } from '../kinds/kind-info.ts';
import { checkName } from '../meta/check-name.ts';
import { isObject } from '../schema/check.ts';
import { kindSchema } from '../schema/crd-schema.ts';
import { validateTrainedModelChange } from '../trained-model/validation.ts';
import { checkResource } from './check-resource.ts';

const NO_TEXT: Locator = { locate: () => undefined, source: () => undefined };

/**
 * Checks one object that came without a text, e.g. through an API. With `strict`, fields that nothing reads are errors,
 * as in Kubernetes; annotations, labels and keys of a Secret, which are free there, are warnings in any case.
 * `previous` is what is stored where the object replaces it: some fields are given once.
 */
export function checkObject(
  object: unknown,
  options: { readonly strict: boolean; readonly previous?: unknown },
): readonly Issue[] {
  const collector = new IssueCollector(NO_TEXT, options);
  if (!isObject(object)) {
    collector.error([], 'an object with apiVersion and kind is needed');
    return collector.issues;
  }
  const { name } = (isObject(object.metadata) ? object.metadata : {}) as { name?: unknown };
  // Whether a custom container reads the Secret can not be seen from here: its keys are its owner's business.
  const free = object.kind === 'Secret' && typeof name === 'string' ? new Set([name]) : new Set<string>();
  checkResource(object, free, collector);
  if (object.kind === 'TrainedModel' && options.previous !== undefined && !collector.hasErrors) {
    validateTrainedModelChange(options.previous, object, collector);
  }
  if ((object.kind === 'Secret' || object.kind === 'ConfigMap') && options.previous !== undefined) {
    validateCoreChange(options.previous, object, collector);
  }
  // A kind that the API serves and that manifests do not hold.
  const { kind } = object;
  const isServedAlone = typeof kind === 'string' && kindInfo(kind) !== undefined && !isManifestKind(kind);
  if (isServedAlone && typeof name === 'string') checkName(kind, name, collector);
  // It is not left out here, as it would be of a file.
  const issues = isServedAlone ? collector.issues.filter((issue) => issue.path !== 'kind') : collector.issues;
  return issues.map((issue) =>
    issue.severity === 'error' && FREE_KEYS.test(issue.path) && / is not read/.test(issue.message)
      ? { ...issue, severity: 'warning' as const }
      : issue,
  );
}

function isManifestKind(kind: string): boolean {
  return kindSchema(kind) !== undefined || coreApiVersion(kind) !== undefined;
}

/** Paths of keys that any client may set. */
const FREE_KEYS = /(^|\.)metadata\.(annotations|labels)(\.|\[|$)/;
