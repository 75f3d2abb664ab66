import { Refusal } from '../pool/refusal.ts';

const MAX_HEADERS = 100;
const OWN_PATH = /^(\/serving\/[^/]{1,300}\/[^/]{1,300})?\/{1,10}_berth(\/|\?|$)/;

/**
 * What the parsers let through and a proxy must not: two hosts, too many headers, paths that are none. `raw` is name,
 * value, …; over HTTP/2 with the pseudo-headers.
 */
export function checkHead(path: string, raw: readonly string[]): Refusal | undefined {
  if (raw.length > MAX_HEADERS * 2) {
    return new Refusal(431, 'headers', `more than ${MAX_HEADERS} headers`);
  }
  let hosts = 0;
  let host: string | undefined;
  let authority: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') {
      hosts++;
      host = raw[index + 1];
    } else if (name === ':authority') authority = raw[index + 1];
  }
  if (hosts > 1) return new Refusal(400, 'hosts', 'the request has more than one Host');
  if (host !== undefined && authority !== undefined && host.toLowerCase() !== authority.toLowerCase()) {
    // RFC 9113, 8.3.1: whoever looks at one of them would be told something else than who looks at the other.
    return new Refusal(400, 'hosts', 'the Host header is not the same as the :authority of the request');
  }
  if (!path.startsWith('/')) return new Refusal(400, 'path', 'the request target must be a path');
  // What a replica tells of itself is for the platform alone.
  if (OWN_PATH.test(path)) return new Refusal(404, 'own_path', 'there is nothing at that path');
  return undefined;
}
