import type { EnvVar } from '../inference-service/types.ts';
import type { ObjectMeta } from '../meta/object-meta.ts';

const PLACEHOLDER = /\{\{-?\s{0,20}\.(Name|Namespace|Labels|Annotations)(?:\.([\w-]{1,100}))?\s{0,20}-?\}\}/g;
const VARIABLE = /\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]{0,252})\)/g;

/** Thrown for a template that asks for something else than the service's name, namespace, labels and annotations. */
export class PlaceholderError extends Error {}

/**
 * Fills a runtime's Go template from the service's metadata: `{{.Name}}`, `{{.Namespace}}`, `{{.Labels.x}}`,
 * `{{.Annotations.x}}`; a label or annotation that is not there is empty, as in Go.
 * @throws PlaceholderError for any other `{{ … }}`.
 */
export function fillPlaceholders(text: string, metadata: ObjectMeta): string {
  const labels = new Map(Object.entries(metadata.labels ?? {}));
  const annotations = new Map(Object.entries(metadata.annotations ?? {}));
  const open = text.replace(PLACEHOLDER, '');
  if (open.includes('{{')) {
    const at = open.slice(open.indexOf('{{'), open.indexOf('{{') + 60);
    throw new PlaceholderError(
      `"${at}" is no placeholder; there are {{.Name}}, {{.Namespace}}, {{.Labels.x}} and {{.Annotations.x}}`,
    );
  }
  return text.replace(PLACEHOLDER, (_, field: string, key: string | undefined) => {
    switch (field) {
      case 'Name':
        return metadata.name;
      case 'Namespace':
        return metadata.namespace ?? '';
      case 'Labels':
        return labels.get(key ?? '') ?? '';
      default:
        return annotations.get(key ?? '') ?? '';
    }
  });
}

/** Replaces `$(VAR)` by the variable's value, as Kubernetes does in args and env; `$$` is a dollar, an unknown one stays. */
export function expandVariables(text: string, env: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return env.get(name) ?? whole;
  });
}

/** The runtime's variables, then the service's over them; later ones may refer to earlier ones. Those from `valueFrom` are named. */
export function mergeEnvironment(lists: readonly (readonly EnvVar[])[]): {
  env: ReadonlyMap<string, string>;
  unresolved: readonly string[];
} {
  const env = new Map<string, string>();
  const unresolved = new Set<string>();
  for (const variable of lists.flat()) {
    if (variable.valueFrom !== undefined && variable.valueFrom !== null) {
      unresolved.add(variable.name);
      env.delete(variable.name);
      continue;
    }
    unresolved.delete(variable.name);
    env.set(variable.name, expandVariables(variable.value ?? '', env));
  }
  return { env, unresolved: [...unresolved] };
}
