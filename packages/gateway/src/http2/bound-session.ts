import type { ServerHttp2Session } from 'node:http2';

/**
 * PING and SETTINGS frames that a connection may send in a second. Clients that measure the bandwidth (gRPC's Go and C++)
 * send a PING each round trip while data flows, so this is high; nghttp2 itself closes a peer that does not read the answers.
 */
const MAX_CONTROL_FRAMES = 20_000;

/** Closes a connection whose peer floods it with PING or SETTINGS frames, each of which costs an answer. */
export function boundSession(session: ServerHttp2Session, limit = MAX_CONTROL_FRAMES): void {
  let since = 0;
  let count = 0;
  const onFrame = () => {
    const now = performance.now();
    if (now - since > 1_000) {
      since = now;
      count = 0;
    }
    if (++count > limit) session.destroy();
  };
  session.on('ping', onFrame);
  session.on('remoteSettings', onFrame);
}
