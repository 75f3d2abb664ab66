import { type PortOwner, portOwner } from './port-owner.ts';
import { StartError } from './start-error.ts';

/** What was asked for, for the error's text. */
export interface ListenTarget {
  readonly address: string;
  readonly port: number;
  /** The option that chooses the port, e.g. `--http-port`. */
  readonly flag: string;
}

/** The error for people behind a failed `listen`: who has the port, and what to do. */
export async function listenError(
  error: NodeJS.ErrnoException,
  target: ListenTarget,
  findOwner: (port: number) => Promise<PortOwner | undefined> = portOwner,
): Promise<StartError> {
  const owner = error.code === 'EADDRINUSE' ? await findOwner(target.port).catch(() => undefined) : undefined;
  const code = error.code === 'EADDRINUSE' ? 'AddressInUse' : 'AddressNotAllowed';
  return new StartError(listenErrorText(error.code, target, owner), { cause: error, code });
}

export function listenErrorText(code: string | undefined, target: ListenTarget, owner: PortOwner | undefined): string {
  const { address, port, flag } = target;
  switch (code) {
    case 'EADDRINUSE': {
      const by = owner === undefined ? '' : ` by ${owner.command} (pid ${owner.pid})`;
      return `port ${port} is in use${by}; stop it, or choose another port with ${flag} (0 takes a free one)`;
    }
    case 'EACCES':
      return `port ${port} needs more rights than this user has (ports below 1024 usually do); choose another with ${flag}`;
    case 'EADDRNOTAVAIL':
      return `this machine has no address ${address} to listen on; give one of its own with --host`;
    case 'EAFNOSUPPORT':
      return `this machine can not listen on ${address}: its kind of address (IPv6?) is switched off; give another with --host`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${address} has no address; give one of this machine's own with --host`;
    default:
      return `can not listen on ${address} port ${port}: ${code ?? 'unknown error'}`;
  }
}
