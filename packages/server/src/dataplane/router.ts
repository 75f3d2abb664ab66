import type { Service, ServiceRouter } from './types.ts';

/**
 * Finds services by host name and by path. A host that no service names goes to the default service: the one without
 * hosts, or the only one.
 */
export function createServiceRouter(services: readonly Service[]): ReplaceableRouter {
  let table = tableOf(services);
  return {
    get services() {
      return table.services;
    },
    byHost: (host) => (host === undefined ? table.fallback : (table.byHost.get(hostName(host)) ?? table.fallback)),
    byPath: (namespace, name) => table.byPath.get(`${namespace}/${name}`),
    replace(next) {
      table = tableOf(next);
    },
  };
}

/** A router whose services may change; requests that have found theirs go on with it. */
export interface ReplaceableRouter extends ServiceRouter {
  replace(services: readonly Service[]): void;
}

function tableOf(services: readonly Service[]) {
  const byHost = new Map<string, Service>();
  const byPath = new Map<string, Service>();
  for (const service of services) {
    for (const host of service.hosts) byHost.set(host.toLowerCase(), service);
    byPath.set(`${service.namespace}/${service.name}`, service);
  }
  const fallback = services.length === 1 ? services[0] : services.find((service) => service.hosts.length === 0);
  return { services, byHost, byPath, fallback };
}

/** A Host header's name in lower case, without port and without the dot at its end. */
export function hostName(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  const name = end > 0 ? host.slice(0, end) : host;
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}
