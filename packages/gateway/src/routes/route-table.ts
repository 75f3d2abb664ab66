import type { GatewayCommand, GatewayReport, RevisionLoad, RoutedService, ServiceKey } from '@berth/api';
import { ServiceRoute } from './service-route.ts';

/** What a request is led by. */
export interface RouteQuery {
  /** As sent, with or without port. */
  readonly host: string;
  readonly path: string;
  /** KServe-Isvc-Name and KServe-Isvc-Namespace. */
  readonly isvcName: string | undefined;
  readonly isvcNamespace: string | undefined;
}

/** Where a request goes. */
export interface RouteMatch {
  readonly route: ServiceRoute;
  /** The revision that the host stands for. */
  readonly revision: string | undefined;
  /** The path without the service's prefix. */
  readonly path: string;
}

const PREFIX = '/serving/';

/** All services by host, path and name. */
export class RouteTable {
  readonly #routes = new Map<string, ServiceRoute>();
  readonly #hosts = new Map<string, { readonly route: ServiceRoute; readonly revision: string | undefined }>();
  readonly #report: (report: GatewayReport) => void;
  #version = 0;

  constructor(report: (report: GatewayReport) => void) {
    this.#report = report;
  }

  /** How many services there are, and the version of the table. */
  get size(): number {
    return this.#routes.size;
  }

  get version(): number {
    return this.#version;
  }

  apply(command: GatewayCommand): void {
    this.#version = command.version;
    const upsert = command.type === 'replace' ? command.services : command.upsert;
    if (command.type === 'replace') {
      const kept = new Set(command.services.map(keyOf));
      for (const [key, route] of this.#routes) if (!kept.has(key)) this.#drop(key, route);
    } else {
      for (const service of command.remove) {
        const route = this.#routes.get(keyOf(service));
        if (route !== undefined) this.#drop(keyOf(service), route);
      }
    }
    for (const service of upsert) this.#upsert(service);
    this.#report({ type: 'applied', version: command.version });
  }

  /** The service of a request; undefined where it names none. */
  find(query: RouteQuery): RouteMatch | undefined {
    const { path } = query;
    if (path.startsWith(PREFIX)) {
      const found = this.#byPath(path);
      if (found !== undefined) return found;
    }
    const { isvcName } = query;
    if (isvcName !== undefined) {
      const route = this.#routes.get(`${query.isvcNamespace ?? 'default'}/${isvcName}`);
      if (route !== undefined) return { route, revision: undefined, path };
    }
    const target = this.#hosts.get(hostName(query.host));
    return target === undefined ? undefined : { ...target, path };
  }

  /** Services whose load is to be reported, with their load since the last call. */
  loads(now: number): RevisionLoad[] {
    const loads: RevisionLoad[] = [];
    for (const { service, pools } of this.#routes.values()) {
      for (const pool of pools.values()) {
        const load = pool.load(now);
        if (load !== undefined) loads.push({ namespace: service.namespace, service: service.name, ...load });
      }
    }
    return loads;
  }

  /** Every host that is known, for telling near names. */
  hosts(): Iterable<string> {
    return this.#hosts.keys();
  }

  routes(): Iterable<ServiceRoute> {
    return this.#routes.values();
  }

  close(): void {
    for (const [key, route] of this.#routes) this.#drop(key, route);
  }

  #byPath(path: string): RouteMatch | undefined {
    const slash = path.indexOf('/', PREFIX.length);
    if (slash < 0) return undefined;
    let end = slash + 1;
    while (end < path.length && path[end] !== '/' && path[end] !== '?') end++;
    const route = this.#routes.get(`${path.slice(PREFIX.length, slash)}/${path.slice(slash + 1, end)}`);
    if (route === undefined) return undefined;
    const rest = path.slice(end);
    return { route, revision: undefined, path: rest.startsWith('/') ? rest : `/${rest}` };
  }

  #upsert(service: RoutedService): void {
    const key = keyOf(service);
    const known = this.#routes.get(key);
    const { namespace } = service;
    const events = {
      onDemand: (revision: string) => this.#report({ type: 'demand', namespace, service: service.name, revision }),
      onDrained: (endpoint: string) => this.#report({ type: 'drained', namespace, endpoint }),
    };
    const route = known ?? new ServiceRoute(service, events);
    if (known !== undefined) {
      for (const { host } of known.service.hosts) if (this.#hosts.get(host)?.route === known) this.#hosts.delete(host);
      known.update(service);
    }
    this.#routes.set(key, route);
    for (const { host, revision } of service.hosts) this.#hosts.set(host, { route, revision });
  }

  #drop(key: string, route: ServiceRoute): void {
    for (const { host } of route.service.hosts) if (this.#hosts.get(host)?.route === route) this.#hosts.delete(host);
    this.#routes.delete(key);
    route.close();
  }
}

function keyOf({ namespace, name }: ServiceKey): string {
  return `${namespace}/${name}`;
}

/** A Host header without its port, in lower case. */
export function hostName(header: string): string {
  const colon = header.lastIndexOf(':');
  const name = colon > 0 && !header.endsWith(']') ? header.slice(0, colon) : header;
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}
