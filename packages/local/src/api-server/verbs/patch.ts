import type { ApiObject } from '@berth/control';
import { type ApiCall, type ApiContext, writerOf } from '../context.ts';
import { ApiFailure } from '../failure.ts';
import { applyConfiguration, trackUpdate } from '../fields/managed-fields.ts';
import { apiVersionOf, incomingObject, withoutServerFields } from '../incoming.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch, applyStrategicPatch } from '../patch/merge-patch.ts';
import { parseBody, readBytes } from '../read-body.ts';
import { existing } from './read.ts';
import { storeChange, storeNew } from './write.ts';

type WithMeta = Parameters<typeof trackUpdate>[1];

/** What kubectl calls itself when it applies the classic way: its patches hold what a cluster exported. */
const CLIENT_SIDE_APPLY = 'kubectl-client-side-apply';

/** PATCH in its four forms, told apart by the content type. */
export async function patchObject(call: ApiCall, context: ApiContext): Promise<void> {
  const { request, target } = call;
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const bytes = await readBytes(request);
  switch (type) {
    case 'application/apply-patch+yaml':
    case 'application/apply-patch+json':
      return serverSideApply(parse(bytes, type, call), call, context);
    case 'application/json-patch+json':
      return patchWith(call, context, (object) => applyJsonPatch(object, parse(bytes, type, call)));
    case 'application/merge-patch+json':
      return patchWith(call, context, (object) =>
        applyMergePatch(object, trimmed(parse(bytes, type, call), call, object)),
      );
    case 'application/strategic-merge-patch+json':
      // Custom resources have none; Kubernetes says the same.
      if (target.info.group !== '') {
        throw new ApiFailure(
          415,
          'UnsupportedMediaType',
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
        );
      }
      return patchWith(call, context, (object) =>
        applyStrategicPatch(object, trimmed(parse(bytes, type, call), call, object)),
      );
    default:
      throw new ApiFailure(
        415,
        'UnsupportedMediaType',
        `${type === '' ? 'a patch without a content type' : type} is no form of patch that is known here`,
      );
  }
}

function parse(bytes: Buffer, type: string, call: ApiCall): unknown {
  const { value, problems } = parseBody(bytes, type);
  call.warnings.push(...problems);
  return value;
}

/** Without what a server sets, where kubectl took it from an exported file; elsewhere a resourceVersion is a condition. */
function trimmed(patch: unknown, call: ApiCall, current: unknown): unknown {
  const isApply = call.query.get('fieldManager') === CLIENT_SIDE_APPLY;
  if (!isApply || call.target.subresource !== undefined || typeof patch !== 'object' || patch === null) return patch;
  const { metadata, status: _status, ...rest } = patch as { metadata?: object; status?: unknown };
  if (metadata === undefined || metadata === null) return rest;
  const meta = { ...metadata } as ApiObject['metadata'];
  // `kubectl diff` names the version that it saw, which is worth no warning.
  if (meta.resourceVersion === (current as ApiObject).metadata.resourceVersion)
    delete (meta as Partial<typeof meta>).resourceVersion;
  const object = withoutServerFields({ metadata: meta } as ApiObject, call.warnings, false);
  return { ...rest, metadata: object.metadata };
}

async function patchWith(call: ApiCall, context: ApiContext, apply: (object: unknown) => unknown): Promise<void> {
  const current = existing(context, call.target);
  const patched = incomingObject(apply(current), call.target);
  const writer = writerOf(call, context.now());
  storeChange(
    patched,
    current,
    call,
    context,
    (object) => trackUpdate(current as WithMeta, object, writer) as ApiObject,
  );
}

/** Creates the object where it is not there yet. */
function serverSideApply(value: unknown, call: ApiCall, context: ApiContext): void {
  const { target, query, warnings } = call;
  if (query.get('fieldManager') === null) {
    throw new ApiFailure(
      400,
      'BadRequest',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const { info, namespace, name } = target;
  if (target.subresource === 'status') {
    applyStatus(incomingObject(value, target), call, context);
    return;
  }
  const config = withoutServerFields(incomingObject(value, target), warnings, false);
  config.apiVersion = apiVersionOf(info);
  const writer = writerOf(call, context.now());
  const isForced = query.get('force') === 'true';
  const current = context.store.get({
    kind: info.kind,
    name: name as string,
    ...(namespace === undefined ? {} : { namespace }),
  });
  if (current === undefined) {
    storeNew(config, call, context, (object) => applyConfiguration(undefined, object, writer, isForced) as ApiObject);
    return;
  }
  const merged = applyConfiguration(current as WithMeta, config, writer, isForced) as ApiObject;
  storeChange(merged, current, call, context, (object) => object);
}

/** The status alone; it must be there. Who owns its fields is not written down, so nothing conflicts. */
function applyStatus(sent: ApiObject, call: ApiCall, context: ApiContext): void {
  const current = existing(context, call.target);
  const status = applyMergePatch(current.status ?? {}, sent.status ?? {});
  storeChange({ ...current, status }, current, call, context, (object) => object);
}
