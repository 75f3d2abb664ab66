import { BlockList, isIP, isIPv6 } from 'node:net';
import { StorageError } from '../storage-error.ts';

/** Where proxies are told, as most tools read it; lower case wins, as with curl. */
export type ProxyEnv = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL by `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` (or upper case); undefined where it is
 * asked directly. Nothing is exempt unless `no_proxy` says so, not even loopback.
 * @throws StorageError InvalidStorageUri where the variable holds no http(s) URL
 */
export function proxyFor(url: URL, env: ProxyEnv): URL | undefined {
  const kind = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const name = [kind, kind.toUpperCase(), 'all_proxy', 'ALL_PROXY'].find((one) => (env[one] ?? '') !== '');
  if (name === undefined || isExempt(url, env.no_proxy ?? env.NO_PROXY ?? '')) return undefined;
  const text = env[name] as string;
  let proxy: URL;
  try {
    proxy = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  } catch {
    // The text may hold a password.
    throw new StorageError('InvalidStorageUri', `the environment's ${name} is not the URL of a proxy`);
  }
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    const message = `the environment's ${name} is a ${proxy.protocol}// proxy; only http:// and https:// proxies are supported`;
    throw new StorageError('InvalidStorageUri', message);
  }
  return proxy;
}

/** Value of Proxy-Authorization, where the proxy's URL holds a user. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  const plain = `${decode(proxy.username)}:${decode(proxy.password)}`;
  return `Basic ${Buffer.from(plain).toString('base64')}`;
}

/** `no_proxy`: host names (with all below them), `.suffix`, `*.suffix`, host:port, addresses, CIDR blocks, or `*`. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInBlock(entry, host);
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry);
  const named = isIP(entry) === 6 ? null : /^([^:]+):(\d+)$/.exec(entry);
  const [, name = entry, wantedPort] = bracketed ?? named ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const suffix = name.replace(/^\*?\./, '');
  return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`));
}

function isInBlock(entry: string, host: string): boolean {
  const [address = '', bits = ''] = entry.split('/');
  if (isIP(host) === 0 || isIP(address) !== isIP(host) || !/^\d{1,3}$/.test(bits)) return false;
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (Number(bits) > (family === 'ipv6' ? 128 : 32)) return false;
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family);
  return block.check(host, family);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
