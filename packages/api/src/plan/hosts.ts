/** KServe's default domain (inferenceservice-config ingressDomain). */
export const DEFAULT_DOMAIN = 'example.com';

/**
 * The host names that pick a service: KServe's in Standard and in Knative mode, the predictor's own, those inside a
 * cluster, and names under `localhost`, which need no DNS. Lower case, without port.
 */
export function hostsOf(namespace: string, name: string, domain: string = DEFAULT_DOMAIN): string[] {
  const hosts: string[] = [];
  for (const workload of [name, `${name}-predictor`]) {
    for (const zone of [domain, 'localhost']) {
      hosts.push(`${workload}-${namespace}.${zone}`, `${workload}.${namespace}.${zone}`);
    }
    hosts.push(
      `${workload}.${namespace}.svc.cluster.local`,
      `${workload}.${namespace}.svc`,
      `${workload}.${namespace}`,
    );
  }
  return hosts;
}

/** The path that picks a service whatever the host. */
export function pathPrefixOf(namespace: string, name: string): string {
  return `/serving/${namespace}/${name}`;
}

/** Why the service's external host name can be none: a label of a host name has at most 63 characters. */
export function hostProblem(namespace: string, name: string): string | undefined {
  const label = `${name}-${namespace}`;
  if (label.length <= 63) return undefined;
  return `the host label "${label}" has ${label.length} characters and a host name's label takes 63; it is reached by ${pathPrefixOf(namespace, name)} and needs a shorter name for its own host`;
}
