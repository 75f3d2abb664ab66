import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { type Endpoint, openSocket } from '../pool/endpoint.ts';

const WINDOW_BYTES = 8 * 1024 * 1024;

/** The HTTP/2 connection to a replica, shared by its calls; `connecting` where it is a new one. */
export function sessionOf(endpoint: Endpoint): ClientHttp2Session {
  const known = endpoint.grpcSession;
  if (known !== undefined && !known.closed && !known.destroyed) {
    if (endpoint.grpcCalls < maxCalls(known)) return known;
    // What runs there ends there. A call more would wait until others end, which one client could put off for ever.
    endpoint.grpcFull.add(known);
    if (known.connecting) known.once('connect', () => known.close());
    else known.close();
  }
  const session = connect('http://replica', {
    createConnection: () => openSocket(endpoint.grpc),
    settings: { initialWindowSize: 1024 * 1024, enablePush: false },
  });
  session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
  session.on('error', () => session.destroy());
  session.on('goaway', () => session.close());
  session.unref();
  endpoint.grpcSession = session;
  endpoint.grpcCalls = 0;
  return session;
}

/** Counts a call on its connection until it is over. */
export function countCall(endpoint: Endpoint, session: ClientHttp2Session, call: ClientHttp2Stream): void {
  if (endpoint.grpcSession !== session) return;
  endpoint.grpcCalls++;
  call.once('close', () => {
    if (endpoint.grpcSession === session) endpoint.grpcCalls--;
  });
}

/** What Node takes for a peer's limit until it is told. */
const UNTOLD_CALLS = 100;

function maxCalls({ connecting, remoteSettings }: ClientHttp2Session): number {
  return connecting ? UNTOLD_CALLS : (remoteSettings?.maxConcurrentStreams ?? UNTOLD_CALLS);
}
