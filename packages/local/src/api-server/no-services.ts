import { ApiFailure } from './failure.ts';

const SERVICES = /^\/api\/v1\/(?:namespaces\/[^/]+\/)?services(\/[^/]+)?$/;

/**
 * `kubectl cluster-info` wants to list Services, of which one machine has none. Undefined for other paths.
 * @throws ApiFailure for all but a list: the gateway has an address for each InferenceService without them
 */
export function noServices(method: string, path: string): Record<string, unknown> | undefined {
  const match = SERVICES.exec(path);
  if (match === null) return undefined;
  const name = match[1]?.slice(1, 254);
  if (method === 'GET' && name === undefined) {
    return { apiVersion: 'v1', kind: 'ServiceList', metadata: { resourceVersion: '' }, items: [] };
  }
  if (method === 'GET') throw new ApiFailure(404, 'NotFound', `services "${name}" not found`);
  const message = 'one machine has no Services: the gateway gives every InferenceService its address (status.url)';
  throw new ApiFailure(405, 'MethodNotAllowed', message);
}
