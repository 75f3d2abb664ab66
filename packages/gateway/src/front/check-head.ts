import type { IncomingMessage } from 'node:http';
import { Refusal } from '../pool/refusal.ts';

const MAX_HEADERS = 100;
const OWN_PATH = /^(\/serving\/[^/]{1,300}\/[^/]{1,300})?\/{1,10}_berth(\/|\?|$)/;

/** What Node's parser lets through and a proxy must not: two hosts, too many headers, paths that are none. */
export function checkHead(request: IncomingMessage): Refusal | undefined {
  const raw = request.rawHeaders;
  if (raw.length > MAX_HEADERS * 2) {
    return new Refusal(431, 'headers', `more than ${MAX_HEADERS} headers`);
  }
  let hosts = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) return new Refusal(400, 'hosts', 'the request has more than one Host');
  const path = request.url ?? '';
  if (!path.startsWith('/')) return new Refusal(400, 'path', 'the request target must be a path');
  // What a replica tells of itself is for the platform alone.
  if (OWN_PATH.test(path)) return new Refusal(404, 'own_path', 'there is nothing at that path');
  return undefined;
}
