import { randomBytes, randomUUID } from 'node:crypto';
import type { ApiObject, DraftObject } from '@berth/control';
import type { KindInfo } from '../../kinds/kind-info.ts';
import { isEqual } from '../../store/equal.ts';
import { timestamp } from '../../store/stored-object.ts';
import { answerJson, shaperOf, viewOf } from '../answer.ts';
import { checkForStore, warningsOf } from '../check-object.ts';
import { type ApiCall, type ApiContext, isDryRun, isServerSideApply, validationOf, writerOf } from '../context.ts';
import { ApiFailure, kindName, resourceDetails } from '../failure.ts';
import { trackUpdate } from '../fields/managed-fields.ts';
import { incomingObject, withoutEmptyMeta, withoutServerFields } from '../incoming.ts';
import { readBody } from '../read-body.ts';
import { checkWriteOptions } from '../request-options.ts';
import { encodeSdkSecret } from '../sdk-secrets.ts';
import { withServerDefaults } from '../server-defaults.ts';
import { existing } from './read.ts';

/** POST to a collection. */
export async function createObject(call: ApiCall, context: ApiContext): Promise<void> {
  const { target, request, warnings } = call;
  checkWriteOptions(call.query, 'CreateOptions');
  if (target.info.isNamespaced && target.namespace === undefined) {
    const message = 'the server does not allow this method on the requested resource: name the namespace in the path';
    throw new ApiFailure(405, 'MethodNotAllowed', message);
  }
  const { value, problems } = await readBody(request);
  warnings.push(...problems);
  const sent = encodeSdkSecret(
    withoutServerFields(withoutEmptyMeta(incomingObject(value, target)), warnings, false),
    warnings,
  );
  if (sent.metadata.name === undefined) sent.metadata.name = generatedName(sent.metadata.generateName, target.info);
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
  warnings.push(...checkForStore(sent, info, validationOf(call), call.request.method === 'POST'));
  const object = withServerDefaults(own(sent));
  if (info.kind === 'Namespace') object.status = { phase: 'Active' };
  mustBeNew(object, info, context);
  if (isDryRun(query)) {
    const metadata = {
      ...object.metadata,
      uid: randomUUID(),
      creationTimestamp: timestamp(context.now()),
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
  checkWriteOptions(call.query, 'UpdateOptions');
  const { value, problems } = await readBody(request);
  call.warnings.push(...problems);
  const sent = withoutEmptyMeta(incomingObject(value, target));
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
  const { target, query, warnings, request } = call;
  const { info, subresource } = target;
  const isApply = isServerSideApply(call) || query.get('fieldManager') === 'kubectl-client-side-apply';
  const isPatch = request.method === 'PATCH' && !isApply;
  const isDry = isDryRun(query);
  refuseReadOnly(call);
  const { resourceVersion, uid } = sent.metadata;
  if (uid !== undefined && uid !== current.metadata.uid) {
    throw new ApiFailure(
      409,
      'Conflict',
      `Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${current.metadata.uid}`,
      { name: current.metadata.name, ...resourceDetails(info) },
    );
  }
  const version =
    resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0'
      ? current.metadata.resourceVersion
      : resourceVersion;
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
  checkMetaChange(sent, current, info);
  const found = checkForStore(meant as ApiObject, info, validationOf(call), request.method === 'PUT', current);
  // A patch says nothing of what it leaves as it was: `kubectl label` would warn of every field again.
  const said = new Set(isPatch ? warningsOf(current) : []);
  warnings.push(...found.filter((warning) => !said.has(warning)));
  const full = withServerDefaults({
    ...meant,
    metadata: { ...sent.metadata, uid: current.metadata.uid, resourceVersion: version },
  } as ApiObject);
  finish(withOldTimes(own(full), current), current, call, context, (object) =>
    isDry ? context.store.preview(object) : context.store.update(object),
  );
}

/** @throws ApiFailure 422 where something would hold an object that is on its way out already */
function checkMetaChange(sent: ApiObject, current: ApiObject, info: KindInfo): void {
  if (current.metadata.deletionTimestamp === undefined) return;
  const before = new Set(current.metadata.finalizers ?? []);
  const added = (sent.metadata.finalizers ?? []).filter((one) => !before.has(one));
  if (added.length === 0) return;
  const { name } = current.metadata;
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added).slice(0, 500)}`;
  throw new ApiFailure(422, 'Invalid', `${kindName(info)} "${name}" is invalid: metadata.finalizers: ${message}`, {
    name,
    ...(info.group === '' ? {} : { group: info.group }),
    kind: info.kind,
    causes: [{ reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' }],
  });
}

/** Where nothing but the times of owners is new, they are as they were: it is no write, as in Kubernetes. */
function withOldTimes(next: ApiObject, current: ApiObject): ApiObject {
  const timeless = ({ metadata, status: _status, ...rest }: ApiObject) => {
    const owners = (metadata.managedFields ?? []) as readonly Readonly<Record<string, unknown>>[];
    return { ...rest, metadata: { ...metadata, managedFields: owners.map(({ time: _time, ...owner }) => owner) } };
  };
  if (!isEqual(timeless(next), timeless(current))) return next;
  const { managedFields } = current.metadata;
  return managedFields === undefined ? next : { ...next, metadata: { ...next.metadata, managedFields } };
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
  // Who lets an object go is told of it as it was.
  const { resourceVersion } = current.metadata;
  const isGone = !isDryRun(call.query) && context.store.get(keyOf(current)) === undefined;
  const shown = isGone ? { ...stored, metadata: { ...stored.metadata, resourceVersion } } : stored;
  answerObject(call, context, 200, shown);
}

/** Answers with one object in the form that the client asked for. */
export function answerObject(call: ApiCall, context: ApiContext, status: number, object: ApiObject): void {
  const { target, request, response, query, warnings } = call;
  const view = viewOf(request.headers.accept);
  const shape = shaperOf(target.info, view, query.get('includeObject'), context.now());
  answerJson(response, status, shape.one(object), { warnings, pretty: query.has('pretty'), format: view.format });
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

function generatedName(prefix: unknown, info: KindInfo): string {
  if (typeof prefix !== 'string' || prefix === '') {
    const message = 'Required value: name or generateName is required';
    throw new ApiFailure(422, 'Invalid', `${kindName(info)} "" is invalid: metadata.name: ${message}`, {
      ...(info.group === '' ? {} : { group: info.group }),
      kind: info.kind,
      causes: [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }],
    });
  }
  return prefix.slice(0, 58) + randomBytes(8).toString('hex').slice(0, 5);
}

/** @throws ApiFailure 409 where an object of that name is there */
function mustBeNew(object: ApiObject, info: KindInfo, context: ApiContext): void {
  const present = context.store.get(keyOf(object));
  if (present === undefined) return;
  const { name } = object.metadata;
  const isGoing = present.metadata.deletionTimestamp !== undefined;
  const resource = `${info.plural}${info.group === '' ? '' : `.${info.group}`}`;
  const message = `${isGoing ? 'object is being deleted: ' : ''}${resource} "${name}" already exists`;
  throw new ApiFailure(409, 'AlreadyExists', message, { name, ...resourceDetails(info) });
}

function keyOf(object: ApiObject): { kind: string; name: string; namespace?: string } {
  const { name, namespace } = object.metadata;
  return { kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}
