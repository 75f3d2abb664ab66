import type { ApiObject } from '@berth/control';

/** What the API server itself gives the kinds that it knows, at every write, so that it cannot get lost. */
export function withServerDefaults(object: ApiObject): ApiObject {
  if (object.kind === 'Secret') return withStringData(withoutNullValues(object));
  if (object.kind === 'ConfigMap') return withoutNullValues(object);
  if (object.kind === 'ServiceAccount') return withoutEmptyLists(object);
  if (object.kind !== 'Namespace') return object;
  const { metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } },
  };
}

/** A list of nothing is none. */
function withoutEmptyLists(object: ApiObject): ApiObject {
  const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value))) as ApiObject;
}

/** A key without a value has an empty one, as in Kubernetes. */
function withoutNullValues(object: ApiObject): ApiObject {
  const { data } = object;
  if (typeof data !== 'object' || data === null || !Object.values(data).includes(null)) return object;
  return { ...object, data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value ?? ''])) };
}

/** A Secret's `stringData` becomes `data`, and a Secret without a type is an opaque one. */
function withStringData(object: ApiObject): ApiObject {
  const { stringData, ...rest } = object as ApiObject & { stringData?: Record<string, string> | null };
  const type = rest.type ?? 'Opaque';
  if (stringData === undefined || stringData === null) return { ...rest, type };
  const data: Record<string, unknown> = { ...(rest.data as object | undefined) };
  for (const [key, text] of Object.entries(stringData)) {
    Object.defineProperty(data, key, {
      value: Buffer.from(String(text)).toString('base64'),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return { ...rest, type, data };
}
