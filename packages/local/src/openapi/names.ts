import type { KindInfo } from '../kinds/kind-info.ts';

export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
export const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';
export const STATUS = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

/** A kind's name among the definitions: its group backwards, then version and kind, as Kubernetes names them. */
export function definitionName(info: KindInfo): string {
  if (info.group === '') return `io.k8s.api.core.${info.version}.${info.kind}`;
  return `${info.group.split('.').reverse().join('.')}.${info.version}.${info.kind}`;
}

/** Where a group version's resources lie: `api/v1` or `apis/group/version`. */
export function groupVersionPath(info: Pick<KindInfo, 'group' | 'version'>): string {
  return info.group === '' ? `api/${info.version}` : `apis/${info.group}/${info.version}`;
}
