import { type EnvVar, expandVariables, isObject, quantityValue } from '@berth/api';
import type { EnvSource, PlannedVariable, PlannedVariables } from './component-plan.ts';

/** Values that live in other objects; `undefined` where there is no such object. */
export interface Lookup {
  secret(namespace: string, name: string): ReadonlyMap<string, string> | undefined;
  configMap(namespace: string, name: string): ReadonlyMap<string, string> | undefined;
}

/** What the downward API tells a replica about itself. */
export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly serviceAccountName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
  readonly requests: Readonly<Record<string, string>>;
}

/** Reads the variables of a container; those that can not be understood are named in `problems`. */
export function plannedVariables(
  env: readonly EnvVar[],
  field: string,
): { variables: PlannedVariable[]; problems: string[] } {
  const byName = new Map<string, PlannedVariable>();
  const problems: string[] = [];
  for (const { name, value, valueFrom } of env) {
    // A later variable of a name takes the place of an earlier one, and stands where it stood last.
    byName.delete(name);
    if (valueFrom === undefined || valueFrom === null) {
      byName.set(name, { name, value: value ?? '' });
      continue;
    }
    const from = sourceOf(valueFrom);
    if (from === undefined)
      problems.push(
        `${field}.env ${name}: valueFrom needs secretKeyRef, configMapKeyRef, fieldRef or resourceFieldRef`,
      );
    else byName.set(name, { name, from });
  }
  return { variables: [...byName.values()], problems };
}

function sourceOf(valueFrom: Record<string, unknown>): EnvSource | undefined {
  const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  for (const [kind, reference] of [
    ['Secret', secretKeyRef],
    ['ConfigMap', configMapKeyRef],
  ] as const) {
    if (!isObject(reference)) continue;
    const { name, key, optional } = reference;
    if (typeof name !== 'string' || typeof key !== 'string') return undefined;
    return { kind, name, key, optional: optional === true };
  }
  if (isObject(fieldRef) && typeof fieldRef.fieldPath === 'string') return { kind: 'field', path: fieldRef.fieldPath };
  if (isObject(resourceFieldRef) && typeof resourceFieldRef.resource === 'string') {
    const { resource, divisor } = resourceFieldRef;
    return { kind: 'resource', resource, ...(divisor === undefined ? {} : { divisor: String(divisor) }) };
  }
  return undefined;
}

/** Reads `envFrom` of a container. */
export function plannedEnvFrom(envFrom: unknown): PlannedVariables[] {
  if (!Array.isArray(envFrom)) return [];
  const planned: PlannedVariables[] = [];
  for (const entry of envFrom) {
    if (!isObject(entry)) continue;
    const prefix = typeof entry.prefix === 'string' ? entry.prefix : '';
    for (const [kind, reference] of [
      ['Secret', entry.secretRef],
      ['ConfigMap', entry.configMapRef],
    ] as const) {
      if (!isObject(reference) || typeof reference.name !== 'string') continue;
      planned.push({ kind, name: reference.name, prefix, optional: reference.optional === true });
    }
  }
  return planned;
}

/** The whole environment of a replica. `missing` names what is not there yet; the values in it are never logged. */
export function resolveEnvironment(
  variables: readonly PlannedVariable[],
  envFrom: readonly PlannedVariables[],
  pod: PodFacts,
  lookup: Lookup,
): { env: ReadonlyMap<string, string>; missing: readonly string[] } {
  const env = new Map<string, string>();
  const missing: string[] = [];
  const read = (kind: 'Secret' | 'ConfigMap', name: string) =>
    kind === 'Secret' ? lookup.secret(pod.namespace, name) : lookup.configMap(pod.namespace, name);
  for (const { kind, name, prefix, optional } of envFrom) {
    const values = read(kind, name);
    if (values === undefined && !optional) missing.push(`there is no ${kind} "${name}" in namespace ${pod.namespace}`);
    for (const [key, value] of values ?? []) {
      if (/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(prefix + key)) env.set(prefix + key, value);
    }
  }
  for (const variable of variables) {
    if ('value' in variable) {
      env.set(variable.name, expandVariables(variable.value, env));
      continue;
    }
    const { from } = variable;
    if (from.kind === 'field' || from.kind === 'resource') {
      const value =
        from.kind === 'field' ? fieldValue(from.path, pod) : resourceValue(from.resource, from.divisor, pod);
      if (value === undefined)
        missing.push(
          `variable ${variable.name}: there is no field ${from.kind === 'field' ? from.path : from.resource}`,
        );
      else env.set(variable.name, value);
      continue;
    }
    const values = read(from.kind, from.name);
    const value = values?.get(from.key);
    if (value !== undefined) env.set(variable.name, value);
    else if (!from.optional) {
      missing.push(
        values === undefined
          ? `variable ${variable.name}: there is no ${from.kind} "${from.name}" in namespace ${pod.namespace}`
          : `variable ${variable.name}: the ${from.kind} "${from.name}" has no key "${from.key}"`,
      );
    }
  }
  return { env, missing };
}

function fieldValue(path: string, pod: PodFacts): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['([^']{1,317})'\]$/.exec(path);
  if (keyed !== null) {
    const table = keyed[1] === 'labels' ? pod.labels : pod.annotations;
    return new Map(Object.entries(table)).get(keyed[2] as string) ?? '';
  }
  return new Map([
    ['metadata.name', pod.name],
    ['metadata.namespace', pod.namespace],
    ['metadata.uid', pod.uid],
    ['spec.serviceAccountName', pod.serviceAccountName],
    ['spec.nodeName', 'localhost'],
    ['status.podIP', '127.0.0.1'],
    ['status.podIPs', '127.0.0.1'],
    ['status.hostIP', '127.0.0.1'],
    ['status.hostIPs', '127.0.0.1'],
  ]).get(path);
}

function resourceValue(resource: string, divisor: string | undefined, pod: PodFacts): string | undefined {
  const match = /^(limits|requests)\.([a-z0-9./-]{1,100})$/.exec(resource);
  if (match === null) return undefined;
  const table = match[1] === 'limits' ? pod.limits : pod.requests;
  const value = quantityValue(new Map(Object.entries(table)).get(match[2] as string) ?? '');
  if (value === undefined) return undefined;
  const unit = divisor === undefined || divisor === '0' ? 1 : (quantityValue(divisor) ?? 1);
  return String(Math.ceil(value / unit));
}
