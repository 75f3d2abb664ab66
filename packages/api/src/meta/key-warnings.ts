import type { FieldPath, IssueCollector } from '../issue.ts';
import { nearest } from '../nearest.ts';
import { isObject } from '../schema/check.ts';
import { ANNOTATIONS, BARE_ANNOTATIONS, BARE_LABELS, LABELS } from './known-keys.ts';
import { qualifiedNameProblem } from './names.ts';

/** The API group that KServe had before it left Kubeflow. */
const OLD_DOMAIN = 'serving.kubeflow.org';
const OWN_DOMAIN = 'serving.kserve.io';

/** Keys looked at; no resource has so many that are meant for us. */
const MAX_KEYS = 1000;

type KeyTable = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/**
 * Warns of annotations and labels that look meant for KServe and that nothing reads: a near-miss of a domain, an unknown
 * name under a known domain, a known name without its domain, a known key on a kind that does not read it.
 * Keys of other domains are the user's own.
 */
export function warnOfUnreadKeys(
  metadata: Record<string, unknown>,
  kind: string,
  issues: IssueCollector,
  path: FieldPath = ['metadata'],
): void {
  warnOf(metadata.annotations, 'annotation', ANNOTATIONS, BARE_ANNOTATIONS, kind, [...path, 'annotations'], issues);
  warnOf(metadata.labels, 'label', LABELS, BARE_LABELS, kind, [...path, 'labels'], issues);
}

function warnOf(
  keys: unknown,
  what: string,
  table: KeyTable,
  bare: readonly string[],
  kind: string,
  path: FieldPath,
  issues: IssueCollector,
): void {
  if (!isObject(keys)) return;
  for (const key of Object.keys(keys).slice(0, MAX_KEYS)) {
    if (qualifiedNameProblem(key) !== undefined) continue;
    const problem = unreadKey(key, table, bare, kind);
    if (problem === undefined) continue;
    const hint = problem.meant === undefined ? {} : { hint: `did you mean "${problem.meant}"?` };
    issues.unread([...path, key], `${what} "${key}" is not read: ${problem.why}`, { at: 'key', ...hint });
  }
}

function unreadKey(
  key: string,
  table: KeyTable,
  bare: readonly string[],
  kind: string,
): { why: string; meant?: string | undefined } | undefined {
  const slash = key.indexOf('/');
  const domain = slash === -1 ? '' : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (domain === '') return unreadBareKey(name, table, bare);
  if (domain.startsWith('internal.') && domain.endsWith(OWN_DOMAIN)) return undefined;
  const known = table.get(domain);
  if (known !== undefined) {
    const readers = known.get(name);
    if (readers === undefined) {
      const close = nearest(name, known.keys());
      const elsewhere = close === undefined ? findByName(name, table) : `${domain}/${close}`;
      return { why: `there is no such key under ${domain}`, meant: elsewhere };
    }
    if (!readers.includes(kind)) return { why: `a ${kind} has no use for it; it belongs on ${readers.join(' or ')}` };
    return undefined;
  }
  const meantDomain = closeDomain(domain, table);
  if (meantDomain === undefined) return undefined;
  const names = table.get(meantDomain);
  const close = names === undefined ? undefined : nearest(name, names.keys());
  const meant = close === undefined ? findByName(name, table) : `${meantDomain}/${close}`;
  return { why: `the domain is ${meantDomain}, not ${domain}`, meant: meant ?? `${meantDomain}/${name}` };
}

function unreadBareKey(name: string, table: KeyTable, bare: readonly string[]) {
  if (bare.includes(name)) return undefined;
  const own = table.get(OWN_DOMAIN);
  if (own?.has(name) === true && /[-A-Z]/.test(name)) {
    return { why: 'it needs its domain', meant: `${OWN_DOMAIN}/${name}` };
  }
  const close = nearest(name, bare);
  return close === undefined ? undefined : { why: 'there is no such key', meant: close };
}

function closeDomain(domain: string, table: KeyTable): string | undefined {
  if (domain === OLD_DOMAIN) return OWN_DOMAIN;
  const close = nearest(domain, table.keys());
  if (close !== undefined) return close;
  return /(^|\.)k?f?serv(e|ing)\.|kserve/.test(domain) && !domain.includes('knative') ? OWN_DOMAIN : undefined;
}

function findByName(name: string, table: KeyTable): string | undefined {
  for (const [domain, names] of table) {
    const close = nearest(name, names.keys());
    if (close !== undefined && close.toLowerCase() === name.toLowerCase()) return `${domain}/${close}`;
  }
  return undefined;
}
