import type { ServerResponse } from 'node:http';
import { toYaml } from '@berth/api';
import type { ApiObject } from '@berth/control';
import { covers, parseAccept } from '../discovery/accept.ts';
import type { KindInfo } from '../kinds/kind-info.ts';
import { toTable } from '../table/to-table.ts';
import { ApiFailure } from './failure.ts';

/** How a client wants objects. */
export interface View {
  readonly shape: 'object' | 'table' | 'metadata';
  /** Of the group meta.k8s.io, for what is no plain object. */
  readonly version: 'v1' | 'v1beta1';
  readonly format: 'json' | 'yaml';
}

const PLAIN: View = { shape: 'object', version: 'v1', format: 'json' };
const SHAPES: ReadonlyMap<string, View['shape']> = new Map([
  ['Table', 'table'],
  ['PartialObjectMetadata', 'metadata'],
  ['PartialObjectMetadataList', 'metadata'],
]);

/**
 * Reads Accept. Who would take Kubernetes' protobuf gets JSON, which every client of it reads by its content type.
 * @throws ApiFailure 406 where nothing is welcome that there is
 */
export function viewOf(accept: string | undefined): View {
  for (const range of parseAccept(accept?.slice(0, 2_000))) {
    const { type, parameters } = range;
    const format = /^application\/(x-)?yaml$/.test(type) ? 'yaml' : 'json';
    const isKnown = format === 'yaml' || type === PROTOBUF || covers(range, 'application/json');
    if (!isKnown) continue;
    const as = parameters.get('as');
    if (as === undefined) return { ...PLAIN, format };
    const shape = SHAPES.get(as);
    const version = parameters.get('v');
    const isOurs = parameters.get('g') === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1');
    if (shape !== undefined && isOurs && type !== PROTOBUF) return { shape, version, format };
  }
  const message = 'only the following media types are accepted: application/json, application/yaml';
  throw new ApiFailure(406, 'NotAcceptable', message);
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

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

/** Shapes objects of a kind for a client. `includeObject` is the query parameter of tables. @throws ApiFailure 400 */
export function shaperOf(info: KindInfo, view: View, includeObject: string | null, now: Date): Shaper {
  const metaVersion = `meta.k8s.io/${view.version}`;
  const apiVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
  if (view.shape === 'table') {
    const include = includeObject || 'Metadata';
    if (include !== 'None' && include !== 'Object' && include !== 'Metadata') {
      const message = `includeObject: Invalid value: ${JSON.stringify(include.slice(0, 50))}: must be 'Metadata', 'Object', 'None', or empty`;
      throw new ApiFailure(400, 'BadRequest', `Unable to convert to Table as requested: ${message}`);
    }
    return {
      one: (object) =>
        toTable(info, [shown(info, object)], {
          resourceVersion: object.metadata.resourceVersion,
          includeObject: include,
          now,
          apiVersion: metaVersion,
        }),
      list: (objects, meta) =>
        toTable(
          info,
          objects.map((one) => shown(info, one)),
          { ...meta, includeObject: include, now, apiVersion: metaVersion },
        ),
    };
  }
  if (view.shape === 'metadata') {
    const partial = (object: ApiObject) => ({
      kind: 'PartialObjectMetadata',
      apiVersion: metaVersion,
      metadata: shown(info, object).metadata,
    });
    return {
      one: partial,
      list: (objects, metadata) => ({
        kind: 'PartialObjectMetadataList',
        apiVersion: metaVersion,
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

/** Writing YAML takes long, and JSON is YAML, too. */
const MAX_WRITTEN_YAML = 512 * 1024;

/** Answers with JSON, or YAML where it is asked for; warnings go into headers as Kubernetes writes them. */
export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  options: { readonly warnings?: readonly string[]; readonly pretty?: boolean; readonly format?: View['format'] } = {},
): void {
  const isYaml = options.format === 'yaml';
  const json = `${JSON.stringify(value, null, options.pretty === true || isYaml ? 2 : undefined)}\n`;
  const text = isYaml && json.length <= MAX_WRITTEN_YAML ? toYaml(value) : json;
  const body = Buffer.from(text);
  const warnings = warningHeaders(options.warnings ?? []);
  if (warnings.length > 0) response.setHeader('warning', warnings);
  response.writeHead(status, {
    'content-type': isYaml ? 'application/yaml' : 'application/json',
    'content-length': body.length,
    'cache-control': 'no-cache, private',
    'x-content-type-options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
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
