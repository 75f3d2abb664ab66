import { type ClientHttp2Session, connect } from 'node:http2';
import { type Endpoint, openSocket } from '../pool/endpoint.ts';

const WINDOW_BYTES = 8 * 1024 * 1024;

/** The HTTP/2 connection to a replica, shared by its calls; `connecting` where it is a new one. */
export function sessionOf(endpoint: Endpoint): ClientHttp2Session {
  const known = endpoint.grpcSession;
  if (known !== undefined && !known.closed && !known.destroyed) return known;
  const session = connect('http://replica', {
    createConnection: () => openSocket(endpoint.grpc),
    settings: { initialWindowSize: 1024 * 1024, enablePush: false },
  });
  session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
  session.on('error', () => session.destroy());
  session.on('goaway', () => session.close());
  session.unref();
  endpoint.grpcSession = session;
  return session;
}
