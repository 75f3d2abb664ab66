import { KINDS } from '../kinds/kind-info.ts';

/** A document of the API's own description. */
export interface DiscoveryAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Describes the API; undefined for paths that are no description. */
export function discoveryAnswer(
  path: string,
  _accept: string | undefined,
  version: string,
): DiscoveryAnswer | undefined {
  const json = (value: unknown): DiscoveryAnswer => ({
    status: 200,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(value)),
  });
  if (path === '/version')
    return json({ major: '1', minor: '34', gitVersion: `v1.34.0+berth-${version}`, platform: 'node' });
  if (path === '/api') return json({ kind: 'APIVersions', versions: ['v1'] });
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  if (match === null) return undefined;
  const [, group = '', groupVersion] = match;
  const resources = KINDS.filter((info) => info.group === group && info.version === groupVersion).map((info) => ({
    name: info.plural,
    singularName: info.singular,
    namespaced: info.isNamespaced,
    kind: info.kind,
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  }));
  return json({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? 'v1' : `${group}/${groupVersion}`,
    resources,
  });
}
