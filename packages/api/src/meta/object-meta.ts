import { type FieldPath, formatPath, type IssueCollector } from '../issue.ts';
import { isObject, reportUnknownFields } from '../schema/check.ts';
import { isLabelText, qualifiedNameProblem } from './names.ts';

/** What a resource says of itself. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  [field: string]: unknown;
}

const FIELDS = [
  'name',
  'generateName',
  'namespace',
  'labels',
  'annotations',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'finalizers',
  'managedFields',
  'ownerReferences',
  'selfLink',
];

/** Bytes that all annotations of a resource may have together (apimachinery TotalAnnotationSizeLimitB). */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** Checks `metadata`: its fields, and keys and values of labels and annotations as Kubernetes does. */
export function checkObjectMeta(metadata: unknown, issues: IssueCollector): metadata is ObjectMeta {
  const path: FieldPath = ['metadata'];
  if (!isObject(metadata)) {
    issues.error(path, 'metadata is required', { hint: 'add metadata with a name' });
    return false;
  }
  const excused = reportUnknownFields(metadata, FIELDS, path, issues);
  const name = metadata.name;
  if (typeof name !== 'string' || name === '') {
    if (name !== undefined && name !== null && name !== '') {
      mustBeText(name, 'name', issues);
    } else if (!excused.has('name')) {
      issues.error(path, 'metadata.name is required');
    }
    return false;
  }
  const namespace = metadata.namespace;
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') {
    mustBeText(namespace, 'namespace', issues);
  }
  checkFinalizers(metadata.finalizers, issues);
  checkControllers(metadata.ownerReferences, issues);
  checkKeys(metadata.labels, [...path, 'labels'], issues, true);
  checkKeys(metadata.annotations, [...path, 'annotations'], issues, false);
  return true;
}

/** Finalizers are names as keys of labels are: what is none could never be taken off by its owner. */
function checkFinalizers(value: unknown, issues: IssueCollector): void {
  if (!Array.isArray(value)) return;
  for (const [index, one] of value.entries()) {
    const problem = typeof one === 'string' ? qualifiedNameProblem(one) : 'it is no text';
    if (problem === undefined) continue;
    issues.error(
      ['metadata', 'finalizers', index],
      `${JSON.stringify(one)?.slice(0, 200)} is no valid finalizer: ${problem}`,
    );
  }
}

function checkControllers(value: unknown, issues: IssueCollector): void {
  if (!Array.isArray(value) || value.filter((one) => isObject(one) && one.controller === true).length < 2) return;
  issues.error(['metadata', 'ownerReferences'], 'only one owner can be the controller of an object');
}

/** Shows what was written, not what YAML made of it: an unquoted `y` is `true` to Kubernetes. */
function mustBeText(value: unknown, field: string, issues: IssueCollector): void {
  const path: FieldPath = ['metadata', field];
  const written = issues.locator.source(path) ?? String(value);
  const read = isObject(value) || Array.isArray(value) ? '' : ` (YAML reads it as ${String(value).slice(0, 100)})`;
  const hint = read === '' ? {} : { hint: `quote it: ${field}: "${written.slice(0, 100)}"` };
  issues.error(path, `metadata.${field} must be a string${read}`, hint);
}

function checkKeys(value: unknown, path: FieldPath, issues: IssueCollector, areLabels: boolean): void {
  if (value === undefined || value === null) return;
  if (!isObject(value)) {
    issues.error(path, `${formatPath(path)} must be an object`);
    return;
  }
  let bytes = 0;
  for (const [key, item] of Object.entries(value)) {
    if (issues.isFull) return;
    const at = [...path, key];
    const problem = qualifiedNameProblem(key);
    if (problem !== undefined) {
      const repaired = key.replace(/:+$/, '');
      issues.error(at, `${JSON.stringify(key.slice(0, 200))} is no valid key in ${formatPath(path)}: ${problem}`, {
        at: 'key',
        ...(repaired !== key && qualifiedNameProblem(repaired) === undefined
          ? { hint: `did you mean "${repaired}"? One colon ends the key in YAML; the second became part of it` }
          : {}),
      });
    } else if (typeof item !== 'string') {
      const written = issues.locator.source(at) ?? String(item);
      const hint =
        isObject(item) || Array.isArray(item) ? {} : { hint: `quote it: ${key}: "${written.slice(0, 100)}"` };
      issues.error(at, `${formatPath(at)} must be a string`, hint);
    } else if (areLabels && item !== '' && !isLabelText(item)) {
      issues.error(at, `${formatPath(at)}: ${JSON.stringify(item.slice(0, 100))} is no valid label value`, {
        hint: "63 characters at most: letters, digits, '-', '_' or '.', starting and ending with a letter or digit",
      });
    }
    bytes += key.length + (typeof item === 'string' ? item.length : 0);
  }
  if (!areLabels && bytes > MAX_ANNOTATION_BYTES) {
    issues.error(path, `the annotations have ${bytes} bytes; ${MAX_ANNOTATION_BYTES} are allowed`);
  }
}
