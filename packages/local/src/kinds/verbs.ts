import type { KindInfo } from './kind-info.ts';

const READ = ['get', 'list', 'watch'] as const;
const ALL = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

/** What clients may do with objects of a kind, in the words and order of discovery. */
export function verbsOf(info: KindInfo): readonly string[] {
  if (info.isReadOnly) return READ;
  // All of them at a stroke: Kubernetes does not offer it either.
  return info.kind === 'Namespace' ? ALL.filter((verb) => verb !== 'deletecollection') : ALL;
}
