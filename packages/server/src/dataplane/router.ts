import type { Service, ServiceRouter } from './types.ts';

/**
 * Finds services by host name and by path. A host that no service names goes to the default service: the one without
 * hosts, or the only one.
 */
export function createServiceRouter(services: readonly Service[]): ServiceRouter {
  const byHost = new Map<string, Service>();
  const byPath = new Map<string, Service>();
  for (const service of services) {
    for (const host of service.hosts) byHost.set(host.toLowerCase(), service);
    byPath.set(`${service.namespace}/${service.name}`, service);
  }
  const fallback = services.length === 1 ? services[0] : services.find((service) => service.hosts.length === 0);
  return {
    services,
    byHost: (host) => (host === undefined ? fallback : (byHost.get(hostName(host)) ?? fallback)),
    byPath: (namespace, name) => byPath.get(`${namespace}/${name}`),
  };
}

/** A Host header's name in lower case, without port and without the dot at its end. */
export function hostName(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  const name = end > 0 ? host.slice(0, end) : host;
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}
