import type { ApiObject } from '@berth/control';
import type { KindInfo } from '../kinds/kind-info.ts';

export interface TableOptions {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  readonly now: Date;
}

/** meta.k8s.io/v1 Table of objects. */
export function toTable(_info: KindInfo, objects: readonly ApiObject[], options: TableOptions): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: options.resourceVersion },
    columnDefinitions: [{ name: 'Name', type: 'string', format: 'name', description: '', priority: 0 }],
    rows: objects.map((object) => ({
      cells: [object.metadata.name],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}
