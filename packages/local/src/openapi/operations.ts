import type { KindInfo } from '../kinds/kind-info.ts';
import { verbsOf } from '../kinds/verbs.ts';
import { definitionName, groupVersionPath, STATUS } from './names.ts';
import type { GroupVersionKind } from './schema.ts';

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

/** What one method of one path does. */
export interface Operation {
  readonly method: Method;
  readonly id: string;
  /** Kubernetes' word: list, post, get, put, patch, delete, deletecollection, connect. */
  readonly action: string;
  readonly kind: GroupVersionKind;
  /** Query parameters and their types. */
  readonly query: readonly (readonly [name: string, type: 'string' | 'boolean' | 'integer'])[];
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  /** A definition's name; undefined where a patch is sent or nothing. */
  readonly body?: string;
  /** The definition that a success answers with; empty for text. */
  readonly answer: string;
}

/** A path of the API with its placeholders, and what can be done there. */
export interface PathOperations {
  readonly path: string;
  readonly placeholders: readonly string[];
  readonly operations: readonly Operation[];
}

type Query = Operation['query'];

const JSON_TYPE = ['application/json'];
const BODY_TYPES = ['application/json', 'application/yaml'];
const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
const STRATEGIC = 'application/strategic-merge-patch+json';
const WRITE: Query = [
  ['dryRun', 'string'],
  ['fieldManager', 'string'],
  ['fieldValidation', 'string'],
];
const LIST: Query = [
  ['allowWatchBookmarks', 'boolean'],
  ['continue', 'string'],
  ['fieldSelector', 'string'],
  ['labelSelector', 'string'],
  ['limit', 'integer'],
  ['resourceVersion', 'string'],
  ['timeoutSeconds', 'integer'],
  ['watch', 'boolean'],
];
const DELETE: Query = [
  ['dryRun', 'string'],
  ['gracePeriodSeconds', 'integer'],
  ['propagationPolicy', 'string'],
];
const LOG: Query = [
  ['container', 'string'],
  ['follow', 'boolean'],
  ['limitBytes', 'integer'],
  ['previous', 'boolean'],
  ['sinceSeconds', 'integer'],
  ['sinceTime', 'string'],
  ['tailLines', 'integer'],
  ['timestamps', 'boolean'],
];

/** Every path of a kind: its lists, its objects, their status, and the logs of pods. */
export function pathsOf(info: KindInfo): readonly PathOperations[] {
  const verbs = new Set(verbsOf(info));
  const name = definitionName(info);
  const { group, version, kind } = info;
  const gvk = { group, version, kind };

  function operation(
    verb: string,
    method: Method,
    action: string,
    suffix: string,
    rest: Partial<Operation>,
  ): Operation[] {
    if (!verbs.has(verb)) return [];
    const id = `${action}${info.isNamespaced ? 'Namespaced' : ''}${kind}${suffix}`;
    return [{ method, id, action, kind: gvk, query: [], consumes: [], produces: JSON_TYPE, answer: name, ...rest }];
  }
  const body = { query: WRITE, consumes: BODY_TYPES, body: name };
  const patchTypes = group === '' ? [...PATCH_TYPES, STRATEGIC] : PATCH_TYPES;
  const patch = { query: [...WRITE, ['force', 'boolean']] as Query, consumes: patchTypes };
  const base = `/${groupVersionPath(info)}`;
  const collection = info.isNamespaced ? `${base}/namespaces/{namespace}/${info.plural}` : `${base}/${info.plural}`;
  const scope = info.isNamespaced ? ['namespace'] : [];
  const item = { path: `${collection}/{name}`, placeholders: [...scope, 'name'] };
  const list = { query: LIST, answer: `${name}List` };

  const paths: PathOperations[] = [];
  if (info.isNamespaced) {
    const everywhere = operation('list', 'get', 'list', 'ForAllNamespaces', list);
    paths.push({ path: `${base}/${info.plural}`, placeholders: [], operations: everywhere });
  }
  paths.push(
    {
      path: collection,
      placeholders: scope,
      operations: [
        ...operation('list', 'get', 'list', '', list),
        ...operation('create', 'post', 'post', '', body),
        ...operation('deletecollection', 'delete', 'deletecollection', '', {
          query: [...LIST, ...DELETE],
          answer: STATUS,
        }),
      ],
    },
    {
      ...item,
      operations: [
        ...operation('get', 'get', 'get', '', {}),
        ...operation('update', 'put', 'put', '', body),
        ...operation('patch', 'patch', 'patch', '', patch),
        ...operation('delete', 'delete', 'delete', '', { query: DELETE, answer: STATUS }),
      ],
    },
  );
  if (info.hasStatus) {
    const operations = [
      ...operation('get', 'get', 'get', 'Status', {}),
      ...operation('update', 'put', 'put', 'Status', body),
      ...operation('patch', 'patch', 'patch', 'Status', patch),
    ];
    paths.push({ path: `${item.path}/status`, placeholders: item.placeholders, operations });
  }
  if (kind === 'Pod') {
    const operations = operation('get', 'get', 'connect', 'Log', { query: LOG, produces: ['text/plain'], answer: '' });
    paths.push({ path: `${item.path}/log`, placeholders: item.placeholders, operations });
  }
  return paths;
}
