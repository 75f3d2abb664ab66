import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ListenPlan } from '@berth/exposure';
import { listenError } from '@berth/exposure';

/** Tries to find a port that is free on both loopbacks. */
const FREE_PORT_TRIES = 10;
/** Errors that mean that this machine has no such kind of address. */
const NO_IPV6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** The listening sockets of one port. */
export interface BoundPort {
  readonly port: number;
  /** Addresses that are listened on. */
  readonly addresses: readonly string[];
  /** Stops accepting; open connections stay. */
  stop(): Promise<void>;
}

export interface BindOptions {
  readonly plan: ListenPlan;
  /** Whether other processes of this server listen on the same port, each with a queue of its own. */
  readonly sharesPorts: boolean;
  /** 0 takes a free one. */
  readonly port: number;
  /** The option that chooses the port, for error texts. */
  readonly flag: string;
  readonly onConnection: (socket: Socket) => void;
  /** Told when a connection could not be accepted, e.g. for lack of file descriptors. */
  readonly onAcceptError?: (error: NodeJS.ErrnoException) => void;
}

/**
 * Listens on every address of a plan, with one port. Loopback's IPv6 is left out where the machine has none.
 * @throws StartError that names who has the port, and what to do.
 */
export async function bind(options: BindOptions): Promise<BoundPort> {
  for (let attempt = 1; ; attempt++) {
    const bound = await tryBind(options, attempt === FREE_PORT_TRIES);
    if (bound !== undefined) return bound;
  }
}

/** Undefined where a free port was found on one address that is taken on the next. */
async function tryBind(options: BindOptions, last: boolean): Promise<BoundPort | undefined> {
  const { plan, flag } = options;
  const servers: Server[] = [];
  const addresses: string[] = [];
  let { port } = options;
  for (const address of plan.addresses) {
    try {
      const server = await listen(options, address, port);
      servers.push(server);
      addresses.push(address);
      port = (server.address() as AddressInfo).port;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (addresses.length > 0 && NO_IPV6.has(code ?? '')) continue;
      await Promise.all(servers.map(stop));
      if (options.port === 0 && code === 'EADDRINUSE' && !last) return undefined;
      throw await listenError(error as NodeJS.ErrnoException, { address, port, flag });
    }
  }
  return {
    port,
    addresses,
    stop: async () => {
      await Promise.all(servers.map(stop));
    },
  };
}

function listen(options: BindOptions, address: string, port: number): Promise<Server> {
  // Accepted sockets stand still until the first bytes are looked for; `noDelay` because answers are written whole.
  const server = createServer({ pauseOnConnect: false, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
  server.on('connection', options.onConnection);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...listenOptions(options), host: address, port, ipv6Only: address === '::1' }, () => {
      server.off('error', reject);
      // Node ends the process for an `error` nobody listens to; a connection that can not be accepted is no reason to.
      server.on('error', (error) => options.onAcceptError?.(error));
      resolve(server);
    });
  });
}

/**
 * Several processes share a port by SO_REUSEPORT where there is one: a process that is killed takes only its own queue
 * along. Elsewhere Node's cluster hands out the connections.
 */
function listenOptions(options: BindOptions) {
  return { backlog: 1_024, reusePort: options.sharesPorts && process.platform === 'linux' };
}

function stop(server: Server): Promise<void> {
  // The callback comes when the last connection has ended, too; no longer accepting is all that is waited for here.
  server.close(() => undefined);
  return new Promise((resolve) => setImmediate(resolve));
}
