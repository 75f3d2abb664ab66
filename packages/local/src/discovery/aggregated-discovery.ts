import { GROUPS, type Group, type Resource, resourcesOf } from './resources.ts';

type Json = Record<string, unknown>;

/** Versions of `apidiscovery.k8s.io`: clients before 1.30 know only the beta. */
export type DiscoveryVersion = 'v2' | 'v2beta1';

/** What aggregated discovery answers on `/api` (the core group) or `/apis` (the named ones): everything at once. */
export function aggregatedDiscovery(version: DiscoveryVersion, which: 'core' | 'named'): Json {
  const groups = GROUPS.filter((group) => (group.name === '') === (which === 'core'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(groupEntry),
  };
}

function groupEntry(group: Group): Json {
  return {
    metadata: { name: group.name, creationTimestamp: null },
    versions: group.versions.map((version) => ({
      version,
      resources: resourcesOf(group.name, version).map(resourceEntry),
      freshness: 'Current',
    })),
  };
}

function resourceEntry(resource: Resource): Json {
  const { group, version, kind } = resource;
  const responseKind = { group, version, kind };
  return {
    resource: resource.plural,
    responseKind,
    scope: resource.isNamespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(resource.subresources.length > 0 && {
      subresources: resource.subresources.map((sub) => ({ subresource: sub.name, responseKind, verbs: sub.verbs })),
    }),
  };
}
