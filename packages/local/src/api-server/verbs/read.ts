import type { ApiObject } from '@berth/control';
import { answerJson, shaperOf, viewOf } from '../answer.ts';
import type { ApiCall, ApiContext } from '../context.ts';
import { ApiFailure } from '../failure.ts';
import { fieldMatcher, labelMatcher } from '../selectors.ts';
import type { ApiTarget } from '../target.ts';

/** The object that a path names. @throws ApiFailure 404 */
export function existing(context: ApiContext, target: ApiTarget): ApiObject {
  const { info, namespace, name } = target;
  const key = { kind: info.kind, name: name as string, ...(namespace === undefined ? {} : { namespace }) };
  const object = context.store.get(key);
  if (object === undefined) throw notFound(target);
  return object;
}

/** Kubernetes' words for it. */
export function notFound({ info, name }: ApiTarget): ApiFailure {
  const resource = `${info.plural}${info.group === '' ? '' : `.${info.group}`}`;
  return new ApiFailure(404, 'NotFound', `${resource} "${name}" not found`, {
    name,
    ...(info.group === '' ? {} : { group: info.group }),
    kind: info.plural,
  });
}

/** GET of one object. */
export function getOne(call: ApiCall, context: ApiContext): void {
  const { target, query, request, response } = call;
  const object = existing(context, target);
  const shape = shaperOf(target.info, viewOf(request.headers.accept), query.get('includeObject'), context.now());
  answerJson(response, 200, shape.one(object), { pretty: query.has('pretty') });
}

const MAX_LIMIT = 10_000;

/** GET of a collection, in pages where a limit is given. */
export function getList(call: ApiCall, context: ApiContext): void {
  const { target, query, request, response } = call;
  const { info, namespace } = target;
  const labels = labelMatcher(query.get('labelSelector'));
  const fields = fieldMatcher(query.get('fieldSelector'));
  const after = continuation(query.get('continue'));
  const revision = after?.revision ?? exactRevision(query) ?? context.store.revision;
  const all = objectsAt(context, info.kind, namespace, revision).filter((object) => labels(object) && fields(object));
  const rest = after === undefined ? all : all.filter((object) => keyOf(object) > after.key);
  const limit = limitOf(query.get('limit'));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const isMore = rest.length > page.length && last !== undefined;
  const meta = {
    resourceVersion: String(revision),
    ...(isMore
      ? {
          continue: Buffer.from(`${revision} ${keyOf(last)}`).toString('base64url'),
          remainingItemCount: rest.length - page.length,
        }
      : {}),
  };
  const shape = shaperOf(info, viewOf(request.headers.accept), query.get('includeObject'), context.now());
  answerJson(response, 200, shape.list(page, meta), { pretty: query.has('pretty') });
}

/** The order of the store's lists. */
function keyOf({ metadata }: ApiObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** The objects of a moment: the pages of a list are of one. @throws ApiFailure 410 */
function objectsAt(
  context: ApiContext,
  kind: string,
  namespace: string | undefined,
  revision: number,
): readonly ApiObject[] {
  if (revision === context.store.revision)
    return context.store.list(kind, namespace === undefined ? {} : { namespace });
  const objects = context.store.listAt(kind, revision);
  if (objects === undefined) {
    throw new ApiFailure(410, 'Expired', `the list of resource version ${revision} is too old; start it anew`);
  }
  return namespace === undefined ? objects : objects.filter((object) => object.metadata.namespace === namespace);
}

/** The version that a client wants the list of, and no other. */
function exactRevision(query: URLSearchParams): number | undefined {
  if (query.get('resourceVersionMatch') !== 'Exact') return undefined;
  const revision = Number(query.get('resourceVersion') ?? '');
  if (!Number.isSafeInteger(revision) || revision <= 0) {
    throw new ApiFailure(400, 'BadRequest', 'resourceVersionMatch=Exact needs the resourceVersion of a list');
  }
  return revision;
}

/** Where a page ended, and of which moment it was. */
function continuation(token: string | null): { revision: number; key: string } | undefined {
  if (token === null || token === '') return undefined;
  const match = /^(\d{1,15}) (\S*\/\S+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (match === null) throw new ApiFailure(400, 'BadRequest', 'the continue parameter is not one of this server');
  return { revision: Number(match[1]), key: match[2] as string };
}

function limitOf(text: string | null): number {
  if (text === null || text === '' || text === '0') return Number.POSITIVE_INFINITY;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0)
    throw new ApiFailure(400, 'BadRequest', `limit must be a number, not "${text.slice(0, 20)}"`);
  return Math.min(limit, MAX_LIMIT);
}
