import type { ApiObject } from '@berth/control';
import { answerJson, shaperOf, viewOf } from '../answer.ts';
import type { ApiCall, ApiContext } from '../context.ts';
import { ApiFailure } from '../failure.ts';
import { checkListOptions } from '../request-options.ts';
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
  const view = viewOf(request.headers.accept);
  const shape = shaperOf(target.info, view, query.get('includeObject'), context.now());
  answerJson(response, 200, shape.one(object), { pretty: query.has('pretty'), format: view.format });
}

const MAX_LIMIT = 10_000;

/** GET of a collection, in pages where a limit is given. */
export function getList(call: ApiCall, context: ApiContext): void {
  const { target, query, request, response } = call;
  const { info, namespace } = target;
  const labels = labelMatcher(query.get('labelSelector'));
  const fields = fieldMatcher(query.get('fieldSelector'), target.info.kind);
  const view = viewOf(request.headers.accept);
  checkListOptions(query);
  const after = continuation(query.get('continue'));
  const asked = Number(query.get('resourceVersion') ?? 0);
  if (after !== undefined && asked > 0) {
    throw new ApiFailure(400, 'BadRequest', 'specifying resource version is not allowed when using continue');
  }
  if (asked > context.store.revision) throw tooLarge(asked, context.store.revision);
  const isExact = query.get('resourceVersionMatch') === 'Exact';
  const revision = after?.revision ?? (isExact ? asked : context.store.revision);
  const all = objectsAt(context, info.kind, namespace, revision).filter((object) => labels(object) && fields(object));
  const rest = after === undefined ? all : all.filter((object) => keyOf(object) > after.key);
  const limit = limitOf(query.get('limit'));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const isSelected = Boolean(query.get('labelSelector') || query.get('fieldSelector'));
  const isMore = rest.length > page.length && last !== undefined;
  const meta = {
    resourceVersion: String(revision),
    ...(isMore
      ? {
          continue: Buffer.from(`${revision} ${keyOf(last)}`).toString('base64url'),
          // Not told of a selection, as Kubernetes can not know it there.
          ...(isSelected ? {} : { remainingItemCount: rest.length - page.length }),
        }
      : {}),
  };
  const shape = shaperOf(info, view, query.get('includeObject'), context.now());
  answerJson(response, 200, shape.list(page, meta), { pretty: query.has('pretty'), format: view.format });
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

/** A version that was never given out, in the words that clients know to list anew. */
function tooLarge(asked: number, current: number): ApiFailure {
  return new ApiFailure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
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
  if (!Number.isInteger(limit))
    throw new ApiFailure(400, 'BadRequest', `limit must be a number, not "${text.slice(0, 20)}"`);
  return limit < 0 ? Number.POSITIVE_INFINITY : Math.min(limit, MAX_LIMIT);
}
