import type { ApiObject, StoreEvent } from '@berth/control';
import { shaperOf, viewOf } from '../answer.ts';
import type { ApiCall, ApiContext } from '../context.ts';
import { ApiFailure, statusOf } from '../failure.ts';
import { checkWatchOptions } from '../request-options.ts';
import { fieldMatcher, labelMatcher } from '../selectors.ts';
import type { WatchLimits } from './watch-limits.ts';

const BOOKMARK_MS = 30_000;
/** As kube-apiserver's --min-request-timeout: watches end in an hour at most. */
const MAX_SECONDS = 3_600;
/** The annotation of the bookmark after the first objects (KEP-3157). */
const INITIAL_END = 'k8s.io/initial-events-end';

/**
 * A watch: JSON lines, first what is there (or what changed since `resourceVersion`), then every change. Ends with the
 * client, at `timeoutSeconds`, or when the server closes.
 */
export function watchCollection(call: ApiCall, context: ApiContext, limits: WatchLimits, signal: AbortSignal): void {
  const { target, query, request, response } = call;
  const { store } = context;
  const { info, namespace } = target;
  const labels = labelMatcher(query.get('labelSelector'));
  const fields = fieldMatcher(query.get('fieldSelector'), target.info.kind);
  const wants = (object: ApiObject) =>
    object.kind === info.kind &&
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (target.name === undefined || object.metadata.name === target.name) &&
    labels(object) &&
    fields(object);
  const view = viewOf(request.headers.accept);
  // Ages are told as they are when an object is sent.
  const shaped = (object: ApiObject) => shaperOf(info, view, query.get('includeObject'), context.now()).one(object);
  const send = (type: string, object: unknown) => {
    if (limits.isTooSlow(response)) response.destroy();
    else response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const pass = (event: StoreEvent) => {
    const is = event.type !== 'DELETED' && wants(event.object);
    const was = event.previous === undefined ? event.type === 'DELETED' && wants(event.object) : wants(event.previous);
    if (is) send(was ? 'MODIFIED' : 'ADDED', shaped(event.object));
    else if (was) send('DELETED', shaped(lastWanted(event)));
  };
  const bookmark = (annotations?: Record<string, string>) => {
    const metadata = { resourceVersion: String(store.revision), ...(annotations === undefined ? {} : { annotations }) };
    const apiVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
    send('BOOKMARK', { kind: info.kind, apiVersion, metadata });
  };
  const asksBookmarks = query.get('allowWatchBookmarks') === 'true';
  checkWatchOptions(query);
  const from = query.get('resourceVersion') ?? '';
  const isFresh = from === '' || from === '0' || query.get('sendInitialEvents') === 'true';
  const revision = isFresh ? 0 : revisionOf(from);
  // A number that was never given out is of another database: its holder has to list anew.
  const missed = isFresh || revision > store.revision ? undefined : store.changesSince(revision);
  if (!isFresh && missed === undefined) {
    const gone = new ApiFailure(410, 'Expired', `too old resource version: ${from} (${store.revision})`);
    response.writeHead(200, { 'content-type': 'application/json' });
    send('ERROR', statusOf(gone));
    response.end();
    return;
  }
  limits.enter(response);
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  if (missed === undefined) {
    const present = store.list(info.kind, namespace === undefined ? {} : { namespace }).filter(wants);
    for (const object of present) send('ADDED', shaped(object));
    if (asksBookmarks && query.get('sendInitialEvents') === 'true') bookmark({ [INITIAL_END]: 'true' });
  } else for (const event of missed) pass(event);
  const stop = store.watch(pass);
  const bookmarks = asksBookmarks ? setInterval(() => bookmark(), BOOKMARK_MS) : undefined;
  const seconds = Math.min(Math.max(1, Number(query.get('timeoutSeconds') ?? MAX_SECONDS) || MAX_SECONDS), MAX_SECONDS);
  const end = () => response.end();
  const timer = setTimeout(end, seconds * 1000);
  signal.addEventListener('abort', end, { once: true });
  response.on('close', () => {
    stop();
    clearTimeout(timer);
    clearInterval(bookmarks);
    signal.removeEventListener('abort', end);
  });
}

/** What left the selection is told as it was inside, with the version of the change. */
function lastWanted({ type, object, previous }: StoreEvent): ApiObject {
  if (type === 'DELETED' || previous === undefined) return object;
  const { resourceVersion } = object.metadata;
  return { ...previous, metadata: { ...previous.metadata, resourceVersion } };
}

function revisionOf(text: string): number {
  const revision = Number(text);
  if (!Number.isSafeInteger(revision) || revision < 0) {
    throw new ApiFailure(400, 'BadRequest', `resourceVersion "${text.slice(0, 50)}" is no version of this server`);
  }
  return revision;
}
