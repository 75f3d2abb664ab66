import { KINDS, type KindInfo } from '../kinds/kind-info.ts';
import { verbsOf } from '../kinds/verbs.ts';
import { REVIEWS } from './reviews.ts';

/** A resource as discovery tells it, whatever the form of the answer. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

/** Every resource of the API, in the order of discovery. */
export const RESOURCES: readonly Resource[] = [
  ...KINDS.map((info) => ({ ...info, verbs: verbsOf(info), subresources: subresources(info) })),
  // One machine has none, but clients that look for them are answered.
  {
    group: '',
    version: 'v1',
    kind: 'Service',
    plural: 'services',
    singular: 'service',
    shortNames: ['svc'],
    categories: [],
    isNamespaced: true,
    verbs: ['get', 'list'],
    subresources: [],
  },
  ...REVIEWS.map((info) => ({
    ...info,
    singular: info.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: ['create'],
    subresources: [],
  })),
];

function subresources(info: KindInfo): Resource['subresources'] {
  const status = { name: 'status', verbs: info.isReadOnly ? ['get'] : ['get', 'patch', 'update'] };
  return [...(info.kind === 'Pod' ? [{ name: 'log', verbs: ['get'] }] : []), ...(info.hasStatus ? [status] : [])];
}

/** A group and its versions; the first is preferred. The core group has no name. */
export interface Group {
  readonly name: string;
  readonly versions: readonly string[];
}

/** Groups by first mention. Clients take a name like `isvc` from the first group that has it. */
export const GROUPS: readonly Group[] = groupsOf(RESOURCES);

function groupsOf(resources: readonly Resource[]): Group[] {
  const versions = new Map<string, Set<string>>();
  for (const { group, version } of resources) {
    const known = versions.get(group) ?? new Set();
    versions.set(group, known.add(version));
  }
  // The newest of KServe's versions is the one of InferenceService, which is mentioned first.
  return [...versions].map(([name, set]) => ({ name, versions: [...set] }));
}

/** The resources of a group version. */
export function resourcesOf(group: string, version: string): readonly Resource[] {
  return RESOURCES.filter((one) => one.group === group && one.version === version);
}
