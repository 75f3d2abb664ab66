import type { ApiObject } from '@berth/control';
import { answerJson } from '../answer.ts';
import type { ApiCall, ApiContext } from '../context.ts';
import { ApiFailure, resourceDetails } from '../failure.ts';
import { readBody } from '../read-body.ts';
import { type DeleteOptions, deleteOptions } from '../request-options.ts';
import { fieldMatcher, labelMatcher } from '../selectors.ts';
import { existing } from './read.ts';
import { answerObject, refuseReadOnly } from './write.ts';

/** Namespaces that the platform itself needs. */
const KEPT_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system']);

/** DELETE of one object. */
export async function deleteObject(call: ApiCall, context: ApiContext): Promise<void> {
  refuseReadOnly(call);
  const options = await optionsOf(call);
  const object = existing(context, call.target);
  checkPreconditions(object, options, call);
  if (!options.isDryRun) remove(object, call, context, options);
  const { info, name, namespace } = call.target;
  const key = { kind: info.kind, name: name as string, ...(namespace === undefined ? {} : { namespace }) };
  const left = options.isDryRun ? context.store.previewDelete(key) : context.store.get(key);
  if (left?.metadata.deletionTimestamp !== undefined) {
    answerObject(call, context, 200, left);
    return;
  }
  answerJson(
    call.response,
    200,
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, ...resourceDetails(info), uid: object.metadata.uid },
    },
    { warnings: call.warnings },
  );
}

/** DELETE of a collection: what the selectors match. */
export async function deleteCollection(call: ApiCall, context: ApiContext): Promise<void> {
  refuseReadOnly(call);
  const { query, target } = call;
  // As in Kubernetes: nobody empties all namespaces at a stroke, or deletes them all.
  if (target.info.kind === 'Namespace' || (target.info.isNamespaced && target.namespace === undefined)) {
    throw new ApiFailure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  }
  const options = await optionsOf(call);
  const labels = labelMatcher(query.get('labelSelector'));
  const fields = fieldMatcher(query.get('fieldSelector'), target.info.kind);
  const { info, namespace } = target;
  const doomed = context.store
    .list(info.kind, namespace === undefined ? {} : { namespace })
    .filter((object) => labels(object) && fields(object));
  if (!options.isDryRun) for (const object of doomed) remove(object, call, context, options);
  answerJson(call.response, 200, {
    apiVersion: info.group === '' ? info.version : `${info.group}/${info.version}`,
    kind: `${info.kind}List`,
    metadata: { resourceVersion: String(context.store.revision) },
    items: doomed,
  });
}

function remove(object: ApiObject, call: ApiCall, context: ApiContext, options: DeleteOptions): void {
  const { name, namespace } = object.metadata;
  if (object.kind === 'Namespace') {
    if (KEPT_NAMESPACES.has(name)) {
      throw new ApiFailure(403, 'Forbidden', `namespaces "${name}" is forbidden: this namespace may not be deleted`);
    }
  }
  const key = { kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
  if (options.propagationPolicy === 'Orphan') context.store.orphanOwnedBy(object);
  if (options.propagationPolicy === 'Foreground') context.store.deleteForeground(key);
  else context.store.delete(key);
  context.audit.record({ verb: 'delete', call, before: object, after: undefined });
}

/** @throws ApiFailure 409 where the object is not the one that is meant */
function checkPreconditions(object: ApiObject, { preconditions }: DeleteOptions, { target }: ApiCall): void {
  const { uid, resourceVersion, name } = object.metadata;
  const { group, kind } = target.info;
  const of = `${kind}${group === '' ? '' : `.${group}`}`;
  const fail = (what: string, asked: string, is: string, why: string) =>
    new ApiFailure(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${of} "${name}": the ${what} in the precondition (${asked.slice(0, 100)}) does not match the ${what} in record (${is}). The object might have been ${why}`,
      { name, ...(group === '' ? {} : { group }), kind },
    );
  const asked = preconditions ?? {};
  if (asked.uid !== undefined && asked.uid !== uid) {
    throw fail('UID', String(asked.uid), uid, 'deleted and then recreated');
  }
  if (asked.resourceVersion !== undefined && asked.resourceVersion !== resourceVersion) {
    throw fail('ResourceVersion', String(asked.resourceVersion), resourceVersion, 'modified');
  }
}

async function optionsOf(call: ApiCall): Promise<DeleteOptions> {
  return deleteOptions(call.query, (await readBody(call.request, {})).value);
}
