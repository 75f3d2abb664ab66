import { dirname, isAbsolute, resolve } from 'node:path';
import type { Resource } from '@berth/api';
import { ApiError } from '../api-client/api-client.ts';
import { kindOf, pathOf, shownName } from '../resources/resource-types.ts';
import type { KubeObject, Session } from '../resources/session.ts';

/** What became of a resource. */
export interface Applied {
  /** `inferenceservice.serving.kserve.io/iris`. */
  readonly shown: string;
  readonly outcome: 'created' | 'configured' | 'unchanged';
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/**
 * Applies one resource by server-side apply, as the owner `berth`.
 * @throws ApiError
 */
export async function sendResource(
  resource: Resource,
  session: Session,
  options: { readonly dryRun: boolean; readonly cwd: string },
): Promise<Applied | undefined> {
  const info = kindOf(resource);
  if (info === undefined) return undefined;
  const namespace = info.isNamespaced ? resource.namespace : undefined;
  const path = pathOf(info, namespace, resource.name);
  const before = await session.client.call('GET', path).then(
    (answer) => answer.body as KubeObject,
    (thrown: unknown) => {
      if (thrown instanceof ApiError && thrown.status === 404) return undefined;
      throw thrown;
    },
  );
  const query = { fieldManager: 'berth', force: 'true', ...(options.dryRun ? { dryRun: 'All' } : {}) };
  const { body, warnings } = await session.client.call('PATCH', path, {
    query,
    body: withAbsolutePaths(resource, options.cwd),
    contentType: 'application/apply-patch+yaml',
  });
  const object = body as KubeObject;
  const isSame = before?.metadata.resourceVersion === object.metadata.resourceVersion;
  const outcome = before === undefined ? 'created' : isSame ? 'unchanged' : 'configured';
  return { shown: shownName(info, resource.name), outcome, object, warnings };
}

/** The object, with model paths that are relative to the YAML file made absolute: the platform runs elsewhere. */
function withAbsolutePaths(resource: Resource, cwd: string): unknown {
  const { object, file } = resource;
  const { status: _status, ...rest } = object as { status?: unknown };
  if (resource.kind !== 'InferenceService') return rest;
  const base = file === undefined || file === '(standard input)' ? cwd : dirname(resolve(cwd, file));
  return absolute(rest, base);
}

function absolute(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((item) => absolute(item, base));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const isPath = key === 'storageUri' && typeof field === 'string' && !/^[a-z][a-z0-9+.-]*:/i.test(field);
      if (isPath && field !== '' && !isAbsolute(field)) return [key, resolve(base, field)];
      return [key, absolute(field, base)];
    }),
  );
}
