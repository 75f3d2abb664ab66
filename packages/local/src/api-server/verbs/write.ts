import { randomBytes } from 'node:crypto';
import type { ApiObject, DraftObject } from '@berth/control';
import { answerJson, shaperOf, viewOf } from '../answer.ts';
import { checkForStore } from '../check-object.ts';
import { type ApiCall, type ApiContext, isDryRun, validationOf, writerOf } from '../context.ts';
import { ApiFailure } from '../failure.ts';
import { trackUpdate } from '../fields/managed-fields.ts';
import { incomingObject, withoutServerFields } from '../incoming.ts';
import { readBody } from '../read-body.ts';
import { encodeSdkSecret } from '../sdk-secrets.ts';
import { withServerDefaults } from '../server-defaults.ts';
import { existing } from './read.ts';

/** POST to a collection. */
export async function createObject(call: ApiCall, context: ApiContext): Promise<void> {
  const { target, request, warnings } = call;
  const { value, problems } = await readBody(request);
  warnings.push(...problems);
  const sent = encodeSdkSecret(withoutServerFields(incomingObject(value, target), warnings, false), warnings);
  if (sent.metadata.name === undefined) sent.metadata.name = generatedName(sent.metadata.generateName);
  // What the server gives is the writer's, too, where the whole object is.
  const own = (object: ApiObject) =>
    trackUpdate(undefined, withServerDefaults(object), writerOf(call, context.now())) as ApiObject;
  storeNew(sent, call, context, own);
}

/** Checks and stores a new object, and answers with it. `own` writes who owns its fields. */
export function storeNew(
  sent: ApiObject,
  call: ApiCall,
  context: ApiContext,
  own: (object: ApiObject) => ApiObject,
): void {
  const { target, query, warnings } = call;
  const { info } = target;
  refuseReadOnly(call);
  if (info.isNamespaced) mustExist(sent.metadata.namespace as string, context);
  warnings.push(...checkForStore(sent, info, validationOf(call)));
  const object = withServerDefaults(own(sent));
  if (info.kind === 'Namespace') object.status = { phase: 'Active' };
  if (isDryRun(query)) {
    if (context.store.get(keyOf(object)) !== undefined) {
      throw new ApiFailure(409, 'AlreadyExists', `${info.plural} "${object.metadata.name}" already exists`);
    }
    const now = context.now().toISOString();
    const metadata = {
      ...object.metadata,
      uid: '00000000-0000-0000-0000-000000000000',
      creationTimestamp: now,
      generation: 1,
    };
    answerObject(call, context, 201, { ...object, metadata });
    return;
  }
  const stored = context.store.create(object as DraftObject);
  context.audit.record({ verb: 'create', call, before: undefined, after: stored });
  answerObject(call, context, 201, stored);
}

/** PUT of an object or its status. */
export async function replaceObject(call: ApiCall, context: ApiContext): Promise<void> {
  const { target, request } = call;
  const { value, problems } = await readBody(request);
  call.warnings.push(...problems);
  const sent = incomingObject(value, target);
  const current = existing(context, target);
  storeChange(
    sent,
    current,
    call,
    context,
    (object) => trackUpdate(current, object, writerOf(call, context.now())) as ApiObject,
  );
}

/** Checks and stores a changed object, and answers with it. */
export function storeChange(
  sent: ApiObject,
  current: ApiObject,
  call: ApiCall,
  context: ApiContext,
  own: (object: ApiObject) => ApiObject,
): void {
  const { target, query, warnings } = call;
  const { info, subresource } = target;
  const isDry = isDryRun(query);
  refuseReadOnly(call);
  const { resourceVersion, uid } = sent.metadata;
  if (uid !== undefined && uid !== current.metadata.uid) {
    throw new ApiFailure(
      409,
      'Conflict',
      `Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  const version =
    resourceVersion === undefined || resourceVersion === '' ? current.metadata.resourceVersion : resourceVersion;
  if (subresource === 'status') {
    const { managedFields } = sent.metadata;
    const next = own({ ...current, metadata: { ...current.metadata, managedFields }, status: sent.status });
    next.metadata = { ...next.metadata, resourceVersion: version };
    finish(next, current, call, context, (object) =>
      isDry ? context.store.previewStatus(object) : context.store.updateStatus(object),
    );
    return;
  }
  const { status: _sentStatus, ...meant } = sent;
  warnings.push(...checkForStore(meant as ApiObject, info, validationOf(call), current));
  const full = withServerDefaults({
    ...meant,
    metadata: { ...sent.metadata, uid: current.metadata.uid, resourceVersion: version },
  } as ApiObject);
  finish(own(full), current, call, context, (object) =>
    isDry ? context.store.preview(object) : context.store.update(object),
  );
}

function finish(
  next: ApiObject,
  current: ApiObject,
  call: ApiCall,
  context: ApiContext,
  store: (object: ApiObject) => ApiObject,
): void {
  const stored = store(next);
  if (stored !== current && !isDryRun(call.query)) {
    context.audit.record({ verb: 'update', call, before: current, after: stored });
  }
  answerObject(call, context, 200, stored);
}

/** Answers with one object in the form that the client asked for. */
export function answerObject(call: ApiCall, context: ApiContext, status: number, object: ApiObject): void {
  const { target, request, response, query, warnings } = call;
  const shape = shaperOf(target.info, viewOf(request.headers.accept), query.get('includeObject'), context.now());
  answerJson(response, status, shape.one(object), { warnings, pretty: query.has('pretty') });
}

/** @throws ApiFailure 405 for kinds that Berth writes itself */
export function refuseReadOnly({ target, request }: ApiCall): void {
  const { info } = target;
  if (!info.isReadOnly) return;
  throw new ApiFailure(
    405,
    'MethodNotAllowed',
    `${info.plural} are written by Berth alone, so ${request.method} is not offered; change the InferenceService (berth rollout restart gives fresh replicas)`,
  );
}

function mustExist(namespace: string, context: ApiContext): void {
  const object = context.store.get({ kind: 'Namespace', name: namespace });
  if (object === undefined) {
    throw new ApiFailure(404, 'NotFound', `namespaces "${namespace}" not found`, {
      name: namespace,
      kind: 'namespaces',
    });
  }
  if (object.metadata.deletionTimestamp !== undefined) {
    throw new ApiFailure(403, 'Forbidden', `the namespace ${namespace} is being deleted`);
  }
}

function generatedName(prefix: unknown): string {
  if (typeof prefix !== 'string' || prefix === '') {
    throw new ApiFailure(422, 'Invalid', 'name or generateName is required');
  }
  return prefix.slice(0, 58) + randomBytes(8).toString('hex').slice(0, 5);
}

function keyOf(object: ApiObject): { kind: string; name: string; namespace?: string } {
  const { name, namespace } = object.metadata;
  return { kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}
