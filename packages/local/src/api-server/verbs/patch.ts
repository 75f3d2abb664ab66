import type { ApiObject } from '@berth/control';
import { type ApiCall, type ApiContext, writerOf } from '../context.ts';
import { ApiFailure } from '../failure.ts';
import { applyConfiguration, type FieldWriter, trackUpdate } from '../fields/managed-fields.ts';
import { apiVersionOf, incomingObject, withoutEmptyMeta, withoutServerFields } from '../incoming.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch, applyStrategicPatch } from '../patch/merge-patch.ts';
import { parseBody, readBytes } from '../read-body.ts';
import { checkWriteOptions } from '../request-options.ts';
import type { ApiTarget } from '../target.ts';
import { existing } from './read.ts';
import { storeChange, storeNew } from './write.ts';

type WithMeta = Parameters<typeof trackUpdate>[1];

/** What kubectl calls itself when it applies the classic way: its patches hold what a cluster exported. */
const CLIENT_SIDE_APPLY = 'kubectl-client-side-apply';

/** kubectl's name as it applies the other way: what it sends may be what a cluster exported, too. */
const KUBECTL = 'kubectl';

/** PATCH in its four forms, told apart by the content type. */
export async function patchObject(call: ApiCall, context: ApiContext): Promise<void> {
  const { request, target } = call;
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  checkWriteOptions(call.query, 'PatchOptions', type.startsWith('application/apply-patch+'));
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
        throw unknownForm(target);
      }
      return patchWith(call, context, (object) =>
        applyStrategicPatch(object, trimmed(parse(bytes, type, call), call, object)),
      );
    default:
      throw unknownForm(target);
  }
}

function unknownForm({ info }: ApiTarget): ApiFailure {
  const forms = [
    'json-patch+json',
    'merge-patch+json',
    ...(info.group === '' ? ['strategic-merge-patch+json'] : []),
    'apply-patch+yaml',
  ];
  const accepted = forms.map((form) => `application/${form}`).join(', ');
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new ApiFailure(415, 'UnsupportedMediaType', message);
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
  const patched = withoutEmptyMeta(incomingObject(apply(current), call.target));
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
  const { info, namespace, name } = target;
  checkType(value, target);
  const sent = incomingObject(value, target);
  const writer = writerOf(call, context.now());
  const isForced = query.get('force') === 'true';
  if (target.subresource === 'status') {
    applyStatus(sent, writer, isForced, call, context);
    return;
  }
  const current = context.store.get({
    kind: info.kind,
    name: name as string,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const { uid, managedFields } = sent.metadata;
  const isExported = writer.manager === KUBECTL || (uid !== undefined && uid !== current?.metadata.uid);
  if (!isExported && managedFields !== undefined) {
    throw new ApiFailure(400, 'BadRequest', 'metadata.managedFields must be nil');
  }
  const config = withoutServerFields(sent, warnings, !isExported && current !== undefined);
  if (current === undefined) {
    const own = (object: ApiObject) => applyConfiguration(undefined, object, writer, isForced) as ApiObject;
    storeNew(config, call, context, (object) => withoutEmptyMeta(own(object)));
    return;
  }
  // What is empty is owned all the same.
  const merged = withoutEmptyMeta(applyConfiguration(current as WithMeta, config, writer, isForced) as ApiObject);
  storeChange(merged, current, call, context, (object) => object);
}

/** A configuration says what it is of: nothing is taken from the URL. @throws ApiFailure 400 */
function checkType(value: unknown, { info }: ApiTarget): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  if (apiVersion === apiVersionOf(info) && kind === info.kind) return;
  const version = typeof apiVersion === 'string' ? apiVersion.slice(0, 200) : '';
  const shown = `${version.includes('/') ? '' : '/'}${version}, Kind=${typeof kind === 'string' ? kind.slice(0, 100) : ''}`;
  const wanted = `the URL is of ${apiVersionOf(info)}, Kind=${info.kind}`;
  throw new ApiFailure(400, 'BadRequest', `invalid object type: ${shown}; ${wanted}`);
}

/** The status alone; it must be there. */
function applyStatus(
  sent: ApiObject,
  writer: FieldWriter,
  isForced: boolean,
  call: ApiCall,
  context: ApiContext,
): void {
  const current = existing(context, call.target);
  const next = applyConfiguration(current as WithMeta, sent, writer, isForced);
  storeChange(next as ApiObject, current, call, context, (object) => object);
}
