import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Where connections are taken. */
export interface Listening {
  readonly servers: readonly Server[];
  readonly port: number;
  readonly urls: readonly string[];
}

/**
 * Listens on every address; with port 0 the first decides for all. A machine that has no such address beside the first
 * (IPv6) goes without it. @throws the listen error; nothing listens then
 */
export async function listenAll(
  scheme: 'http' | 'https',
  accept: (socket: Socket) => void,
  port: number,
  addresses: readonly string[],
): Promise<Listening> {
  const servers: Server[] = [];
  const urls: string[] = [];
  let chosen = port;
  for (const address of addresses) {
    try {
      const server = await listen(accept, chosen, address);
      servers.push(server);
      chosen = (server.address() as AddressInfo).port;
      urls.push(`${scheme}://${address.includes(':') ? `[${address}]` : address}:${chosen}`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (urls.length > 0 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
      for (const server of servers) server.close();
      throw error;
    }
  }
  return { servers, port: chosen, urls };
}

function listen(accept: (socket: Socket) => void, port: number, host: string): Promise<Server> {
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, accept);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 1_024, ipv6Only: host === '::1' }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}
