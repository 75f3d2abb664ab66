import { createServer } from 'node:net';

/** A loopback port that nothing listens on just now, for servers that are started as processes of their own. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port;
}

/** Several such ports, all different: each is held until the last is found. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer());
  await Promise.all(probes.map((probe) => new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))));
  const ports = probes.map((probe) => (probe.address() as { port: number }).port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}
