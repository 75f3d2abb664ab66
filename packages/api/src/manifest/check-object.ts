import { type Issue, IssueCollector, type Locator } from '../issue.ts';
import { isObject } from '../schema/check.ts';
import { checkResource } from './check-resource.ts';

const NO_TEXT: Locator = { locate: () => undefined, source: () => undefined };

/**
 * Checks one object that came without a text, e.g. through an API. With `strict`, fields that nothing reads are errors,
 * as in Kubernetes; annotations, labels and keys of a Secret, which are free there, are warnings in any case.
 */
export function checkObject(object: unknown, options: { readonly strict: boolean }): readonly Issue[] {
  const collector = new IssueCollector(NO_TEXT, options);
  if (!isObject(object)) {
    collector.error([], 'an object with apiVersion and kind is needed');
    return collector.issues;
  }
  const { name } = (isObject(object.metadata) ? object.metadata : {}) as { name?: unknown };
  // Whether a custom container reads the Secret can not be seen from here: its keys are its owner's business.
  const free = object.kind === 'Secret' && typeof name === 'string' ? new Set([name]) : new Set<string>();
  checkResource(object, free, collector);
  return collector.issues.map((issue) =>
    issue.severity === 'error' && FREE_KEYS.test(issue.path) && / is not read/.test(issue.message)
      ? { ...issue, severity: 'warning' as const }
      : issue,
  );
}

/** Paths of keys that any client may set. */
const FREE_KEYS = /(^|\.)metadata\.(annotations|labels)(\.|\[|$)/;
