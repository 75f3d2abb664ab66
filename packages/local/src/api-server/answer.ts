import type { ServerResponse } from 'node:http';
import type { ApiObject } from '@berth/control';
import type { KindInfo } from '../kinds/kind-info.ts';
import { toTable } from '../table/to-table.ts';

/** How a client wants objects. */
export type View = 'object' | 'table' | 'metadata';

/** Reads Accept; what is not known is answered as plain JSON, as clients list that too. */
export function viewOf(accept: string | undefined): View {
  for (const part of (accept ?? '').slice(0, 2_000).split(',')) {
    const text = part.replaceAll(' ', '');
    if (!text.startsWith('application/json')) continue;
    if (/;as=Table(;|$)/.test(text)) return 'table';
    if (/;as=PartialObjectMetadata(List)?(;|$)/.test(text)) return 'metadata';
    return 'object';
  }
  return 'object';
}

/** What a list is answered with beside its items. */
export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface Shaper {
  one(object: ApiObject): unknown;
  list(objects: readonly ApiObject[], meta: ListMeta): unknown;
}

/** Kubernetes counts no generations of its own kinds that have no spec to speak of; a Pod's it does. */
function shown(info: KindInfo, object: ApiObject): ApiObject {
  if (info.group !== '' || info.kind === 'Pod') return object;
  const { generation: _generation, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as ApiObject['metadata'] };
}

/** Shapes objects of a kind for a client. `includeObject` is the query parameter of tables. */
export function shaperOf(info: KindInfo, view: View, includeObject: string | null, now: Date): Shaper {
  const apiVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
  if (view === 'table') {
    const include = includeObject === 'None' || includeObject === 'Object' ? includeObject : 'Metadata';
    return {
      one: (object) =>
        toTable(info, [shown(info, object)], {
          resourceVersion: object.metadata.resourceVersion,
          includeObject: include,
          now,
        }),
      list: (objects, meta) =>
        toTable(
          info,
          objects.map((one) => shown(info, one)),
          { ...meta, includeObject: include, now },
        ),
    };
  }
  if (view === 'metadata') {
    const partial = (object: ApiObject) => ({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: shown(info, object).metadata,
    });
    return {
      one: partial,
      list: (objects, metadata) => ({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: objects.map(partial),
      }),
    };
  }
  return {
    one: (object) => shown(info, object),
    list: (objects, metadata) => ({
      apiVersion,
      kind: `${info.kind}List`,
      metadata,
      items: objects.map((object) => shown(info, object)),
    }),
  };
}

/** Answers with JSON; warnings go into headers as Kubernetes writes them. */
export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  options: { readonly warnings?: readonly string[]; readonly pretty?: boolean } = {},
): void {
  const body = Buffer.from(`${JSON.stringify(value, null, options.pretty === true ? 2 : undefined)}\n`);
  const warnings = warningHeaders(options.warnings ?? []);
  if (warnings.length > 0) response.setHeader('warning', warnings);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-cache, private',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

const MAX_WARNINGS = 50;
/** Clients take 16 KiB of headers (Node) or more; kube-apiserver ends its warnings at 4 KiB. */
const MAX_WARNING_BYTES = 8_192;

/** As many as fit, each once. */
function warningHeaders(texts: readonly string[]): string[] {
  const headers: string[] = [];
  let size = 0;
  for (const header of new Set(texts.slice(0, MAX_WARNINGS).map(warningHeader))) {
    size += header.length + 11;
    if (size > MAX_WARNING_BYTES) break;
    headers.push(header);
  }
  return headers;
}

/** RFC 7234: code 299, no agent, the text quoted. Other characters than ASCII are left out: a header holds no more. */
function warningHeader(text: string): string {
  const plain = text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 1_500);
  return `299 - "${plain.replace(/["\\]/g, '\\$&')}"`;
}
