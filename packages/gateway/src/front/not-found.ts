import type { IncomingMessage } from 'node:http';
import { nearest } from '@berth/api';
import { hostName, type RouteTable } from '../routes/route-table.ts';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const MAX_SHOWN = 5;

/** Why a request names no service, and what would; clients of other machines are told no names. */
export function notFoundText(request: IncomingMessage, table: RouteTable): string {
  const host = String(request.headers[':authority'] ?? request.headers.host ?? '').slice(0, 260);
  const what = `no service answers to the host "${host}" or the path ${(request.url ?? '').slice(0, 100)}`;
  if (!LOOPBACK.test(request.socket?.remoteAddress ?? '')) return what;
  const services = [...table.routes()].map((route) => route.service).filter((service) => !service.clusterLocal);
  if (services.length === 0) return `${what}; there is no service yet: berth apply -f isvc.yaml`;
  const close = nearest(hostName(host), [...table.hosts()].filter((one) => one.length < 200).slice(0, 2_000));
  const paths = services.slice(0, MAX_SHOWN).map((service) => service.pathPrefix);
  const more = services.length > MAX_SHOWN ? ', …' : '';
  return `${what}; ${close === undefined ? '' : `did you mean the host ${close}? `}Services here: ${paths.join(', ')}${more}`;
}
