import { pathPrefixOf } from '@berth/api';
import { digestOf } from '../revisions/digest.ts';
import { domainsOf, type ListenerConfig, type PlatformConfig } from './platform-config.ts';

/** What host names are made from. */
export interface HostFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A name that a service would like; lower ranks win where two would like the same. */
export interface HostClaim {
  readonly host: string;
  /** 0 for the service's own name, 1 for what is derived from it. */
  readonly rank: 0 | 1;
}

/** Longest label of a host name. */
const MAX_LABEL = 63;

/**
 * A label of a host name that is short enough: what is too long is cut, and a hash of the whole keeps it apart from others.
 */
export function shortLabel(label: string): string {
  if (label.length <= MAX_LABEL) return label;
  return `${label.slice(0, MAX_LABEL - 9).replace(/-+$/, '')}-${digestOf(label).slice(0, 8)}`;
}

/** A name of the service alone, whatever other services are called. */
function unmistakable(facts: HostFacts, workload: string): string {
  const hash = digestOf([facts.namespace, workload]).slice(0, 8);
  const label = `${workload}-${facts.namespace}`;
  return `${label.slice(0, MAX_LABEL - 9).replace(/-+$/, '')}-${hash}`;
}

/** The domain template of KServe's configuration, filled in; undefined where what comes out is no host name. */
function fromTemplate(template: string, facts: HostFacts, name: string, domain: string): string | undefined {
  const values = new Map([
    ['Name', name],
    ['Namespace', facts.namespace],
    ['IngressDomain', domain],
  ]);
  const filled = template.replace(
    /\{\{-?\s{0,20}\.(Name|Namespace|IngressDomain|Labels|Annotations)(?:\.([\w-]{1,100}))?\s{0,20}-?\}\}/g,
    (_, field: string, key: string | undefined) => {
      const table = field === 'Labels' ? facts.labels : field === 'Annotations' ? facts.annotations : undefined;
      if (table !== undefined) return new Map(Object.entries(table)).get(key ?? '') ?? '';
      return values.get(field) ?? '';
    },
  );
  const host = filled.toLowerCase().split('.').map(shortLabel).join('.');
  return host.length <= 253 && host.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
    ? host
    : undefined;
}

/** Every host name that shall lead to a workload of a service: the first is the one that is shown. */
export function hostClaims(facts: HostFacts, workload: string, config: PlatformConfig, rank: 0 | 1): HostClaim[] {
  const hosts: string[] = [];
  for (const domain of domainsOf(config)) {
    const templated = fromTemplate(config.domainTemplate, facts, workload, domain);
    if (templated !== undefined) hosts.push(templated);
    hosts.push(`${shortLabel(`${workload}-${facts.namespace}`)}.${domain}`);
    hosts.push(`${shortLabel(workload)}.${shortLabel(facts.namespace)}.${domain}`);
    hosts.push(`${unmistakable(facts, workload)}.${domain}`);
  }
  hosts.push(...clusterHosts(facts, workload));
  return [...new Set(hosts)].map((host) => ({ host, rank }));
}

/** The names that a service has inside a cluster. */
export function clusterHosts(facts: HostFacts, workload: string): string[] {
  const base = `${shortLabel(workload)}.${shortLabel(facts.namespace)}`;
  return [`${base}.svc.cluster.local`, `${base}.svc`, base];
}

/** Whether a claimed host keeps its service apart from all others by construction. */
export function displayHost(
  facts: HostFacts,
  workload: string,
  config: PlatformConfig,
  owns: (host: string) => boolean,
): string {
  const domain = config.domain ?? 'localhost';
  const preferred = [
    fromTemplate(config.domainTemplate, facts, workload, domain),
    `${shortLabel(`${workload}-${facts.namespace}`)}.${domain}`,
  ];
  return preferred.find((host) => host !== undefined && owns(host)) ?? `${unmistakable(facts, workload)}.${domain}`;
}

/** `scheme://host:port` without the port that the scheme means anyway. */
export function urlOf(scheme: string, host: string, port: number): string {
  const usual = scheme === 'https' ? 443 : 80;
  return `${scheme}://${host}${port === usual ? '' : `:${port}`}`;
}

/** The scheme that clients use. */
export function schemeOf(config: PlatformConfig, listener: ListenerConfig): string {
  return listener.tls === true ? 'https' : (config.urlScheme ?? 'http');
}

/** The path that picks a service whatever the host; a path template of KServe's configuration comes first. */
export function pathsOf(
  facts: HostFacts,
  config: PlatformConfig,
): { readonly prefix: string; readonly shown?: string } {
  const prefix = pathPrefixOf(facts.namespace, facts.name);
  if (config.pathTemplate === undefined) return { prefix };
  const shown = config.pathTemplate
    .replace(/\{\{-?\s{0,20}\.Name\s{0,20}-?\}\}/g, facts.name)
    .replace(/\{\{-?\s{0,20}\.Namespace\s{0,20}-?\}\}/g, facts.namespace);
  return /^\/[\w./~-]{1,500}$/.test(shown) ? { prefix: shown.replace(/\/+$/, ''), shown } : { prefix };
}
