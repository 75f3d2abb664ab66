import { BlockList, isIP } from 'node:net';

/** Where to listen for one host setting. */
export interface ListenPlan {
  /** Addresses in order; the first decides the port where that is 0. */
  readonly addresses: readonly string[];
  /** Whether only this machine can reach all of them. */
  readonly loopback: boolean;
}

const loopbacks = new BlockList();
loopbacks.addSubnet('127.0.0.0', 8, 'ipv4');
loopbacks.addAddress('::1', 'ipv6');

/** Whether an address literal is loopback, also when an IPv4 one is written inside IPv6. */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return loopbacks.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * The addresses of a host setting: none or `localhost` is both loopbacks, `*` is every address, a literal is itself.
 * A name counts as not loopback, whatever it resolves to: that may change behind our back.
 */
export function listenPlan(host: string | undefined): ListenPlan {
  const name = host?.trim().replace(/^\[(.*)\]$/, '$1');
  if (name === undefined || name === '' || name === 'localhost') {
    return { addresses: ['127.0.0.1', '::1'], loopback: true };
  }
  if (name === '*') return { addresses: ['::'], loopback: false };
  return { addresses: [name], loopback: isLoopbackAddress(name) };
}
