import { ApiFailure } from './failure.ts';

/** kubectl asks for these where a file has a kind that is not there; its error then names the kind. */
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SERVICES = /^\/api\/v1\/(?:namespaces\/[^/]+\/)?services(\/[^/]+)?$/;

/**
 * `kubectl cluster-info` wants to list Services, of which one machine has none, and the kinds that are defined by the
 * cluster's users are not defined by objects here. Undefined for other paths.
 * @throws ApiFailure for all but a list: the gateway has an address for each InferenceService without them
 */
export function noServices(method: string, path: string): Record<string, unknown> | undefined {
  if (method === 'GET' && path === DEFINITIONS)
    return emptyList('apiextensions.k8s.io/v1', 'CustomResourceDefinitionList');
  const match = SERVICES.exec(path);
  if (match === null) return undefined;
  const name = match[1]?.slice(1, 254);
  if (method === 'GET' && name === undefined) {
    return emptyList('v1', 'ServiceList');
  }
  if (method === 'GET')
    throw new ApiFailure(404, 'NotFound', `services "${name}" not found`, { name, kind: 'services' });
  const message = 'one machine has no Services: the gateway gives every InferenceService its address (status.url)';
  throw new ApiFailure(405, 'MethodNotAllowed', message);
}

function emptyList(apiVersion: string, kind: string): Record<string, unknown> {
  return { apiVersion, kind, metadata: { resourceVersion: '' }, items: [] };
}
