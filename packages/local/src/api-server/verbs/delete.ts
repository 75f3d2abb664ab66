import type { ApiObject } from '@berth/control';
import { answerJson } from '../answer.ts';
import { type ApiCall, type ApiContext, isDryRun } from '../context.ts';
import { ApiFailure } from '../failure.ts';
import { readBody } from '../read-body.ts';
import { fieldMatcher, labelMatcher } from '../selectors.ts';
import { existing } from './read.ts';
import { answerObject, refuseReadOnly } from './write.ts';

/** Namespaces that the platform itself needs. */
const KEPT_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system']);

/** metav1.DeleteOptions, as far as they are read. */
interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: string;
  readonly dryRun?: readonly string[];
}

/** DELETE of one object. */
export async function deleteObject(call: ApiCall, context: ApiContext): Promise<void> {
  refuseReadOnly(call);
  const options = await optionsOf(call);
  const object = existing(context, call.target);
  const { uid, resourceVersion } = options.preconditions ?? {};
  const isOther = uid !== undefined && uid !== object.metadata.uid;
  const isNewer = resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion;
  if (isOther || isNewer) {
    throw new ApiFailure(
      409,
      'Conflict',
      `Precondition failed: the object is another one or was changed (uid ${object.metadata.uid})`,
    );
  }
  if (!isDryRun(call.query) && options.dryRun?.includes('All') !== true) remove(object, call, context, options);
  const { info, name, namespace } = call.target;
  const left = context.store.get({
    kind: info.kind,
    name: name as string,
    ...(namespace === undefined ? {} : { namespace }),
  });
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
      details: {
        name,
        ...(info.group === '' ? {} : { group: info.group }),
        kind: info.plural,
        uid: object.metadata.uid,
      },
    },
    { warnings: call.warnings },
  );
}

/** DELETE of a collection: what the selectors match. */
export async function deleteCollection(call: ApiCall, context: ApiContext): Promise<void> {
  refuseReadOnly(call);
  const options = await optionsOf(call);
  const { query, target } = call;
  const labels = labelMatcher(query.get('labelSelector'));
  const fields = fieldMatcher(query.get('fieldSelector'));
  const { info, namespace } = target;
  const doomed = context.store
    .list(info.kind, namespace === undefined ? {} : { namespace })
    .filter((object) => labels(object) && fields(object));
  if (!isDryRun(query)) for (const object of doomed) remove(object, call, context, options);
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

async function optionsOf(call: ApiCall): Promise<DeleteOptions> {
  const fromQuery = call.query.get('propagationPolicy');
  const given = (await readBody(call.request, {})).value;
  const options = (typeof given === 'object' && given !== null ? given : {}) as DeleteOptions;
  return fromQuery === null ? options : { ...options, propagationPolicy: fromQuery };
}
