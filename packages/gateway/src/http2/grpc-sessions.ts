import { type ClientHttp2Session, connect } from 'node:http2';
import { type Endpoint, openSocket } from '../pool/endpoint.ts';

const sessions = new WeakMap<Endpoint, ClientHttp2Session>();
const WINDOW_BYTES = 8 * 1024 * 1024;

/** The HTTP/2 connection to a replica, shared by its calls. */
export function sessionOf(endpoint: Endpoint): ClientHttp2Session {
  const known = sessions.get(endpoint);
  if (known !== undefined && !known.closed && !known.destroyed) return known;
  const session = connect('http://replica', {
    createConnection: () => openSocket(endpoint.grpc),
    settings: { initialWindowSize: 1024 * 1024, enablePush: false },
  });
  session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
  session.on('error', () => session.destroy());
  session.on('goaway', () => session.close());
  session.unref();
  sessions.set(endpoint, session);
  return session;
}

/** Lets the connection of a replica that is gone end. */
export function closeSession(endpoint: Endpoint): void {
  sessions.get(endpoint)?.close();
  sessions.delete(endpoint);
}
