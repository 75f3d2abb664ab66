import type { ApiObject } from '@berth/control';
import type { KindInfo } from '../kinds/kind-info.ts';
import { ApiFailure } from './failure.ts';
import { typedMetadata } from './metadata.ts';
import type { ApiTarget } from './target.ts';

/** Metadata that only a server sets. */
const SERVER_FIELDS = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'selfLink',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];

/**
 * Makes what a client sent an object of the kind and place that its path names.
 * @throws ApiFailure 400 where it is none, or names another place
 */
export function incomingObject(value: unknown, target: ApiTarget): ApiObject {
  const { info, namespace, name } = target;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiFailure(400, 'BadRequest', 'the body must be an object with apiVersion, kind and metadata');
  }
  const sent = value as Record<string, unknown>;
  const apiVersion = apiVersionOf(info);
  const shown = `${String(sent.apiVersion)} ${String(sent.kind)}`.slice(0, 200);
  // The group's name from before it left Kubeflow is read as today's, with a warning by the checks.
  if (
    (sent.kind !== undefined && sent.kind !== info.kind) ||
    (sent.apiVersion !== undefined && sent.apiVersion !== apiVersion)
  ) {
    throw new ApiFailure(400, 'BadRequest', `the object is of ${shown}, and the URL of ${apiVersion} ${info.kind}`);
  }
  const meta = typedMetadata(sent.metadata);
  if (name !== undefined && meta.name !== undefined && meta.name !== name) {
    throw new ApiFailure(
      400,
      'BadRequest',
      `the name of the object (${String(meta.name)}) does not match the name on the URL (${name})`,
    );
  }
  if (
    namespace !== undefined &&
    meta.namespace !== undefined &&
    meta.namespace !== '' &&
    meta.namespace !== namespace
  ) {
    throw new ApiFailure(
      400,
      'BadRequest',
      `the namespace of the provided object does not match the namespace sent on the request (${String(meta.namespace)}, ${namespace})`,
    );
  }
  if (name !== undefined) meta.name = name;
  if (info.isNamespaced && namespace !== undefined) meta.namespace = namespace;
  else delete meta.namespace;
  return { ...sent, apiVersion, kind: info.kind, metadata: meta };
}

/** Kubernetes' types leave what is empty out of metadata: a kubectl that adds an empty map finds no difference. */
export function withoutEmptyMeta(object: ApiObject): ApiObject {
  const metadata = { ...object.metadata };
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
    const given = metadata[field];
    if (typeof given === 'object' && given !== null && Object.keys(given).length === 0) delete metadata[field];
  }
  return { ...object, metadata };
}

/** `v1`, `serving.kserve.io/v1beta1`. */
export function apiVersionOf(info: KindInfo): string {
  return info.group === '' ? info.version : `${info.group}/${info.version}`;
}

/**
 * What a cluster exports holds fields that its server set; they are left out here, and named.
 * `keepsVersion` for writes whose resourceVersion is a condition.
 */
export function withoutServerFields(object: ApiObject, warnings: string[], keepsVersion: boolean): ApiObject {
  const metadata = { ...object.metadata };
  const found: string[] = [];
  for (const field of SERVER_FIELDS) {
    if (metadata[field] === undefined || (keepsVersion && field === 'resourceVersion')) continue;
    if (metadata[field] !== null) found.push(`metadata.${field}`);
    delete metadata[field];
  }
  const copy: ApiObject = { ...object, metadata };
  if (copy.status !== undefined) {
    const isEmpty = typeof copy.status === 'object' && copy.status !== null && Object.keys(copy.status).length === 0;
    if (!isEmpty) found.push('status');
    delete copy.status;
  }
  if (found.length > 0 && !keepsVersion)
    warnings.push(`set by the server, not taken from the request: ${found.join(', ')}`);
  return copy;
}
