import { type FieldPath, type Issue, IssueCollector, type Locator, type Position } from '../issue.ts';
import { isObject } from '../schema/check.ts';
import { kindSchema } from '../schema/crd-schema.ts';
import type { ServingRuntime } from '../serving-runtime/types.ts';
import { conflictingPriority } from '../serving-runtime/validation.ts';
import { parseYaml } from '../yaml/parse.ts';
import { checkResource } from './check-resource.ts';
import { DEFAULT_NAMESPACE, type Resource } from './resource.ts';
import { referencedSecrets } from './secret-references.ts';

export interface ManifestOptions {
  /** Name of the file, for messages. */
  readonly file?: string;
  /** What nothing reads is an error, as when an API client asks for `fieldValidation=Strict`. */
  readonly strict?: boolean;
  /** The namespace of what names none; default `default`. */
  readonly namespace?: string;
}

/** One object of a text, whether or not it can be used. */
export interface ManifestEntry {
  /** As written; empty where it is no text. */
  readonly kind: string;
  readonly name: string;
  /** `default` where it names none. */
  readonly namespace: string;
  readonly file?: string;
  /** Where it starts. */
  readonly position?: Position;
  /** What there is to say about this object alone. */
  readonly issues: readonly Issue[];
  /** Absent where it was refused or is of a kind that is left out. */
  readonly resource?: Resource;
}

/** The resources of a text that can be used, and everything there is to say about it. */
export interface Manifests {
  readonly resources: readonly Resource[];
  readonly issues: readonly Issue[];
  /** Every object in the order of the text, those that were refused among them. */
  readonly entries: readonly ManifestEntry[];
}

/**
 * Reads YAML or JSON with any number of Kubernetes objects (documents, or a `List`), checks each, and keeps the valid
 * ones as they were written. Issues carry file, line and column. Never throws on any input.
 */
export function parseManifests(text: string, options: ManifestOptions = {}): Manifests {
  const { documents, issues: yamlIssues } = parseYaml(text, options.file);
  const issues: Issue[] = [...yamlIssues];
  const resources: Resource[] = [];
  const entries: ManifestEntry[] = [];
  const objects = documents.flatMap((document) => unpack(document.value, document.locator));
  const usedSecrets = referencedSecrets(objects.map((entry) => entry.value));
  for (const { value, locator } of objects) {
    const collector = new IssueCollector(locator, options);
    let kept: Resource | undefined;
    if (isObject(value)) {
      const checked = checkResource(value, usedSecrets, collector);
      if (checked !== undefined) {
        const isCluster = kindSchema(checked.kind)?.scope === 'Cluster' || checked.kind === 'Namespace';
        const namespace = isCluster ? '' : (checked.namespace ?? options.namespace ?? DEFAULT_NAMESPACE);
        const resource: Resource = {
          apiVersion: checked.apiVersion,
          kind: checked.kind,
          name: checked.name,
          namespace,
          object: value,
          locator,
          ...(options.file === undefined ? {} : { file: options.file }),
        };
        const twin = resources.find((one) => sameResource(one, resource));
        if (twin === undefined) {
          resources.push(resource);
          kept = resource;
        } else reportTwin(resource, twin, collector);
      }
    } else {
      collector.error([], 'a document must be an object with apiVersion and kind');
    }
    issues.push(...collector.issues);
    entries.push(entryOf(value, locator, collector.issues, kept, options));
  }
  issues.push(...conflicts(resources, options));
  return { resources, issues, entries };
}

function entryOf(
  value: unknown,
  locator: Locator,
  issues: readonly Issue[],
  resource: Resource | undefined,
  options: ManifestOptions,
): ManifestEntry {
  const object = isObject(value) ? value : {};
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const text = (one: unknown, other: string) => (typeof one === 'string' && one !== '' ? one : other);
  const position = locator.locate([], 'value');
  return {
    kind: text(object.kind, ''),
    name: text(metadata.name, ''),
    namespace: resource?.namespace ?? text(metadata.namespace, options.namespace ?? DEFAULT_NAMESPACE),
    issues,
    ...(options.file === undefined ? {} : { file: options.file }),
    ...(position === undefined ? {} : { position }),
    ...(resource === undefined ? {} : { resource }),
  };
}

/** Two runtimes that would both be first for one format: KServe's webhook refuses the second. */
function conflicts(resources: readonly Resource[], options: ManifestOptions): Issue[] {
  const runtimes = resources.filter((one) => one.kind === 'ServingRuntime' || one.kind === 'ClusterServingRuntime');
  const issues: Issue[] = [];
  for (const [index, one] of runtimes.entries()) {
    for (const earlier of runtimes.slice(0, index)) {
      if (earlier.kind !== one.kind || earlier.namespace !== one.namespace) continue;
      const format = conflictingPriority(
        earlier.object as unknown as ServingRuntime,
        one.object as unknown as ServingRuntime,
      );
      if (format === undefined) continue;
      const collector = new IssueCollector(one.locator, options);
      const where = `${one.kind.toLowerCase()}s ${one.name} and ${earlier.name}`;
      collector.error(
        ['spec', 'supportedModelFormats'],
        `same priority assigned for the model format ${format} in the ${where}`,
      );
      issues.push(...collector.issues);
    }
  }
  return issues;
}

/** Whether two resources are one and the same to Kubernetes. */
export function sameResource(left: Resource, right: Resource): boolean {
  return left.kind === right.kind && left.namespace === right.namespace && left.name === right.name;
}

function reportTwin(resource: Resource, twin: Resource, issues: IssueCollector): void {
  const line = twin.locator.locate(['metadata', 'name'], 'value')?.line;
  const where = line === undefined ? '' : `; the first is on line ${line}`;
  issues.error(['metadata', 'name'], `${resource.kind} "${resource.name}" stands twice${where}`, {
    hint: 'keep one, or give one of them another name or namespace',
  });
}

function unpack(value: unknown, locator: Locator): { value: unknown; locator: Locator }[] {
  if (!isObject(value)) return [{ value, locator }];
  const { kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [{ value, locator }];
  const itemKind = kind.slice(0, -'List'.length);
  return items.map((item, index) => {
    const hasType = !isObject(item) || item.kind !== undefined || itemKind === '';
    return {
      value: hasType ? item : { apiVersion: value.apiVersion, kind: itemKind, ...item },
      locator: within(locator, ['items', index]),
    };
  });
}

function within(locator: Locator, prefix: FieldPath): Locator {
  return {
    locate: (path, what) => locator.locate([...prefix, ...path], what),
    source: (path) => locator.source([...prefix, ...path]),
  };
}
