import { GROUPS, type Group, resourcesOf } from './resources.ts';

type Json = Record<string, unknown>;

/** `/api`: the versions of the core group. */
export function coreVersions(): Json {
  const core = GROUPS.find((group) => group.name === '');
  return { kind: 'APIVersions', versions: core?.versions ?? [], serverAddressByClientCIDRs: [] };
}

/** `/apis`: the named groups. */
export function groupList(): Json {
  const groups = GROUPS.filter((group) => group.name !== '').map(groupEntry);
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** `/apis/<group>`. */
export function groupAnswer(name: string): Json | undefined {
  const group = GROUPS.find((one) => one.name === name && name !== '');
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

function groupEntry(group: Group): Json {
  const versions = group.versions.map((version) => ({ groupVersion: `${group.name}/${version}`, version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

/** `/api/v1` and `/apis/<group>/<version>`: resources and, as entries of their own, subresources. */
export function resourceList(group: string, version: string): Json | undefined {
  const found = resourcesOf(group, version);
  if (found.length === 0) return undefined;
  const resources = found.flatMap((one) => {
    const common = { namespaced: one.isNamespaced, kind: one.kind };
    return [
      {
        name: one.plural,
        singularName: one.singular,
        ...common,
        verbs: one.verbs,
        ...(one.shortNames.length > 0 && { shortNames: one.shortNames }),
        ...(one.categories.length > 0 && { categories: one.categories }),
      },
      ...one.subresources.map((sub) => ({
        name: `${one.plural}/${sub.name}`,
        singularName: '',
        ...common,
        verbs: sub.verbs,
      })),
    ];
  });
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}
