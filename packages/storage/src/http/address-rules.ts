import { BlockList, isIPv6 } from 'node:net';

/** What an address is to us: `never` is link-local, metadata and nonsense; `private` includes loopback. */
export type AddressKind = 'public' | 'private' | 'never';

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address, bits] = subnet.split('/') as [string, string];
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Link-local, cloud metadata services (AWS, Alibaba, Oracle, Azure), unspecified, multicast, reserved. */
const NEVER = blockList([
  '169.254.0.0/16',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  '0.0.0.0/8',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
]);

/** Loopback, RFC 1918, carrier-grade NAT, benchmarks, unique local. */
const PRIVATE = blockList([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '192.0.0.0/24',
  '198.18.0.0/15',
  '::1/128',
  'fc00::/7',
]);

/** Names of metadata services, whatever they resolve to. */
const METADATA_HOSTS = new Set([
  'metadata.google.internal',
  'metadata.goog',
  'metadata',
  'instance-data',
  'metadata.azure.com',
]);

/** Whether a host name is a metadata service's. */
export function isMetadataHost(host: string): boolean {
  return METADATA_HOSTS.has(host.toLowerCase().replace(/\.$/, ''));
}

/** Sorts an address that a name resolved to; IPv4 that is wrapped in IPv6 (mapped, NAT64, 6to4) counts as what is inside. */
export function addressKind(address: string): AddressKind {
  const plain = address.split('%')[0] as string;
  const embedded = embeddedIpv4(plain);
  if (embedded !== undefined) return addressKind(embedded);
  const family = isIPv6(plain) ? 'ipv6' : 'ipv4';
  if (NEVER.check(plain, family)) return 'never';
  return PRIVATE.check(plain, family) ? 'private' : 'public';
}

function embeddedIpv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = expand(address);
  const zeros = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  const isMapped = zeros(0, 5) && groups[5] === 0xffff;
  const isCompatible = zeros(0, 6) && (groups[6] !== 0 || (groups[7] as number) > 1);
  const isNat64 = groups[0] === 0x64 && groups[1] === 0xff9b && zeros(2, 6);
  if (isMapped || isCompatible || isNat64) return dotted(groups[6] as number, groups[7] as number);
  return groups[0] === 0x2002 ? dotted(groups[1] as number, groups[2] as number) : undefined;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address. */
function expand(address: string): number[] {
  const withoutDots = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const group = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
    return `${group(a, b)}:${group(c, d)}`;
  });
  const [head = '', tail] = withoutDots.split('::');
  const groupsOf = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const start = groupsOf(head);
  if (tail === undefined) return start;
  const end = groupsOf(tail);
  return [...start, ...new Array<number>(Math.max(0, 8 - start.length - end.length)).fill(0), ...end];
}
