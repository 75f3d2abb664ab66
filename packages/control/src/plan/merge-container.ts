import { type Container, type EnvVar, fillPlaceholders, isObject, type ObjectMeta, quantityValue } from '@berth/api';

/**
 * The runtime's container with the service's merged over it, as KServe does by strategic merge: args are joined, env and
 * ports go by name and number, everything else of the service takes the place of the runtime's.
 */
export function mergeContainers(runtime: Container, service: Readonly<Record<string, unknown>>): Container {
  const merged: Record<string, unknown> = { ...runtime };
  for (const [field, value] of Object.entries(service)) {
    if (value === undefined || value === null || field === 'name') continue;
    const below = runtime[field];
    if (field === 'args') merged.args = [...strings(below), ...strings(value)];
    else if (field === 'env') merged.env = [...variables(below), ...variables(value)];
    else if (field === 'envFrom') merged.envFrom = [...objects(below), ...objects(value)];
    else if (field === 'ports') merged.ports = byKey(objects(below), objects(value), 'containerPort');
    else if (field === 'volumeMounts') merged.volumeMounts = byKey(objects(below), objects(value), 'mountPath');
    else if (field === 'resources' && isObject(below) && isObject(value))
      merged.resources = mergeResources(below, value);
    else merged[field] = value;
  }
  return merged as Container;
}

/**
 * Fills the templates in every text of a container. `isLenient` leaves what is no placeholder as it is: a container of the
 * user's own may mean something else by `{{`.
 * @throws PlaceholderError where it is not lenient
 */
export function fillContainer(container: Container, metadata: ObjectMeta, isLenient: boolean): Container {
  const fill = (text: string): string => {
    if (!text.includes('{{')) return text;
    if (!isLenient) return fillPlaceholders(text, metadata);
    return text.replace(/\{\{[^{}]{1,200}\}\}/g, (whole) => {
      try {
        return fillPlaceholders(whole, metadata);
      } catch {
        return whole;
      }
    });
  };
  return fillDeep(container, fill, 0) as Container;
}

const MAX_DEPTH = 32;

function fillDeep(value: unknown, fill: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return fill(value);
  if (depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((one) => fillDeep(one, fill, depth + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillDeep(one, fill, depth + 1)]));
}

/** A default never contradicts what was written: no limit below a request of the service, no request above its limit. */
function mergeResources(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const of = (from: Record<string, unknown>, field: string) => (isObject(from[field]) ? from[field] : {});
  const limits = { ...of(below, 'limits'), ...of(above, 'limits') };
  const requests = { ...of(below, 'requests'), ...of(above, 'requests') };
  for (const name of Object.keys(limits)) {
    const limit = quantityValue(String(limits[name]));
    const request = quantityValue(String(requests[name]));
    if (limit === undefined || request === undefined || request <= limit) continue;
    if (Object.hasOwn(of(above, 'limits'), name)) requests[name] = limits[name];
    else delete limits[name];
  }
  return { ...below, ...above, limits, requests };
}

function byKey(below: Record<string, unknown>[], above: Record<string, unknown>[], key: string) {
  const table = new Map<unknown, Record<string, unknown>>();
  for (const one of [...below, ...above]) table.set(one[key], { ...table.get(one[key]), ...one });
  return [...table.values()];
}

/** The texts of a list; numbers and switches are read as text, as YAML may give them. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => one !== null && typeof one !== 'object').map(String) : [];
}

/** The objects of a list. */
export function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function variables(value: unknown): EnvVar[] {
  return objects(value).filter((one) => typeof one.name === 'string') as unknown as EnvVar[];
}
